"""`compatible: minor`: newer tags of the same make. The kind that stands where nothing is said.

A tag is read as prefix, numbers, text glued to them, and suffix: `v1.5.0`, `12.15.0-alpine`,
`3.7.0b1`, `release-1.2.3`, `2024-03-01`. A newer tag is compatible with the current one when

- the prefix is the same (`different-prefix`): `v1.5.0` never becomes `1.6.0`;
- the suffix is the same (`different-suffix`): `-alpine` stays, and `-alpine3.18` never becomes `-alpine3.19`;
- it has as many numbers (`different-precision`): `1.2` goes to `1.3`, never to `1.3.1`;
- the step is at most the level (`level`): `patch`, `minor`, `major` or `any` (the first number is the
  major one; with one number every step is major, and `major` and `any` are the same);
- it is no prerelease (`prerelease`): text glued to the numbers is one. From a prerelease the way leads to
  a later one of the same version or to a release; `prereleases: true` admits all.

A prefix is `v`, or words that end in `-`, `_` or `.` before at least two numbers, so that `build-41` is no
version (use `numerical` with a filter). 7 to 40 hexadecimal digits are a commit, unless all are decimal.
Where the current tag is no version, every tag is `not-comparable`. With no current tag at all, plain
versions without a suffix are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tagwright.errors import PolicyError
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Ranker, Refusal
from tagwright.policies.natural import natural

_LEVELS = ("major", "minor", "patch")
_DATE_PARTS = r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?![0-9])"
_DATE = _DATE_PARTS.replace("(0", "(?:0").replace("([", "(?:[")
_GLUED = "(?:[A-Za-z_][A-Za-z0-9_]*)?"
_MAKE = re.compile(
    rf"(?P<prefix>(?:[A-Za-z]+[-_.])*v?)(?P<numbers>{_DATE}|[0-9]{{1,64}}(?:\.[0-9]{{1,64}})*)"
    rf"(?P<glued>{_GLUED})(?P<suffix>(?:-[A-Za-z0-9_.-]*)?)"
)
_COMMIT = re.compile(r"(?=.*[a-f])[a-f0-9]{7,40}")


@dataclass(frozen=True, slots=True)
class Make:
    """A tag taken apart. `glued` is the text after the numbers, "" for a release."""

    prefix: str
    numbers: tuple[int, ...]
    separator: str
    glued: str
    suffix: str


def read(tag: str) -> Make | None:
    """Take a tag apart; None when it is no version."""
    match = _MAKE.fullmatch(tag)
    if match is None or _COMMIT.fullmatch(tag):
        return None
    prefix, text = match["prefix"], match["numbers"]
    numbers = tuple(int(number) for number in re.split(r"[.-]", text))
    if prefix not in ("", "v") and len(numbers) < 2:
        return None
    return Make(prefix, numbers, "-" if "-" in text else ".", match["glued"], match["suffix"])


class Compatible:
    """Newer tags with the current one's prefix, suffix and precision."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        if argument not in (*_LEVELS, "any"):
            raise PolicyError(f"{argument!r} is no level of compatible", hint="expected patch, minor, major or any")
        self.argument = argument
        self.level = _LEVELS.index(argument) if argument in _LEVELS else 0
        self.prereleases = spec.prereleases

    def position(self, seen: str) -> Any | None:
        """Where the numbers stand, prefix and suffix aside."""
        make = read(seen)
        return make and _place(make.numbers, make.glued)

    def ranker(self, current: str | None) -> Ranker:
        """One expression, made for the current tag, tells its make from all others."""
        if current is None:
            return self._rank_plain
        mine = read(current)
        if mine is None:
            return lambda _: None
        if not mine.glued and not self.prereleases and mine.separator == ".":
            return self._release_ranker(mine)
        same_make = _expression(mine)

        def rank(seen: str) -> Any | None:
            match = same_make(seen)
            if match is None:
                return None
            *texts, glued = match.groups()
            numbers = tuple(map(int, texts))
            if self._leaves(numbers, glued, mine) or (glued and _COMMIT.fullmatch(seen)):
                return None
            return _place(numbers, glued)

        return rank

    def _release_ranker(self, mine: Make) -> Ranker:
        """The common case, quick: releases alone, the numbers that may not change written into the expression."""
        fixed = [f"(0*{number})" for number in mine.numbers[: self.level]]
        free = ["([0-9]{1,64})"] * (len(mine.numbers) - len(fixed))
        numbers = re.escape(".").join([*fixed, *free])
        matched = re.compile(f"{re.escape(mine.prefix)}{numbers}{re.escape(mine.suffix)}").fullmatch

        def rank(seen: str) -> Any | None:
            match = matched(seen)
            return None if match is None else (tuple(map(int, match.groups())), True)

        return rank

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """The first difference from the current tag's make."""
        make = read(seen)
        if make is None:
            return Refusal(Reason.NOT_A_VERSION, "is no version (v1.2.3, 1.2-alpine or the like)")
        if current is None:
            return self._refusal_plain(make)
        mine = read(current)
        if mine is None:
            return Refusal(Reason.NOT_COMPARABLE, f"the current tag {current!r} is no version to compare with")
        if make.prefix != mine.prefix:
            return Refusal(Reason.DIFFERENT_PREFIX, f"has not the prefix of {current!r}")
        if make.suffix != mine.suffix:
            return Refusal(Reason.DIFFERENT_SUFFIX, f"has not the suffix of {current!r}")
        if (len(make.numbers), make.separator) != (len(mine.numbers), mine.separator):
            return Refusal(Reason.DIFFERENT_PRECISION, f"has not as many numbers as {current!r}")
        reason = self._leaves(make.numbers, make.glued, mine)
        assert reason, f"{seen!r} is compatible with {current!r}"
        return Refusal(reason, self._words(reason, make, mine))

    def _leaves(self, numbers: tuple[int, ...], glued: str, mine: Make) -> Reason | None:
        """Why a tag of the same make is no step to take."""
        if glued and not self.prereleases and not (mine.glued and numbers == mine.numbers):
            return Reason.PRERELEASE
        if numbers[: self.level] != mine.numbers[: self.level]:
            return Reason.LEVEL if numbers > mine.numbers else Reason.OLDER
        return None

    def _words(self, reason: Reason, make: Make, mine: Make) -> str:
        if reason is Reason.LEVEL:
            step = _LEVELS[next(at for at, one in enumerate(make.numbers) if one != mine.numbers[at])]
            return f"is a {step} step; at most {self.argument} is allowed"
        return "is below the current tag" if reason is Reason.OLDER else _UNSTABLE.detail

    def _rank_plain(self, seen: str) -> Any | None:
        make = read(seen)
        if make is None or make.suffix or make.prefix not in ("", "v") or (make.glued and not self.prereleases):
            return None
        return _place(make.numbers, make.glued)

    def _refusal_plain(self, make: Make) -> Refusal:
        if make.suffix:
            return Refusal(Reason.DIFFERENT_SUFFIX, f"has the suffix {make.suffix!r}")
        if make.prefix not in ("", "v"):
            return Refusal(Reason.DIFFERENT_PREFIX, f"has the prefix {make.prefix!r}")
        return _UNSTABLE


_UNSTABLE = Refusal(Reason.PRERELEASE, "is a prerelease; prereleases: true admits it")


def _place(numbers: tuple[int, ...], glued: str) -> Any:
    """Numbers first, then a release above its prereleases, those in natural order."""
    return (numbers, False, natural(glued)) if glued else (numbers, True)


def _expression(mine: Make) -> Callable[[str], re.Match[str] | None]:
    """Matches tags of the same make; its groups are the numbers and the glued text."""
    number = "([0-9]{1,64})"
    numbers = _DATE_PARTS if mine.separator == "-" else re.escape(".").join([number] * len(mine.numbers))
    return re.compile(f"{re.escape(mine.prefix)}{numbers}({_GLUED}){re.escape(mine.suffix)}").fullmatch
