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
from tagwright.policies.base import Ranker, Refusal
from tagwright.version import RELEASE, Key, parse, parse_range

_PLAIN = re.compile(r"v?([0-9]{1,64})\.([0-9]{1,64})\.([0-9]{1,64})").fullmatch


class Semver:
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
        """Three-part releases, which most tags are, take a shorter way to the same answer: more than twice as fast."""
        numbers, stable, (low, high) = _Numbers(), self.stable, self.range.hull
        if not self.range.is_hull:
            return self._rank

        def rank(seen: str) -> Key | None:
            plain = _PLAIN(seen)
            if plain is None:
                if stable and "-" in seen and "+" not in seen:
                    return None
                key = parse(seen)
                if key is None or (stable and key[3] is not RELEASE):
                    return None
            else:
                major, minor, patch = plain.groups()
                key = numbers[major], numbers[minor], numbers[patch], RELEASE
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
