"""Edits: what is written, what is refused, and what stays."""

from __future__ import annotations

import pytest

from tagwright import edits, proof, scan
from tagwright.errors import EditRefused
from tagwright.image import Image, parse
from tagwright.model import Edit

OLD = "sha256:" + "a" * 64
NEW = "sha256:" + "b" * 64


def rewritten(text: str, new: Image, path: str = "a.yaml") -> str:
    """The text with its only reference naming `new`, proven."""
    data = text.encode()
    (reference,) = scan.scan_file(path, data).references
    made = edits.for_update(reference, new)
    after = edits.rewrite(path, data, made)
    proof.prove(path, data, after, made, [reference], [new])
    return after.decode()


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ("image: acme/api:1.0", Image("acme/api", "1.1"), "image: acme/api:1.1"),
        ("image: 'acme/api:1.0' # c", Image("acme/api", "1.1"), "image: 'acme/api:1.1' # c"),
        ("image: acme/api:1.0", Image("", "1.1"), "image: acme/api:1.1"),
        ("image: acme/api:1.0", Image("docker.io/acme/api", "1.1"), "image: acme/api:1.1"),
        ("image: acme/api:1.0", Image("ghcr.io/acme/api", "1.1"), "image: ghcr.io/acme/api:1.1"),
        ("image: acme/api:1.0", Image("acme/api", "1.1", NEW), f"image: acme/api:1.1@{NEW}"),
        (f"image: acme/api:1.0@{OLD}", Image("acme/api", "1.0", NEW), f"image: acme/api:1.0@{NEW}"),
        (f"image: acme/api@{OLD}", Image("acme/api", None, NEW), f"image: acme/api@{NEW}"),
        ("i: {repository: a/b, tag: 1.0}", Image("a/b", "2.0.0"), "i: {repository: a/b, tag: 2.0.0}"),
        ("i: {repository: a/b, tag: 1.0}", Image("a/b", "2.0.0", NEW), f"i: {{repository: a/b, tag: 2.0.0@{NEW}}}"),
        (
            f"i: {{repository: a/b, tag: v1, digest: {OLD}}}",
            Image("a/b", "v2", NEW),
            f"i: {{repository: a/b, tag: v2, digest: {NEW}}}",
        ),
        ("i: {repository: a/b, tag: }", Image("a/b", "v2"), "i: {repository: a/b, tag: v2 }"),
        ("i: {repository: a/b, tag: ~}", Image("a/b", "v2"), "i: {repository: a/b, tag: v2}"),
        (
            "i: {registry: ~, repository: a/b, tag: v1, digest: null}",
            Image("a/b", "v2"),
            "i: {registry: ~, repository: a/b, tag: v2, digest: null}",
        ),
        (
            "i: {registry: q.io, repository: a/b, tag: v1}",
            Image("ghcr.io/c/d", "v2"),
            "i: {registry: ghcr.io, repository: c/d, tag: v2}",
        ),
    ],
)  # fmt: skip
def test_an_update_writes_what_changes_and_nothing_else(before: str, new: Image, after: str) -> None:
    """Quotes, comments, spelling of the name and everything around stay."""
    assert rewritten(before, new) == after


@pytest.mark.parametrize(
    ("around", "quote"),
    [
        ("", '"'),
        ("a: 'x'", "'"),
        ("a: \"x\"\nb: 'y'\nc: [1, 'z']", "'"),  # most of them
        ("a: \"x\"\nb: 'y'", '"'),  # no telling
        ("a: it's Bob's  # and 'this'\nb: \"x\"", '"'),  # apostrophes are no quotes
        ("- 'x'\n- 'y'", "'"),
    ],
)
def test_a_value_that_needs_quotes_gets_those_of_its_file(around: str, quote: str) -> None:
    """Those that most quoted values of the file have, else double ones; for a value that was null too."""
    for tag in ("1.9", "v1", "~"):
        before = f"{around}\n---\ni: {{repository: a/b, tag: {tag}}}"
        assert rewritten(before, Image("a/b", "1.10")).endswith(f"tag: {quote}1.10{quote}}}")


@pytest.mark.parametrize("tag", ["true", "on", "y", "null", "1.10", "123", "0123", "2024-01-01", "1e3", "0x1f", "1_0"])
def test_a_plain_tag_that_would_be_no_text_gains_quotes(tag: str) -> None:
    """What YAML 1.1 or 1.2 reads as a number, boolean, null or date is written in double quotes."""
    assert rewritten("i:\n  repository: a/b\n  tag: v1\n", Image("a/b", tag)).endswith(f'  tag: "{tag}"\n')


@pytest.mark.parametrize("tag", ["1.2.3", "v1", "nan", "latest", "1.2-rc1", "20240101-abc", "12e", "1.2.3.4"])
def test_a_plain_tag_that_is_text_gains_none(tag: str) -> None:
    """Quotes are only added where they are needed."""
    assert rewritten("i:\n  repository: a/b\n  tag: v1\n", Image("a/b", tag)).endswith(f"  tag: {tag}\n")


def test_a_small_integer_stays_one() -> None:
    """`tag: 31` becomes `tag: 32`: the value was an integer before and prints as it is written."""
    assert rewritten("i:\n  repository: a/b\n  tag: 31\n", Image("a/b", "32")).endswith("  tag: 32\n")
    assert rewritten("i:\n  repository: a/b\n  tag: 31\n", Image("a/b", "20240101")).endswith('  tag: "20240101"\n')


def test_json_is_always_quoted() -> None:
    """In JSON a plain value becomes a string, since nothing else spells a tag there."""
    before, after = '{"i": {"repository": "a/b", "tag": null}}', '{"i": {"repository": "a/b", "tag": "v2"}}'
    assert rewritten(before, Image("a/b", "v2"), "a.json") == after


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (f"image: acme/api:1.0@{OLD}", Image("acme/api", "1.1")),
        (f"i: {{repository: a/b, tag: 1.0@{OLD}}}", Image("a/b", "1.1")),
        (f"i: {{repository: a/b, tag: v1, digest: {OLD}}}", Image("a/b", "v2")),
        (f"i: {{repository: a/b, digest: {OLD}}}", Image("a/b", "v2")),
        ("i: {repository: a/b, tag: ''}", Image("a/b", None, NEW)),
        ("image: acme/api:1.0", Image("acme/api", "a b")),
        ("image: acme/api:1.0", Image("acme/api", 'x" #')),
        ("image: acme/api:1.0", Image("acme/API", "2")),
        ("i: {repository: a/b, tag: v1}", Image("a/b", "v2\nevil: true")),
    ],
)
def test_what_would_not_be_true_is_refused(text: str, new: Image) -> None:
    """No stale digest beside a new tag, nothing without a place, nothing that is no image name."""
    (reference,) = scan.scan_file("a.yaml", text.encode()).references
    with pytest.raises(EditRefused):
        edits.for_update(reference, new)


def test_nothing_is_edited_where_nothing_changes() -> None:
    """A reference that already names the image has no edits."""
    (reference,) = scan.scan_file("a.yaml", b"image: acme/api:1.0").references
    assert edits.for_update(reference, Image("docker.io/acme/api", "1.0")) == ()


def test_an_edit_refuses_another_text() -> None:
    """An edit that does not find its old text, and edits that overlap, change nothing."""
    with pytest.raises(EditRefused):
        edits.apply("abc", [Edit("a", 0, 1, "x", "y")])
    with pytest.raises(EditRefused):
        edits.apply("abc", [Edit("a", 0, 2, "ab", "y"), Edit("a", 1, 3, "bc", "z")])
    with pytest.raises(EditRefused):
        edits.apply("abc", [Edit("a", 2, 9, "c", "y")])


def test_the_same_edit_twice_is_made_once() -> None:
    """A value reached by an anchor and by its alias is written once."""
    assert edits.apply("abc", [Edit("a", 1, 2, "b", "x")] * 2) == "axc"


def test_bytes_that_are_no_text_are_refused() -> None:
    """Only UTF-8 is ever rewritten."""
    with pytest.raises(EditRefused):
        edits.rewrite("a", b"\xff", [])


@pytest.mark.parametrize(
    ("text", "new", "after"),
    [
        (f"image: {{repository: api, tag: 1.0.0, sha: {'a' * 64}}}\n", f"api:1.1.0@sha256:{'b' * 64}", "b" * 64),
        ("{chart: 'oci://ghcr.io/acme/api', version: 1.0.0+1}\n", "ghcr.io/acme/api:1.1.0_2", "version: 1.1.0+2"),
    ],
)
def test_a_part_is_spelled_by_the_rule_of_its_place(text: str, new: str, after: str) -> None:
    """A digest without its algorithm; a chart's version with the "+" that a tag cannot have."""
    (reference,) = scan.scan_file("a.yaml", text.encode()).references
    made = edits.for_update(reference, parse(new))
    assert after in edits.apply(text, made)


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (f"image: {{repository: api, tag: 1.0.0, sha: {'a' * 64}}}\n", f"api:1.1.0@sha512:{'b' * 128}"),
        ("{chart: 'oci://ghcr.io/acme/api', version: 1.0.0}\n", f"ghcr.io/acme/api:1.1.0@sha256:{'b' * 64}"),
    ],
)
def test_what_a_place_cannot_spell_is_refused(text: str, new: str) -> None:
    """A digest of another algorithm, and one behind a chart's version."""
    (reference,) = scan.scan_file("a.yaml", text.encode()).references
    with pytest.raises(EditRefused):
        edits.for_update(reference, parse(new))
