"""Any other format, line by line: words, quoted strings, comments and signs, as Dockerfiles, HCL, shells, dotenv files,
Nix and templates of all kinds have them in common. Where one of them knows better, both texts are misread alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tagwright.model import Edit
from tagwright.proof.leaf import Leaf

_WORD = r"(?:\[[0-9A-Fa-f:.]++\])?[\w.:/@+~-]++(?:'\w++)*+"
_TOKEN = re.compile(
    rf"""(?P<comment>(?<!\S)(?:\#|//)[^\r\n]*)
       | (?P<string>"(?:\\.|[^"\\])*+"|'[^']*+')
       | (?P<word>{_WORD})
       | (?P<sign>\\.|\S)""",
    re.VERBOSE | re.DOTALL,
)
_REST = re.compile(r"\s*(?:(?<=\s)#.*)?", re.DOTALL)
_ONE_WORD = re.compile(_WORD)


def read(line: str) -> Iterator[Leaf]:
    """The pieces of a line in its order."""
    for match in _TOKEN.finditer(line):
        start, end = match.span()
        if match["comment"]:
            yield Leaf(("comment",), line[start + 1 : end], start + 1, end, "#")
        elif match["string"]:
            yield Leaf(("value",), line[start + 1 : end - 1], start + 1, end - 1, line[start])
        elif match["word"]:
            yield Leaf(("value",), match[0], start, end)
            if match[0].endswith(":") or match[0] == "-":
                yield from _nothing(line, end)
        else:
            yield Leaf((match[0],))


def _nothing(line: str, end: int) -> Iterator[Leaf]:
    """The empty value behind a YAML key or dash on whose line nothing else is written."""
    if _REST.fullmatch(line, end):
        yield Leaf(("value",), "", end, end)


def is_word(text: str) -> bool:
    """Is there nothing in this text but one word?"""
    return _ONE_WORD.fullmatch(text) is not None


def lines(text: str, changed: str, made: Sequence[Edit]) -> Iterator[tuple[str, str, list[Edit]]]:
    """Each line that holds edits, before and after, and those edits by their places in the line before."""
    rest, grown = list(made), 0
    while rest:
        start = text.rfind("\n", 0, rest[0].start) + 1
        end = text.find("\n", rest[0].end)
        end = len(text) if end < 0 else end
        inside = [one for one in rest if one.end <= end]
        rest = rest[len(inside) :]
        first = start + grown
        grown += sum(len(one.new) - len(one.old) for one in inside)
        moved = [replace(one, start=one.start - start, end=one.end - start) for one in inside]
        yield text[start:end], changed[first : end + grown], moved
