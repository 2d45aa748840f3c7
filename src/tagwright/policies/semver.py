"""`semver: ">=1.2 <2"`: the highest version inside a range.

Ranges are written as for npm and Masterminds (`^ ~ x * -`, a blank or `,` for and, `||` for or; see
`version`). A tag is a version with or without `v`, and with one to three numbers: `1.27` counts as
1.27.0. Anything else is `not-a-version`, outside the range it is `out-of-range`.

A prerelease is taken only where the range names one (`>=1.0.0-0`) or `prereleases: true` stands beside
it. For SemVer every `-suffix` is a prerelease, `-alpine` too: to follow a variant take the suffix off with
`filter: {pattern: '^(.+)-alpine$', extract: '$1'}`, or use `compatible`.
"""

from __future__ import annotations

from typing import Any

from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Judge, Refusal
from tagwright.version import Key, parse, parse_range

_NOT_A_VERSION = Refusal(Reason.NOT_A_VERSION, "is no version (v1.2.3, 1.2 or the like)")


class Semver:
    """Versions inside a range, in SemVer's order."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        self.range = parse_range(argument)
        self.prereleases = spec.prereleases
        self.outside = Refusal(Reason.OUT_OF_RANGE, f"is outside {argument!r}")
        self.unstable = Refusal(
            Reason.PRERELEASE, f"is a prerelease, and {argument!r} names none; prereleases: true admits all"
        )

    def position(self, text: str) -> Key | None:
        """The version's place in SemVer's order."""
        return parse(text)

    def judge(self, current: str | None) -> Judge:
        """Refuses what is no version, outside the range, or a prerelease nobody asked for."""
        admits, prereleases = self.range.admits, self.prereleases

        def judge(text: str) -> Any:
            key = parse(text)
            if key is None:
                return _NOT_A_VERSION
            if admits(key, prereleases=prereleases):
                return key
            return self.unstable if admits(key, prereleases=True) else self.outside

        return judge
