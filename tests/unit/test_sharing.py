"""Values that several references use: the same image once, different images all reported and none of them moved."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tagwright import cli, edits, exits, scan
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.model import Scanned

TAG = "a: {repository: ghcr.io/acme/api, tag: &t 1.0.0}\nb: {repository: ghcr.io/acme/web, tag: *t}\n"
MERGE = "a: &a {repository: ghcr.io/acme/api, tag: 1.0.0}\nb: {<<: *a, repository: ghcr.io/acme/web}\n"
CHAIN = MERGE.replace("b:", "b: &b {<<: *a}\nc:").replace("{<<: *a, rep", "{<<: *b, rep")
LIST = MERGE.replace("{<<: *a, rep", "{<<: [*a], rep")
UNTAGGED = "x: {image: &i ghcr.io/acme/api}\nb: {image: *i, tag: 1.0.0}\n"


def scanned(text: str) -> Scanned:
    return scan.scan_file("a.yaml", text.encode())


def names(text: str) -> list[str]:
    return [str(one.image) for one in scanned(text).references]


@pytest.mark.parametrize("text", [TAG, MERGE, CHAIN, LIST, TAG.replace("web, t", "web, # tagwright: hold\n t")])
def test_images_that_share_a_tag_are_all_reported_and_none_is_edited(text: str) -> None:
    """By an alias, a merge, a merge of a merge, a list of them: an update of one would move the other."""
    found = scanned(text)
    assert names(text) == ["ghcr.io/acme/api:1.0.0", "ghcr.io/acme/web:1.0.0"]
    (problem,) = found.problems
    assert (problem.code, problem.path, problem.line, bool(problem.hint)) == ("shared-value", "a.yaml", 1, True)
    for one, other in zip(found.references, reversed(found.references), strict=True):
        with pytest.raises(EditRefused, match=f"its tag is shared with {other.image}"):
            edits.for_update(one, Image(one.image.name, "1.1.0"))


def test_set_fails_where_it_would_move_another_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says why and leaves the file as it is; an image that stands already is no failure."""
    (tmp_path / "values.yaml").write_text(TAG)
    assert cli.main(["set", "ghcr.io/acme/web:1.1.0", "--path", str(tmp_path)]) == exits.FAILED
    assert "its tag is shared with ghcr.io/acme/api:1.0.0" in capsys.readouterr().out
    assert (tmp_path / "values.yaml").read_text() == TAG
    assert cli.main(["set", "ghcr.io/acme/web:1.0.0", "--path", str(tmp_path)]) == exits.DONE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TAG.replace("web", "api"), ["ghcr.io/acme/api:1.0.0"]),
        (MERGE.replace("web", "api"), ["ghcr.io/acme/api:1.0.0"]),
        ("a: {image: &i nginx:1}\nb: {image: *i}\n", ["nginx:1"]),
        ("a: {repository: nginx, tag: &t 1}\nb: {repository: docker.io/library/nginx, tag: *t}\n", ["nginx:1"]),
        (MERGE.replace("repository: ghcr.io/acme/web", "tag: 2"), ["ghcr.io/acme/api:1.0.0", "ghcr.io/acme/api:2"]),
        (MERGE.replace("{<<: *a, rep", "{tag: 2, <<: *a, rep"), ["ghcr.io/acme/api:1.0.0", "ghcr.io/acme/web:2"]),
        ("a: &a {tag: 1}\nb: {<<: *a, repository: nginx}\n", ["nginx:1"]),
        ("image: &a {tag: 1}\nb: {<<: *a, repository: nginx}\n", ["nginx:1"]),
        ("a: &a {tag: 1}\nb: &b {tag: 2}\nc: {<<: [*b, *a], repository: nginx}\n", ["nginx:2"]),
        ("a: {repository: &r nginx, tag: 1}\nb: {repository: *r, tag: 2}\n", ["nginx:1", "nginx:2"]),
        ("a: {image: &i ghcr.io/a/b, tag: 1}\nb: {image: *i, tag: 2}\n", ["ghcr.io/a/b:1", "ghcr.io/a/b:2"]),
        ("services:\n  a: {build: ., image: &i a/b:1}\n  c: {image: *i}\n", []),
        ("x: &a {<<: *a, repository: nginx, tag: 1}\n", ["nginx:1"]),
        ("a: {<<: *nobody, repository: nginx, tag: 1}\n", ["nginx:1"]),
        ("a: {<<: {tag: 2}, repository: nginx, tag: 1}\n", ["nginx:1"]),
    ],
)
def test_one_image_is_one_reference_and_what_is_its_own_is_its_own(text: str, found: list[str]) -> None:
    """The same image by another way is not another; a merged key that is said again is not shared."""
    assert names(text) == found
    assert scanned(text).problems == ()
    assert all(one.slots for one in scanned(text).references)


def test_only_the_reference_that_would_write_the_value_is_locked() -> None:
    """A name without a tag would gain one and spoil the other; the other writes its own tag."""
    untagged, other = scanned(UNTAGGED).references
    assert (str(untagged.image), untagged.slots, bool(untagged.locked)) == ("ghcr.io/acme/api", (), True)
    assert [slot.text for slot in other.slots] == ["1.0.0"]


def test_a_digest_of_its_own_makes_it_another_reference() -> None:
    """The same image with the same tag: an update of one would leave the other's digest behind."""
    digest = f"sha256:{'a' * 64}"
    text = "".join(
        f"{key}: {{repository: nginx, tag: {tag}, digest: {digest}}}\n" for key, tag in (("a", "&t '1'"), ("b", "*t"))
    )
    assert [one.locked for one in scanned(text).references] == [f"its tag is shared with nginx:1@{digest}"] * 2


def test_a_name_from_elsewhere_is_never_written() -> None:
    """It names another image there."""
    first, second = scanned("a: {repository: &r nginx, tag: 1}\nb: {repository: *r, tag: 2}\n").references
    assert [slot.text for slot in first.slots] == ["1", "nginx"]
    assert [slot.text for slot in second.slots] == ["2"]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a0 {tag: 1}\n" + "".join(f"a: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 4_000)),
        "a: &a {" + "tag: 1, " * 20_000 + "}\n" + "b: {<<: *a}\n" * 20_000,
        "a: {tag: &t 1, repository: r}\n" + "".join(f"b: {{tag: *t, repository: r{n}}}\n" for n in range(10_000)),
        "a: &a {tag: 1}\nb: {" + "<<: *a, " * 20_000 + "}\n",
    ],
)
def test_hostile_sharing_takes_time_in_proportion(text: str) -> None:
    """Merges of merges, long mappings merged often, one value used by thousands."""
    start = time.process_time()
    scanned(text)
    assert time.process_time() - start < 5
