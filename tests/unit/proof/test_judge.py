"""The second reading: what an edit may do in each format, and what it may not."""

from __future__ import annotations

import pytest

from tagwright.model import Edit
from tagwright.proof.align import aligned
from tagwright.proof.judge import judge
from tagwright.proof.leaf import Unproven


def edited(path: str, text: str, *changes: tuple[str, str]) -> None:
    """Judge a text in which each `old` (its first place behind the one before) becomes `new`."""
    made, place, changed, done = [], 0, "", 0
    for old, new in changes:
        place = text.index(old, place)
        changed += text[done:place] + new
        at, was, now = (place + 1, "", new[1:]) if old == ":" else (place, old, new)  # behind a colon
        made.append(Edit(path, at, at + len(was), was, now))
        place = done = place + len(old)
    judge(path, text, changed + text[done:], made)


NESTED = """\
kind: ConfigMap
data:
  values.yaml: |  # acme:1
    # acme:1
    image:
      tag: v1
      old: 1.9  # v1
    note: 'v1'
"""


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("a.yaml", "tag: 1.9\n", "1.9", '"1.10"'),
        ("a.yaml", "tag: 1.9\n", "1.9", "'1.10'"),
        ("a.yaml", "tag: 7\n", "7", "8"),
        ("a.yaml", "tag: # nothing yet\nb: 1\n", ":", ": v1"),
        ("a.yaml", "a: 'x' \t# c\ntag: v1 \t\n", "v1", "v2"),
        ("a.yaml", "a: 1\n# image: acme:1  # old\n", "acme:1", "acme:2"),
        ("a.yaml", NESTED, "v1", "v2"),
        ("a.yaml", NESTED, "1.9", '"1.10"'),
        ("a.yaml", 'a: "{\\"image\\": \\"acme:1\\"}"\n', "acme:1", "acme:2"),
        ("a.yaml", "run: |\n  docker pull acme:1 # acme:1\n", "acme:1", "acme:2"),
        ("a.yaml", "a: >-\n  docker run\n  acme:1\n", "acme:1", "acme:2"),
        ("a.yaml", "args: [--image=acme:1, 'b']\n", "acme:1", "acme:2"),
        ("t.yaml", "{{- if .x }}\nimage: acme:1\n{{- end }}\n", "acme:1", "acme:2"),
        ("t.yaml", "{{- if .x }}\ntag: 1.9\n{{- end }}\n", "1.9", '"1.10"'),
        ("a.json", '{"a": "acme:1", "t": 1.9}', "1.9", '"1.10"'),
        ("Dockerfile", 'FROM acme:1 AS x\nLABEL a="b # c"\n', "acme:1", "acme:2"),
        ("Dockerfile", "# FROM acme:1\nFROM x\n", "acme:1", "acme:2"),
        ("main.tf", 'image = "acme:1" // acme:1\r\n', "acme:1", "acme:2"),
        ("a.sh", "echo \"it's $X\"; run 'a' [::1]:5000/acme:1\n", "[::1]:5000/acme:1", "[::1]:5000/acme:2"),
    ],
)
def test_what_an_update_does_is_proven(path: str, text: str, old: str, new: str) -> None:
    """In every format, nested texts and comments too."""
    edited(path, text, (old, new))


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("a.yaml", "tag: v1\n", "v1", "1.10"),  # a number now
        ("a.yaml", "tag: 1.9\n", "1.9", "1.10"),  # another number than the text says
        ("a.yaml", "tag: 07\n", "07", "08"),
        ("a.yaml", "tag: v1\n", "v1", "2024-01-01"),
        ("a.yaml", "tag: v1\n", "v1", "null"),
        ("a.yaml", "tag:\n", ":", ": 1.10"),
        ("a.yaml", "tag: 'v1'\n", "'v1'", '"v2"'),  # other quotes
        ("a.yaml", "tag: 'v1'\n", "v1", '"v2"'),  # quotes in quotes
        ("a.yaml", "a: [x --image=acme:1 y]\n", "acme:1", '"acme:2"'),
        ("a.yaml", "tag: 'v1'\n", "'v1'", "v2"),  # none
        ("a.yaml", "tag: v1 # c\n", "v1 ", "v2"),  # a comment that becomes part of the value
        ("a.yaml", "tag: v1 # c\n", "v1", "v2 #"),
        ("a.yaml", "tag: v1\n", " v1", "v1"),
        ("a.yaml", "&a tag: v1\n", "&a", "&b"),
        ("a.yaml", "a: &x 1\nb: *x\n", "*x", "*y"),
        ("a.yaml", "a: [x, v1]\n", "v1", "v2, v3"),
        ("a.yaml", NESTED, "tag: v1", "gat: v1"),
        ("a.yaml", NESTED, "v1", "1.10"),  # a number, once the text inside is read
        ("a.yaml", NESTED, "v1", "v2: x"),
        ("a.yaml", NESTED, "1.9", "1.10"),
        ("a.yaml", NESTED, "'v1'", "v2"),
        ("a.yaml", NESTED, "1.9  #", "1.10 x#"),
        ("a.yaml", 'a: "{\\"image\\": \\"acme:1\\"}"\n', 'acme:1\\"', "acme:2"),
        ("a.yaml", "# image: acme:1\na: 1\n", "image: acme:1", "image acme:2"),
        ("t.yaml", "{{- if .x }}\nimage: 'acme:1'\n{{- end }}\n", "acme:1'", "acme:2"),
        ("t.yaml", "{{- if .x }}\nimage: acme:1 # x\n{{- end }}\n", "acme:1 ", "acme:2"),
        ("a.json", '{"t": "1"}', '"1"', "2"),
        ("a.json", '{"t": 1}', "1", "1.10"),
        ("a.json", '{"t": "1"}', '"1"', '"1", "b": "2"'),
        ("Dockerfile", "FROM acme:1 AS x\n", "acme:1 ", "acme:2"),
        ("Dockerfile", "FROM acme:1 AS x\n", "acme:1", '"acme:2"'),
        ("Dockerfile", "FROM acme:1 AS x\n", "acme:1", "acme:2 #"),
        ("Dockerfile", 'LABEL x="acme:1"\n', 'acme:1"', "acme:2"),
        ("Dockerfile", "FROM acme:1 # c\n", "1 # c", "2"),
        ("Dockerfile", "FROM acme:1\nRUN x\n", "acme:1\nRUN", "acme:2"),
        ("main.tf", 'image = "acme:1"\n', '"acme:1', '"acme:2\\'),
    ],
)
def test_what_is_no_update_is_not_proven(path: str, text: str, old: str, new: str) -> None:
    """An edit that swallows a quote, turns text into a number, reaches over its value or changes a comment."""
    with pytest.raises(Unproven):
        edited(path, text, (old, new))


def test_several_edits_of_one_value() -> None:
    """Each is found where it stands, however alike they are, in time that grows with the text."""
    lines = 2000
    text = "list: |\n" + "  - image: acme:1\n" * lines
    edited("a.yaml", text, *[("acme:1", "acme:11")] * lines)


@pytest.mark.parametrize(
    ("value", "changed", "old", "new", "at"),
    [
        ("a:1 b:1", "a:1 b:2", "1", "2", 6),
        ("1 1", "1 1.0", "1", "1.0", 2),
        ("1", "11", "1", "11", 0),
        ("", "1", "", "1", 0),
        ("a 1 x", "a 2 y", "1", "2", -1),
        ("a 1", "a 3", "1", "2", -1),
    ],
)
def test_where_an_edit_stands(value: str, changed: str, old: str, new: str, at: int) -> None:
    """The place in the value follows from what became of it; -1 where the edit does not explain it."""
    moved = aligned(value, changed, [Edit("", 0, 0, old, new)])
    assert (moved[0].start if moved else -1) == at


def test_texts_inside_texts_have_an_end() -> None:
    """What is nested deeper than anybody writes is refused, not followed."""
    text = "tag: v1\n"
    for _ in range(12):
        text = "a: |\n" + "".join(f"  {line}\n" for line in text.splitlines())
    with pytest.raises(Unproven, match="texts inside texts"):
        edited("a.yaml", text, ("v1", "v2"))
