"""What a second reading consists of, and what it cannot show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """One piece of a text as a reader sees it, at [start, end) of the text.

    `shape` is what no edit may change (the kind of piece, its anchor, its tag). `value` is what it says,
    None where it is no value; `quotes` how it is quoted. `typed`: YAML may take it for a number, a date….
    """

    shape: tuple[object, ...]
    value: str | None = None
    start: int = -1
    end: int = -1
    quotes: str = ""
    typed: bool = False


class Unreadable(ValueError):
    """A text that is not written in the format it is read as."""


class Unproven(Exception):
    """Why an edit is not shown to be right."""
