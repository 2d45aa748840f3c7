"""What a writer could do wrong. Each takes a text and the edits that are right, and gives others."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tagwright.model import Edit

Fault = Callable[[str, list[Edit]], list[Edit]]


def spliced(text: str, made: list[Edit]) -> str:
    """The edits made without a second look."""
    for one in sorted(made, key=lambda edit: -edit.start):
        text = text[: one.start] + one.new + text[one.end :]
    return text


def _ranged(text: str, one: Edit, first: int, last: int) -> Edit:
    start, end = max(0, one.start + first), min(len(text), one.end + last)
    return replace(one, start=start, end=end, old=text[start:end])


def _span(first: int, last: int) -> Fault:
    """The first edit's span is moved at its ends."""
    return lambda text, made: [_ranged(text, made[0], first, last), *made[1:]]


def _writes(change: Callable[[str], str]) -> Fault:
    """The first edit writes something else."""
    return lambda _, made: [replace(made[0], new=change(made[0].new)), *made[1:]]


def _inside(text: str, made: list[Edit]) -> list[Edit]:
    """Quotes around a value are taken for a part of it, and are lost."""
    for index, one in enumerate(made):
        around = text[max(0, one.start - 1) : one.start] + text[one.end : one.end + 1]
        if around in ("''", '""'):
            return [*made[:index], _ranged(text, one, -1, 1), *made[index + 1 :]]
    return made


def _unquoted(text: str, made: list[Edit]) -> list[Edit]:
    """Quotes are not written where no tag says that the value is text."""
    return [
        one if "!!str" in text[: one.start].rpartition("\n")[2] else replace(one, new=one.new.strip("\"'"))
        for one in made
    ]


def _elsewhere(pattern: str, new: str) -> Fault:
    """Something is changed that no edit means."""

    def fault(text: str, made: list[Edit]) -> list[Edit]:
        for match in re.finditer(pattern, text):
            if not any(one.start < match.end() and match.start() < one.end for one in made):
                return [*made, Edit("a.yaml", match.start(), match.end(), match[0], new)]
        return made

    return fault


FAULTS: dict[str, Fault] = {
    "a span that begins too early": _span(-1, 0),
    "a span that ends too late": _span(0, 1),
    "a span that begins too late": _span(1, 0),
    "a span that is shifted": _span(1, 1),
    "quotes inside a span": _inside,
    "quotes that are forgotten": _unquoted,
    "quotes that nobody needs": _writes(lambda new: f'"{new}"' if "/" in new else new),
    "a quote that is not closed": _writes(lambda new: f'"{new}'),
    "another tag": _writes(lambda new: new + "0"),
    "an edit that is forgotten": lambda _, made: made[1:],
    "a comment behind the value": _writes(lambda new: new + " #"),
    "a line more": _writes(lambda new: new + "\n"),
    "a comment that changes": _elsewhere(r"# \S", "# !"),
    "blanks before a comment that become one": _elsewhere(r"  +#", " #"),
    "another value that changes": _elsewhere(r": x\b", ": z"),
    "a key that changes": _elsewhere(r"\bname:", "nome:"),
    "blanks at the end of a line that go": _elsewhere(r" +(?=\r?\n)", ""),
    "a line end that changes": _elsewhere(r"\r\n", "\n"),
    "a byte order mark that goes": _elsewhere("\ufeff", ""),
    "a final line end that goes": _elsewhere(r"\n\Z", ""),
    "a blank more in a flow": _elsewhere(r"\{", "{ "),
}
