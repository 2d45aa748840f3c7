"""YAML with positions: every trap that a parser's marks set, each a test."""

from __future__ import annotations

import time

import pytest

from tagwright import edits, proof, scan
from tagwright.image import Image
from tagwright.model import Scanned
from tagwright.yaml_spans import Scalar, Source, Wanted, ending, read

NEW = "1.27"


def scanned(text: str, path: str = "a.yaml") -> Scanned:
    return scan.scan_file(path, text.encode())


def updated(text: str, path: str = "a.yaml") -> str:
    """The text with the tag of every reference replaced, proven."""
    data = text.encode()
    found = scan.scan_file(path, data).references
    new = [Image("", NEW) for _ in found]
    made = [edit for one, image in zip(found, new, strict=True) for edit in edits.for_update(one, image)]
    after = edits.rewrite(path, data, made)
    proof.prove(path, data, after, made, found, new)
    return after.decode()


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffimage: nginx:1.25\n",
        "\ufeff# größe\r\nimage: 'nginx:1.25'\r\n",
        "a: 🚀\nimage: nginx:1.25 # 🚀\nb: 🚀\n",
        "image: &a nginx:1.25\nb: *a\n",
        "image: !!str nginx:1.25\n",
        "image: &a !!str\n  # a comment\n  nginx:1.25\n",
        "image: !<tag:yaml.org,2002:str> nginx:1.25\n",
        "{image: nginx:1.25}\n",
        "a: [{image: nginx:1.25, b: c}]\n",
        "--- {image: nginx:1.25}\n",
        "image:\tnginx:1.25\n",
        "image:\n  nginx:1.25\n",
        "image: # why\n  nginx:1.25\n",
        "'image': nginx:1.25\n",
        '? "image"\n: nginx:1.25\n',
        "base: &b {c: d}\ne:\n  <<: *b\n  image: nginx:1.25\n",
        "image: other\nimage: nginx:1.25\n",
        "image: nginx:1.25\nother: *undefined\n",
        "image: nginx:1.25\n...\n---\n...\n",
        "%YAML 1.1\n---\nimage: nginx:1.25\n",
        "image: nginx:1.25",
        "image: nginx:1.25   \n\n\n",
        "a: |\n  image: b:1.25\n\n# end\nimage: nginx:1.25\n",
        "a: &x 1\nb: &x 2\nimage: nginx:1.25\n",
        '{"image": "ngin\\x78:1.25"}',
    ],
)
def test_only_the_tag_changes_whatever_stands_around_it(text: str) -> None:
    """Byte order marks, wide letters, anchors, tags, flow, tabs, comments, merges, duplicates, documents, line ends."""
    assert updated(text) == text.replace("1.25", NEW)


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"a": 1,\n\t"image": "nginx:1.25"\n}\n',
        '{"image": "docker.io\\/library\\/nginx:1.25"}',
        '\ufeff{"image":"nginx:1.25"}',
        '[{"image":"nginx:1.25","image2":null,"n":1.50}]',
    ],
)
def test_json_is_edited_in_place(text: str) -> None:
    """Tabs, escaped slashes, a byte order mark and numbers as they are written stay."""
    assert updated(text, "a.json") == text.replace("1.25", NEW)


def test_a_lone_carriage_return_ends_a_line() -> None:
    """Line ends of any kind stay."""
    assert updated("a: b\rimage: nginx:1.25\rc: d\r") == "a: b\rimage: nginx:1.27\rc: d\r"


@pytest.mark.parametrize(
    "text",
    [
        '{"image": "nginx:1\\u002e25"}',
        '{"image": "ngi\\\n  nx:1.2\\\n  5"}',
        'image: "docker.io/library/nginx:1.25@sha256:\\\n  ' + "a" * 64 + '"',
    ],
)
def test_a_value_that_hides_its_tag_is_found_and_never_edited(text: str) -> None:
    """An escape or fold inside the tag or digest leaves no plain text to replace."""
    (found,) = scanned(text).references
    assert found.slots == ()


def test_a_literal_block_holds_yaml_and_a_folded_one_text() -> None:
    """A file in a ConfigMap is read where it stands; words in other blocks are as good as what stands before them."""
    found = scanned("a: |\n  image: nginx:1.25\nb: >-\n  see image: nginx:1.25\nimage: |-\n  nginx:1.25\n")
    assert [(one.line, one.kind, one.where) for one in found.references] == [
        (2, "kubernetes", "a.image"),
        (4, "argument", "b"),
        (6, "value", "image"),
    ]


def test_a_folded_block_is_no_yaml() -> None:
    """Its line ends are not those of the value: what it holds is read as text."""
    (found,) = scanned("a: >\n  image: nginx:1.25\n").references
    assert (found.kind, found.where) == ("argument", "a")


def test_files_within_files_are_read_four_deep() -> None:
    """Deeper than anybody writes, a block is text: its images are found, its keys are not."""
    text = "image: nginx:1.25\n"
    for _ in range(5):
        text = "a: |\n" + "".join(f"  {line}\n" for line in text.splitlines())
    assert [one.kind for one in scanned(text).references] == ["argument"]
    assert [one.kind for one in scanned(text.partition("\n")[2]).references] == ["kubernetes"]


def test_depth_ends_early() -> None:
    """Deep nesting is refused in milliseconds; the parser alone would take minutes, or the process down."""
    start = time.process_time()
    (problem,) = scanned("image: " + "[" * 200_000).problems
    assert (problem.code, time.process_time() - start < 5) == ("too-deep", True)


@pytest.mark.parametrize("bad", ["x: @y", "x: `y`", "a:\n\tb: 1", "x: \x7f", "%YAML 1.3\n--- a", "x: [", "a: b: c"])
def test_a_broken_document_is_said_and_leaves_the_others(bad: str) -> None:
    """What the parser refuses is a problem with its line; documents before and after are still read."""
    found = scanned(f"image: nginx:1.25\n---\n{bad}\n---\nimage: nginx:1.25\n")
    assert [one.line for one in found.references][::5] in ([1], [1, 1])
    assert {problem.code for problem in found.problems} <= {"unreadable"}
    assert found.problems or "%" in bad


def test_masked_templates_are_never_edited() -> None:
    """A value that a template reaches into names no image; the ones around it keep their places."""
    text = "{{- if .x }}\nimage: a/b:{{ .y }}-1.25\n{{- end }}\nb: {image: nginx:1.25}\nc:\n  {{ toYaml . }}\n"
    assert updated(text) == text.replace("nginx:1.25", "nginx:1.27")


def test_quoted_templates_need_no_mask() -> None:
    """Text that parses as it is, is read as it is."""
    (found,) = scanned("image: '{{ .x }}:1.25'\n").references
    assert (found.image.name, found.image.tag, found.column) == ("", "1.25", 18)


@pytest.mark.parametrize(
    ("key", "last"),
    [
        ("web_tag", "*tag"),
        ("webTag", "*tag"),
        ("WEB_TAG", "*tag"),
        ("web.image.tag", "*tag"),
        ("web-image", "*image"),
        ("image2Tag", "*tag"),
        ("webImageTAG", "*tag"),
        ("tag", ""),
        ("TAG", ""),
        ("stage", ""),
        ("", ""),
        ("web_tag_", ""),
    ],
)
def test_the_last_word_of_a_key_of_several(key: str, last: str) -> None:
    """A key of one word has no ending, and half a word is none."""
    assert ending(key) == last


def test_lists_under_a_key_that_is_read() -> None:
    """Scalars and mappings in their order, a scalar's alias too; lists in lists and what nobody reads are left out."""
    text = "x: &x b\nitems: [a, *x, {tag: c}, [d]]\nother: [e]\n"
    (tree,), _ = read(Source("a.yaml", text), Wanted(frozenset({"items"}), frozenset({"tag"})))
    (mapping,) = tree.mappings()
    items = [(path, i.value if isinstance(i, Scalar) else i.text("tag")) for path, i in mapping.sequence("items")]
    assert items == [(("items", 0), "a"), (("items", 1), "b"), (("items", 2), "c")]
    assert mapping.sequence("other") == ()


def test_what_keys_are_worth_is_kept_within_bounds() -> None:
    """A file of a hundred thousand keys leaves no trace."""
    wanted = Wanted(frozenset({"tag"}), frozenset())
    assert [wanted[f"key{number}"] for number in range(100_000)] == [0] * 100_000
    assert (wanted["tag"], len(wanted) <= 20_001) == (2, True)


@pytest.mark.parametrize("text", ["\ufeffa: 1\nb: ä\r\n\n# ö\nc: 3", "one long line", "ä\nö\nü\n", "\n\n"])
def test_places_counted_on_are_those_counted_from_the_start(text: str) -> None:
    """Line and column are what a look at each position alone says, bytes what encoding the text before it gives."""
    source = Source("a.yaml", text)
    positions = [place for place in range(len(text) + 1) for _ in range(2) if not (place == 0 and text[0] == "\ufeff")]
    alone = [(*source.at(place), len(text[:place].encode())) for place in positions]
    assert list(source.places(positions)) == alone
