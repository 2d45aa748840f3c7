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
from dataclasses import dataclass
from typing import Any

from tagwright.errors import PolicyError
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Judge, Refusal
from tagwright.policies.natural import natural

_LEVELS = ("major", "minor", "patch")
_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?![0-9])"
_MAKE = re.compile(
    rf"(?P<prefix>(?:[A-Za-z]+[-_.])*v?)(?P<numbers>{_DATE}|[0-9]{{1,64}}(?:\.[0-9]{{1,64}})*)"
    r"(?P<glued>(?:[A-Za-z_][A-Za-z0-9_]*)?)(?P<suffix>(?:-[A-Za-z0-9_.-]*)?)"
)
_COMMIT = re.compile(r"(?=.*[a-f])[a-f0-9]{7,40}")

_NOT_A_VERSION = Refusal(Reason.NOT_A_VERSION, "is no version (v1.2.3, 1.2-alpine or the like)")
_UNSTABLE = Refusal(Reason.PRERELEASE, "is a prerelease; prereleases: true admits it")


@dataclass(frozen=True, slots=True)
class Make:
    """A tag taken apart. `glued` is the text after the numbers, "" for a release."""

    prefix: str
    numbers: tuple[int, ...]
    separator: str
    glued: str
    suffix: str

    @property
    def position(self) -> Any:
        """Numbers first, then a release above its prereleases, those in natural order."""
        return self.numbers, not self.glued, natural(self.glued)


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
        self.level = _LEVELS.index(argument) if argument in _LEVELS else 0
        self.prereleases = spec.prereleases
        self.steps = tuple(
            Refusal(Reason.LEVEL, f"is a {step} step; at most {argument} is allowed") for step in _LEVELS
        )

    def position(self, text: str) -> Any | None:
        """Where the numbers stand, prefix and suffix aside."""
        make = read(text)
        return make and make.position

    def judge(self, current: str | None) -> Judge:
        """Refuses every other make, steps above the level, and prereleases nobody asked for."""
        if current is None:
            return self._plain
        make = read(current)
        if make is None:
            refusal = Refusal(Reason.NOT_COMPARABLE, f"the current tag {current!r} is no version to compare with")
            return lambda _: refusal
        return self._judge_for(make, current)

    def _plain(self, text: str) -> Any:
        make = read(text)
        if make is None:
            return _NOT_A_VERSION
        if make.suffix:
            return Refusal(Reason.DIFFERENT_SUFFIX, f"has the suffix {make.suffix!r}")
        if make.prefix not in ("", "v"):
            return Refusal(Reason.DIFFERENT_PREFIX, f"has the prefix {make.prefix!r}")
        return _UNSTABLE if make.glued and not self.prereleases else make.position

    def _judge_for(self, mine: Make, current: str) -> Judge:
        other_prefix = Refusal(Reason.DIFFERENT_PREFIX, f"has not the prefix of {current!r}")
        other_suffix = Refusal(Reason.DIFFERENT_SUFFIX, f"has not the suffix of {current!r}")
        other_parts = Refusal(Reason.DIFFERENT_PRECISION, f"has not as many numbers as {current!r}")
        older = Refusal(Reason.OLDER, f"is below the current {current}")

        def judge(text: str) -> Any:
            make = read(text)
            if make is None:
                return _NOT_A_VERSION
            if make.prefix != mine.prefix:
                return other_prefix
            if make.suffix != mine.suffix:
                return other_suffix
            if len(make.numbers) != len(mine.numbers) or make.separator != mine.separator:
                return other_parts
            if make.glued and not self.prereleases and not (mine.glued and make.numbers == mine.numbers):
                return _UNSTABLE
            step = _step(make.numbers, mine.numbers)
            if step < self.level:
                return self.steps[step] if make.numbers > mine.numbers else older
            return make.position

        return judge


def _step(new: tuple[int, ...], old: tuple[int, ...]) -> int:
    """0 for a major step, 1 for a minor one, 2 for anything smaller."""
    return next((min(at, 2) for at, pair in enumerate(zip(new, old, strict=True)) if pair[0] != pair[1]), 2)
