"""`semver: ">=1.2 <2"`: the highest version inside a range.

Ranges are written as for npm and Masterminds (`^ ~ x * -`, a blank or `,` for and, `||` for or; see
`version`). A tag is a version with or without `v`, and with one to three numbers: `1.27` counts as
1.27.0. Anything else is `not-a-version`, outside the range it is `out-of-range`.

A prerelease is taken only where the range names one (`>=1.0.0-0`) or `prereleases: true` stands beside
it. For SemVer every `-suffix` is a prerelease, `-alpine` too: to follow a variant take the suffix off with
`filter: {pattern: '^(.+)-alpine$', extract: '$1'}`, or use `compatible`.
"""

from __future__ import annotations

import re

from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal
from tagwright.ranges import parse_range
from tagwright.version import RELEASE, Identifier, Key, parse, prerelease

_PLAIN = re.compile(r"v?([0-9]{1,64})\.([0-9]{1,64})\.([0-9]{1,64})").fullmatch
_FULL = re.compile(r"v?([0-9]{1,64})\.([0-9]{1,64})\.([0-9]{1,64})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?").fullmatch


class Semver(Policy):
    """Versions inside a range, in SemVer's order."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        self.range = parse_range(argument)
        self.prereleases = spec.prereleases
        self.stable = not (spec.prereleases or any(span.prereleases for span in self.range.spans))

    def position(self, seen: str) -> Key | None:
        """The version's place in SemVer's order."""
        return parse(seen)

    def ranker(self, current: str | None) -> Ranker:
        """Versions of three parts, which most tags are, take a shorter way to the same answer."""
        if not self.range.is_hull:
            return self._rank
        return self._stable_ranker() if self.stable else self._full_ranker()

    def _stable_ranker(self) -> Ranker:
        """Releases alone."""
        numbers, (low, high) = _Numbers(), self.range.hull

        def rank(seen: str) -> Key | None:
            plain = _PLAIN(seen)
            if plain is not None:
                major, minor, patch = plain.groups()
                key = numbers[major], numbers[minor], numbers[patch], RELEASE
            elif "-" in seen and "+" not in seen:
                return None
            else:
                return self._rank(seen)
            return key if low <= key < high else None

        return rank

    def _full_ranker(self) -> Ranker:
        """Prereleases too; what stands behind the numbers is often the same."""
        numbers, endings, (low, high) = _Numbers(), _Endings(), self.range.hull

        def rank(seen: str) -> Key | None:
            full = _FULL(seen)
            if full is None:
                return self._rank(seen)
            major, minor, patch, ending = full.groups()
            identifiers = endings[ending]
            if identifiers is None:
                return None
            key = numbers[major], numbers[minor], numbers[patch], identifiers
            return key if low <= key < high else None

        return rank

    def _rank(self, seen: str) -> Key | None:
        key = parse(seen)
        return key if key is not None and self.range.admits(key, prereleases=self.prereleases) else None

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """It is no version, a prerelease nobody asked for, or outside the range."""
        key = parse(seen)
        if key is None:
            return Refusal(Reason.NOT_A_VERSION, "is no version (v1.2.3, 1.2 or the like)")
        if self.range.admits(key, prereleases=True):
            detail = f"is a prerelease, and {self.range.text!r} names none; prereleases: true admits all"
            return Refusal(Reason.PRERELEASE, detail)
        return Refusal(Reason.OUT_OF_RANGE, f"is outside {self.range.text!r}")


class _Numbers(dict[str, int]):
    """Text -> number, small ones remembered: a look-up costs a third of int()."""

    def __missing__(self, text: str) -> int:
        number = int(text)
        if len(text) < 4:
            self[text] = number
        return number


class _Endings(dict[str | None, tuple[Identifier, ...] | None]):
    """Prerelease -> its place, for the length of one list; None stands for none."""

    def __missing__(self, text: str | None) -> tuple[Identifier, ...] | None:
        place = self[text] = RELEASE if text is None else prerelease(text)
        return place
