"""A file's text, and what stands where in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tagwright.model import Style

_LARGE = 20_000  # from here on a table of lines is cheaper than counting them for every reference
Path = tuple[str | int, ...]

_BEFORE = (": ", "- ", ", ")  # what stands before a quoted value
_NULLS = ("~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Failure:
    """A stretch of text that is no YAML: where it begins and ends, the line of the fault, and what the parser said."""

    start: int
    end: int
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Scalar:
    """One scalar: its value as read, and the range [start, end) of the text that spells it.

    `raw` is that slice. `templated`: a masked `{{ … }}` reaches into it. `shared`: reached through an alias.
    """

    value: str
    start: int
    end: int
    raw: str
    style: Style
    templated: bool = False
    shared: bool = False

    @property
    def text(self) -> str:
        """The value; empty for a null, written or not."""
        return "" if self.style is Style.PLAIN and self.value in _NULLS else self.value


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a document: the keys that lead to it, its scalar, and where it stands (an alias: not the scalar's)."""

    path: Path
    scalar: Scalar
    start: int
    end: int


@dataclass(frozen=True)
class Source:
    """A file: its path from the root, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    def at(self, position: int) -> tuple[int, int]:
        """Line and column of a position, both from 1, columns in code points (a byte order mark is none)."""
        text = self.text
        if len(text) > _LARGE:
            line = bisect_right(self._line_starts, position)
            start = self._line_starts[line - 1]
        else:
            line, start = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position) + 1
        bom = 1 if line == 1 and text.startswith("\ufeff") else 0
        return line, position - start + 1 - bom

    def places(self, positions: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        """Line, column and byte of ascending positions, each counted on from the one before."""
        text, ascii_only = self.text, self.text.isascii()
        line, start, last, size = 1, 1 if self.text.startswith("\ufeff") else 0, 0, 0
        for position in positions:
            if new := text.count("\n", last, position):
                line, start = line + new, text.rfind("\n", last, position) + 1
            size += position - last if ascii_only else len(text[last:position].encode())
            last = position
            yield line, position - start + 1, size

    @cached_property
    def quote(self) -> str:
        """The quotes that most of its quoted values have; double ones where there is no telling."""
        if "'" not in self.text:
            return '"'
        single, double = (sum(self.text.count(before + quote) for before in _BEFORE) for quote in "'\"")
        return "'" if single > double else '"'

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]
