"""`compatible: minor`: newer tags of the same make. The kind that stands where nothing is said.

A tag is taken apart (see `makes`): a version with its prefix and its tail, or what a build writes into it. A newer tag
is compatible with the current one when

- the prefix, or the branch, is the same (`different-prefix`): `v1.5.0` never becomes `1.6.0`, `main-…` never `dev-…`;
- the tail is the same (`different-suffix`): `-alpine` stays, and `-alpine3.18` never becomes `-alpine3.19`; commits,
  dates and revisions in it may change: `1.25.3-debian-12-r4` goes to `1.25.4-debian-12-r0`;
- a version has as many numbers (`different-precision`): `1.2` goes to `1.3`, never to `1.3.1`;
- the step of a version is at most the level (`level`): `patch`, `minor`, `major` or `any`. The first number is the
  major one, the year of `2024.08.1` too; with one number every step is major; `major` and `any` are the same;
- it is no prerelease (`prerelease`): text glued to the numbers is one, and `-rc.1`, `-beta2` and their like. From a
  prerelease the way leads to a later one of the same version or to a release; `prereleases: true` admits all.

A date, a time or a counter has no level: whatever the level, `main-abc1234-1712345678` goes to the latest build of
`main`, `20240815` to the latest day, and a revision to the latest of the latest version. Numbers joined by dots are a
version, and so is a single number that is no date.

What nothing orders is `not-comparable`: commits alone, two builds of one day that only their commits tell apart, a date
with a number, a version with a year with one without. Nothing is guessed: `newest: created` orders by date, and
`numerical` with a filter by what the filter extracts. With no current tag at all, plain versions without a suffix
are taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from tagwright.errors import PolicyError
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal
from tagwright.policies.makes import A_COMMIT, Kind, Make, Piece, counter, like, place, read, riddle

_LEVELS = ("major", "minor", "patch")


class Compatible(Policy):
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
        return make and make.place

    def family(self, seen: str) -> Any:
        """All versions with a year, all without, and builds of one branch and shape, are a family each."""
        make = read(seen)
        return make and (make.is_calendar if make.numbers else make.slots)

    def reading(self, seen: str) -> str:
        """Such as "branch-commit-timestamp"; nothing for a plain version."""
        make = read(seen)
        return "" if make is None or make.reading == "version" else make.reading

    def ranker(self, current: str | None) -> Ranker:
        """One expression, made for the current tag, tells its make from all others."""
        if current is None:
            return self._rank_plain
        mine = read(current)
        if mine is None:
            return lambda _: None
        unstable = bool(mine.glued) or self.prereleases
        level = 0 if unstable else self.level
        matched = re.compile("".join(like(mine, level, unstable))).fullmatch
        if not unstable and not mine.counters and not mine.has_commit:
            return lambda seen: (tuple(map(int, match.groups())), True) if (match := matched(seen)) else None
        if not mine.numbers:
            return _builds(mine, current, matched)
        parts, own = len(mine.numbers), mine.place
        counters = parts + unstable

        def rank(seen: str) -> Any | None:
            match = matched(seen)
            if match is None:
                return None
            texts = match.groups()
            numbers, glued = tuple(map(int, texts[:parts])), texts[parts] if counters > parts else ""
            if self._leaves(numbers, glued, mine) or (glued and A_COMMIT.fullmatch(seen)):
                return None
            its = place(numbers, glued, tuple(map(counter, texts[counters:])))
            return None if its == own and mine.has_commit and seen != current else its

        return rank

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """The first difference from the current tag's make."""
        if current is not None and (step := self._plain_step(seen, current)):
            return step
        make, mine = read(seen), None if current is None else _read_once(current)
        if make is None:
            return _unreadable(seen, comparing=current is not None and mine is None)
        if current is None:
            return self._refusal_plain(make)
        if mine is None:
            why = riddle(current) or "is no version to compare with"
            return Refusal(Reason.NOT_COMPARABLE, f"the current tag {current!r} {why}")
        if bool(make.numbers) != bool(mine.numbers) or not mine.numbers:
            return _between_builds(seen, make, current, mine)
        if make.prefix != mine.prefix:
            return Refusal(Reason.DIFFERENT_PREFIX, f"has not the prefix of {current!r}")
        if make.tail != mine.tail and make.slots != mine.slots:
            return Refusal(Reason.DIFFERENT_SUFFIX, f"has not the suffix of {current!r}")
        if len(make.numbers) != len(mine.numbers):
            return Refusal(Reason.DIFFERENT_PRECISION, f"has not as many numbers as {current!r}")
        return self._step(seen, make, current, mine)

    def _plain_step(self, seen: str, current: str) -> Refusal | None:
        """Against a release of the very make of the current release, the tag that is met most: without reading it."""
        mine, matched = _releases_like(current)
        match = matched(seen) if mine and matched else None
        if match is None or mine is None:
            return None
        numbers = tuple(map(int, match.groups()))
        reason = self._leaves(numbers, "", mine)
        return _refusal_of_step(reason, self._words(reason, numbers, mine)) if reason else None

    def _step(self, seen: str, make: Make, current: str, mine: Make) -> Refusal:
        """Against a version of the same prefix, tail and precision."""
        reason = self._leaves(make.numbers, make.glued, mine)
        if reason is not Reason.LEVEL and make.is_calendar != mine.is_calendar:
            return Refusal(Reason.NOT_COMPARABLE, f"is a {make.reading}, the current {current!r} a {mine.reading}")
        if reason:
            return Refusal(reason, self._words(reason, make.numbers, mine))
        return _same_but_for_the_commit(seen, make, current, mine)

    def _leaves(self, numbers: tuple[int, ...], glued: str, mine: Make) -> Reason | None:
        """Why a tag of the same make is no step to take."""
        if glued and not self.prereleases and not (mine.glued and numbers == mine.numbers):
            return Reason.PRERELEASE
        if numbers[: self.level] != mine.numbers[: self.level]:
            return Reason.LEVEL if numbers > mine.numbers else Reason.OLDER
        return None

    def _words(self, reason: Reason, numbers: tuple[int, ...], mine: Make) -> str:
        if reason is Reason.LEVEL:
            step = _LEVELS[next(at for at, one in enumerate(numbers) if one != mine.numbers[at])]
            return f"is a {step} step; at most {self.argument} is allowed"
        return "is below the current tag" if reason is Reason.OLDER else _UNSTABLE.detail

    def _rank_plain(self, seen: str) -> Any | None:
        make = read(seen)
        if make is None or not make.numbers or make.tail or make.prefix not in ("", "v"):
            return None
        return None if make.glued and not self.prereleases else make.place

    def _refusal_plain(self, make: Make) -> Refusal:
        if not make.numbers:
            return Refusal(
                Reason.NOT_COMPARABLE, f"is read as {make.reading}: nothing says that it is the one to follow"
            )
        if make.tail:
            return Refusal(Reason.DIFFERENT_SUFFIX, f"has the suffix {''.join(piece.text for piece in make.tail)!r}")
        if make.prefix not in ("", "v"):
            return Refusal(Reason.DIFFERENT_PREFIX, f"has the prefix {make.prefix!r}")
        return _UNSTABLE


def _builds(mine: Make, current: str, matched: Callable[[str], re.Match[str] | None]) -> Ranker:
    """Ranks what `matched` of builds of the current tag's make."""
    own, plain = mine.place, all(piece.text.isdigit() for piece in mine.tail if piece.orders)
    number = int if plain else counter  # what is written like digits alone is digits alone

    def rank(seen: str) -> Any | None:
        match = matched(seen)
        if match is None:
            return None
        its = place((), "", tuple(map(number, match.groups())))
        return None if its == own and mine.has_commit and seen != current else its

    return rank


_read_once = lru_cache(maxsize=8)(read)  # the current tag, compared with every other


@lru_cache(maxsize=8)
def _releases_like(current: str) -> tuple[Make | None, Callable[[str], re.Match[str] | None] | None]:
    """A release without counters taken apart, and what matches the numbers of others like it; else nothing."""
    mine = read(current)
    if mine is None or not mine.numbers or mine.glued or mine.counters or mine.has_commit:
        return None, None
    return mine, re.compile("".join(like(mine, 0, False))).fullmatch


_refusal_of_step = lru_cache(maxsize=64)(Refusal)  # few words for thousands of tags
_UNSTABLE = Refusal(Reason.PRERELEASE, "is a prerelease; prereleases: true admits it")
_ELSE = "newest: created orders by date, numerical by what a filter extracts"


def _unreadable(seen: str, *, comparing: bool) -> Refusal:
    """Against a tag in which nothing orders; `comparing` it with one of its kind."""
    why = riddle(seen)
    if why and comparing:
        return Refusal(Reason.NOT_COMPARABLE, f"{why}; {_ELSE}")
    return Refusal(Reason.NOT_A_VERSION, why or "is no version (v1.2.3, 1.2-alpine or the like)")


def _same_but_for_the_commit(seen: str, make: Make, current: str, mine: Make) -> Refusal:
    alike = mine.has_commit and make.place == mine.place and seen != current
    assert alike, f"{seen!r} is compatible with {current!r}"
    detail = (
        f"differs from the current {current!r} in nothing but the commit, which does not say which is newer; {_ELSE}"
    )
    return Refusal(Reason.NOT_COMPARABLE, detail)


def _between_builds(seen: str, make: Make, current: str, mine: Make) -> Refusal:
    """Where at least one of two tags is a build, not a version."""
    if not make.numbers and make.slots == mine.slots:
        return _same_but_for_the_commit(seen, make, current, mine)
    if len(mine.numbers) > 1:
        return Refusal(Reason.NOT_A_VERSION, f"is read as {make.reading}, which is no version")
    if make.reading != mine.reading:
        detail = f"is read as {make.reading}, the current {current!r} as {mine.reading}: nothing orders the two"
        return Refusal(Reason.NOT_COMPARABLE, detail)
    pairs = zip_longest(make.tail, mine.tail, fillvalue=_NOTHING)
    at, its, own = next((at, a, b) for at, (a, b) in enumerate(pairs) if a.slot != b.slot)
    if its.orders and own.orders:
        return Refusal(Reason.DIFFERENT_PRECISION, f"writes its {own.kind} otherwise than {current!r}")
    if at:
        return Refusal(Reason.DIFFERENT_SUFFIX, f"has not the suffix of {current!r}")
    return Refusal(Reason.DIFFERENT_PREFIX, f"has not the prefix of {current!r}")


_NOTHING = Piece(Kind.TEXT, "", "")
