"""`calver: "YYYY.MM.DD"`: the latest tag of one calendar format.

The tokens are those of calver.org; what stands between them is literal:

    YYYY  2006, 2016      YY  6, 16, 106      0Y  06, 16, 106     the year; YY and 0Y count from 2000
    MM    1, 2, 12        0M  01, 02, 12                          the month
    WW    1, 2, 53        0W  01, 02, 53                          the week of the year
    DD    1, 2, 31        0D  01, 02, 31                          the day of the month
    MAJOR MINOR MICRO     any number
    MODIFIER              dev, rc1: may be missing, with what stands before it

`YY`, `MM`, `WW` and `DD` also read zero-padded numbers, and right behind another token or before one (`YYYYMMDD`)
only those. A leading `v` is allowed. A tag of another format, or of a day that never was (month 13, 30 February), is
`not-a-version`.

The order is that of the tokens as written, but within a date that of the calendar: `DD.MM.YYYY` orders by year first.
A tag without its modifier stands above those with one, and these in natural order.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from typing import Any

from tagwright.errors import PolicyError, pointed
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal
from tagwright.policies.natural import natural

_PADDED = {
    "0Y": "[0-9]{2}|[1-9][0-9]{2}",
    "0M": "0[1-9]|1[0-2]",
    "0W": "0[1-9]|[1-4][0-9]|5[0-3]",
    "0D": "0[1-9]|[12][0-9]|3[01]",
}
_TOKENS = {
    "YYYY": "[0-9]{4}",
    **_PADDED,
    "YY": "[0-9]{1,2}|[1-9][0-9]{2}",
    "MM": "0?[1-9]|1[0-2]",
    "WW": "0?[1-9]|[1-4][0-9]|5[0-3]",
    "DD": "0?[1-9]|[12][0-9]|3[01]",
    "MAJOR": "[0-9]{1,64}",
    "MINOR": "[0-9]{1,64}",
    "MICRO": "[0-9]{1,64}",
    "MODIFIER": "[0-9A-Za-z]+(?:[._-][0-9A-Za-z]+)*",
}
_GLUED = "[A-Za-z][0-9A-Za-z]*(?:[._-][0-9A-Za-z]+)*"
_COUNTS = ("MAJOR", "MINOR", "MICRO")
_SPLIT = re.compile(f"({'|'.join(_TOKENS)})")
_UNITS = "YMWD"  # of a date, the greatest first; what each token counts is its last letter
_HINT = (
    f'expected tokens such as "YYYY.MM.DD" of {", ".join(_TOKENS)}, and signs between them; a filter takes words off'
)


class Calver(Policy):
    """Tags of one calendar format, in its order."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        self.format = argument
        pieces = _SPLIT.split(argument)
        _check(argument, pieces)
        self.tokens = pieces[1::2]
        self.shape = re.compile("v?" + "".join(_expressions(pieces)))
        order = sorted(self._dates(), key=lambda at: _UNITS.index(self.tokens[at][-1]))
        by_date = dict(zip(self._dates(), order, strict=True))
        self.order = [by_date.get(at, at) for at in range(len(self.tokens))]

    def _dates(self) -> list[int]:
        """The tokens that are parts of a date."""
        return [at for at, token in enumerate(self.tokens) if token[-1] in _UNITS]

    def position(self, seen: str) -> Any | None:
        """The values of the tokens, as they order."""
        match = self.shape.fullmatch(seen)
        if match is None:
            return None
        values = [_value(token, text) for token, text in zip(self.tokens, match.groups(), strict=True)]
        return tuple(values[at] for at in self.order) if _is_day(self.tokens, values) else None

    def ranker(self, current: str | None) -> Ranker:
        """Takes every tag of the format."""
        return self.position

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """It is of another format, or no day."""
        if self.shape.fullmatch(seen):
            return Refusal(Reason.NOT_A_VERSION, "is no day of the calendar")
        return Refusal(Reason.NOT_A_VERSION, f"is not of the form {self.format}")


def _check(text: str, pieces: list[str]) -> None:
    """Raise PolicyError for a format that cannot be, at the character where it goes wrong."""
    at = 0
    for index, piece in enumerate(pieces):
        before = pieces[1:index:2]
        if index % 2 == 0:
            wrong = re.search("[A-Za-z0-9]", piece)
            if wrong or len(pieces) == 1:
                raise _bad_format(text, at + (wrong.start() if wrong else 0), "a token")
        elif _unit(piece) in map(_unit, before):
            raise _bad_format(text, at, "a token that is not there yet")
        elif before and not pieces[index - 1] and before[-1] in _COUNTS and piece != "MODIFIER":
            raise _bad_format(text, at, "a sign that parts two numbers of any length")
        at += len(piece)


def _unit(token: str) -> str:
    return token[-1] if token[-1] in _UNITS else token


def _bad_format(text: str, at: int, expected: str) -> PolicyError:
    upper = text.upper()
    meant = upper != text and len(_SPLIT.split(upper)) > 1 and not re.search("[A-Z0-9]", _SPLIT.sub("", upper))
    example = f"did you mean {upper!r}? " if meant else ""
    return PolicyError(pointed(text, "calendar format", at, expected), hint=example + _HINT)


def _expressions(pieces: list[str]) -> Iterator[str]:
    """The format as an expression, a group for each token."""
    for index, (literal, part) in enumerate(zip(pieces[::2], [*pieces[1::2], ""], strict=True)):
        follows = index + 1 < len(pieces) // 2 and not pieces[2 * index + 2]
        if part == "MODIFIER":
            yield f"(?:{re.escape(literal)}({_TOKENS[part] if literal else _GLUED}))?"
        else:
            yield re.escape(literal) + (f"({_narrow(part, follows or (index > 0 and not literal))})" if part else "")


def _narrow(part: str, beside: bool) -> str:
    """A token's expression; beside another one its width is fixed."""
    if beside and part in ("YY", "0Y"):
        return "[0-9]{2}"
    return _PADDED[f"0{part[0]}"] if beside and part in ("MM", "WW", "DD") else _TOKENS[part]


def _value(part: str, text: str | None) -> Any:
    """What orders: a number, or a modifier in natural order below the tag that has none."""
    if part != "MODIFIER":
        return int(text or 0)
    return (1,) if text is None else (0, natural(text))


def _is_day(tokens: list[str], values: list[Any]) -> bool:
    """Whether the calendar has such a day; where no year is named, in a leap year."""
    parts = {part[-1]: value for part, value in zip(tokens, values, strict=True) if part[-1] in _UNITS}
    year = parts.get("Y", 2000)
    if "YYYY" not in tokens:
        year += 2000 * ("Y" in parts)
    if not 1 <= year <= 9999:
        return False
    return "D" not in parts or "M" not in parts or bool(parts["D"] <= monthrange(year, parts["M"])[1])
