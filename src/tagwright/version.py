"""Tags as versions, and ranges of versions.

A version is what the users of Masterminds and npm ranges call one: an optional `v`, one to three
numbers (missing ones are 0, leading zeros allowed), an optional `-prerelease` and `+build`. Order is
that of SemVer 2.0.0, section 11; build metadata does not order.

A range is what they write:

    =1.2.3  !=1.2.3  >1.2  >=1.2  <2  <=2.1     comparisons
    ~1.2.3  ^1.2.3  1.2.x  1.2  *               lines: ~ keeps the minor, ^ the leftmost number that is not 0
    1.2 - 1.4.5                                 both ends included
    >=1.2, <2    >=1.2 <2                       and
    ^1 || ^3                                    or

A part left out or written x, X or * stands for every value: `=2.0` is 2.0.x, `>11` starts at 12, `<=1.1`
ends after 1.1.x, `!=4.1` leaves out 4.1.x. A prerelease is in a range only where a comparison joined by
"and" names one (`>=1.0.0-0`), or where the caller admits all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tagwright.errors import PolicyError

Identifier = tuple[int, int, str]
Key = tuple[float, float, float, tuple[Identifier, ...]]
"""Major, minor, patch and prerelease; compares as SemVer does. Floats are only the infinite end."""

RELEASE: tuple[Identifier, ...] = ((2, 0, ""),)  # above every prerelease
_LOWEST: tuple[Identifier, ...] = ()  # below every prerelease
_ABOVE: Identifier = (-1, 0, "")  # appended to a prerelease: the first place above it
_BOTTOM: Key = (0, 0, 0, _LOWEST)
_TOP: Key = (float("inf"), 0, 0, _LOWEST)

_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(  # a bound on digits: int() of a hostile tag must stay cheap
    r"v?([0-9]{1,64})(?:\.([0-9]{1,64}))?(?:\.([0-9]{1,64}))?" rf"(?:-({_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?"
).fullmatch


def parse(text: str) -> Key | None:
    """The place of a version in SemVer's order; None when the text is no version."""
    match = _VERSION(text)
    if match is None:
        return None
    major, minor, patch, prerelease = match.groups()
    if prerelease is None:
        return int(major), int(minor or 0), int(patch or 0), RELEASE
    identifiers = _prerelease(prerelease)
    return None if identifiers is None else (int(major), int(minor or 0), int(patch or 0), identifiers)


@lru_cache(maxsize=1024)  # the same few stand behind thousands of versions
def _prerelease(text: str) -> tuple[Identifier, ...] | None:
    """Numbers order below words, and by length first so that any size is exact; None for a leading zero."""
    identifiers = []
    for word in text.split("."):
        if not word.isdigit():
            identifiers.append((1, 0, word))
        elif word[0] == "0" and word != "0":
            return None
        else:
            identifiers.append((0, len(word), word))
    return tuple(identifiers)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What `!=` takes out of [low, high): all, or only the versions with this prerelease."""

    low: Key
    high: Key
    prerelease: tuple[Identifier, ...] | None = None

    def covers(self, key: Key) -> bool:
        """Whether this exclusion takes the version out."""
        return self.low <= key < self.high and self.prerelease in (None, key[3])


@dataclass(frozen=True, slots=True)
class Span:
    """Comparisons joined by "and": [low, high) without the exclusions; `prereleases` when one of them names one."""

    low: Key
    high: Key
    exclusions: tuple[Exclusion, ...]
    prereleases: bool

    def admits(self, key: Key) -> bool:
        """Whether the version lies inside, prereleases not considered."""
        if not self.low <= key < self.high:
            return False
        return not self.exclusions or not any(out.covers(key) for out in self.exclusions)


@dataclass(frozen=True, slots=True)
class Range:
    """Spans joined by "or"."""

    text: str
    spans: tuple[Span, ...]

    @property
    def hull(self) -> tuple[Key, Key]:
        """The smallest [low, high) around every span."""
        return min(span.low for span in self.spans), max(span.high for span in self.spans)

    @property
    def is_hull(self) -> bool:
        """Whether every release in the hull is in the range."""
        return len(self.spans) == 1 and not self.spans[0].exclusions

    def admits(self, key: Key, *, prereleases: bool = False) -> bool:
        """Whether the version is in the range; `prereleases` admits all of them."""
        stable = prereleases or key[3] is RELEASE
        return any((stable or span.prereleases) and span.admits(key) for span in self.spans)


_NUMBER = r"[0-9]{1,64}|[xX*]"
_PARTIAL = (
    rf"v?(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER}))?(?:\.(?P<patch>{_NUMBER}))?"
    rf"(?:-(?P<pre>{_IDENTIFIERS}))?(?:\+{_IDENTIFIERS})?"
)
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _PARTIAL)
_HYPHEN = re.compile(rf"(?<!\S)({_UNNAMED})\s+-\s+({_UNNAMED})(?![^\s,|])")
_COMPARISON = re.compile(rf"\s*(?P<operator>!=|>=|=>|<=|=<|~>|[=<>~^])?\s*{_PARTIAL}(?P<join>\s*,\s*(?=\S)|\s+|$)")


def parse_range(text: str) -> Range:
    """Parse a range. Raises PolicyError with what was got, what was expected and an example."""
    joined = _HYPHEN.sub(r">=\1 <=\2", text)
    return Range(text, tuple(_span(part, text) for part in joined.split("||")))


def _span(text: str, whole: str) -> Span:
    low, high, exclusions, prereleases, at = _BOTTOM, _TOP, [], False, 0
    while at < len(text) or at == 0:
        match = _COMPARISON.match(text, at)
        if match is None or match.end() == at:
            raise _bad_range(text[at:].strip(), whole)
        bound = _bound(match, whole)
        at = match.end()
        prereleases = prereleases or bound.prerelease is not RELEASE
        if match["operator"] == "!=":
            exclusions.append(_exclusion(bound))
        else:
            start, end = _INTERVALS[match["operator"] or "="](bound)
            low, high = max(low, start), min(high, end)
    return Span(low, high, tuple(exclusions), prereleases)


def _bad_range(got: str, whole: str) -> PolicyError:
    return PolicyError(
        f"{whole!r} is no version range: {got!r} is no comparison" if got else f"{whole!r} is no version range",
        hint='expected comparisons such as ">=1.2 <2", "^1.2", "~1.2.3", "1.2.x" or "*", joined by blanks, "," or "||"',
    )


@dataclass(frozen=True, slots=True)
class _Bound:
    """The version of a comparison; `parts` counts the numbers written before the first wildcard."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[Identifier, ...]
    parts: int

    @property
    def key(self) -> Key:
        return self.major, self.minor, self.patch, self.prerelease

    @property
    def above(self) -> Key:
        """The first place above this very version."""
        return self.major, self.minor, self.patch, (*self.prerelease, _ABOVE)

    @property
    def next_major(self) -> Key:
        return self.major + 1, 0, 0, _LOWEST

    @property
    def next_minor(self) -> Key:
        return self.major, self.minor + 1, 0, _LOWEST

    @property
    def next_patch(self) -> Key:
        return self.major, self.minor, self.patch + 1, _LOWEST


def _bound(match: re.Match[str], whole: str) -> _Bound:
    numbers: list[int] = []
    for name in ("major", "minor", "patch"):
        if match[name] is None or match[name] in "xX*":
            break
        numbers.append(int(match[name]))
    prerelease = _prerelease(match["pre"]) if match["pre"] else RELEASE
    if prerelease is None:
        raise _bad_range(match[0].strip(), whole)
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return _Bound(major, minor, patch, prerelease, len(numbers))


def _line(bound: _Bound) -> tuple[Key, Key]:
    """`~`: the minor stays, or the major where no minor is written. 0.0.0 is the start of everything (Masterminds)."""
    if (bound.major, bound.minor, bound.patch) == (0, 0, 0) and bound.parts in (0, 3):
        return bound.key, _TOP
    return bound.key, bound.next_major if bound.parts == 1 else bound.next_minor


def _equal(bound: _Bound) -> tuple[Key, Key]:
    return (bound.key, bound.above) if bound.parts == 3 else _line(bound)


def _caret(bound: _Bound) -> tuple[Key, Key]:
    """`^`: the leftmost number that is not 0 stays; a bare `^*` is ^0.0.0, as Masterminds has it."""
    if bound.major or bound.parts == 1:
        return bound.key, bound.next_major
    if bound.minor or bound.parts == 2:
        return bound.key, bound.next_minor
    return bound.key, bound.next_patch


def _greater(bound: _Bound) -> tuple[Key, Key]:
    starts = {1: bound.next_major, 2: bound.next_minor}
    return starts.get(bound.parts, bound.above), _TOP


def _at_most(bound: _Bound) -> tuple[Key, Key]:
    ends = {0: _TOP, 1: bound.next_major, 2: bound.next_minor}
    return _BOTTOM, ends.get(bound.parts, bound.above)


def _exclusion(bound: _Bound) -> Exclusion:
    """`!=`: `4.1-alpha` leaves out that prerelease of every 4.1.x (Masterminds)."""
    if bound.parts == 3:
        return Exclusion(bound.key, bound.above)
    if bound.parts == 2:
        return Exclusion((bound.major, bound.minor, 0, _LOWEST), bound.next_minor, bound.prerelease)
    return Exclusion((bound.major, 0, 0, _LOWEST), bound.next_major if bound.parts else _TOP)


_INTERVALS: dict[str, Callable[[_Bound], tuple[Key, Key]]] = {
    "=": _equal,
    "~": _line,
    "~>": _line,
    "^": _caret,
    ">": _greater,
    ">=": lambda bound: (bound.key, _TOP),
    "=>": lambda bound: (bound.key, _TOP),
    "<": lambda bound: (_BOTTOM, bound.key),
    "<=": _at_most,
    "=<": _at_most,
}
