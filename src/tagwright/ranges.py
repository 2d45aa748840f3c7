"""Ranges of versions, as users of Masterminds (Flux, Helm, Argo CD) and npm write them:

    =1.2.3  !=1.2.3  >1.2  >=1.2  <2  <=2.1     comparisons
    ~1.2.3  ^1.2.3  1.2.x  1.2  *               lines: ~ keeps the minor, ^ the leftmost number that is not 0
    1.2 - 1.4.5                                 both ends included
    >=1.2, <2    >=1.2 <2                       and
    ^1 || ^3                                    or

A part left out or written x, X or * stands for every value: `=2.0` is 2.0.x, `>11` starts at 12, `<=1.1`
ends after 1.1.x, `!=4.1` leaves out 4.1.x. A prerelease is in a range only where a comparison joined by
"and" names one (`>=1.0.0-0`), or where the caller admits all. Where Masterminds and npm disagree (prereleases
of other versions, `^*`, `~0.0.0`) it is as Masterminds has it; where neither is followed, the README's
"Where the answers differ" says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from tagwright.errors import PolicyError, pointed
from tagwright.version import IDENTIFIERS, RELEASE, Identifier, Key, prerelease

_LOWEST: tuple[Identifier, ...] = ()  # below every prerelease
_ABOVE: Identifier = (-1, 0, "")  # appended to a prerelease: the first place above it
_BOTTOM: Key = (0, 0, 0, _LOWEST)
_TOP: Key = (float("inf"), 0, 0, _LOWEST)


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


MOST_CHARACTERS, MOST_ALTERNATIVES = 512, 32
"""How long a range may be, and how many parts `||` may join: Masterminds' own limits."""

_NUMBER = r"[0-9]{1,64}|[xX*]"
_PARTIAL = rf"v?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?(?:-({IDENTIFIERS}))?(?:\+{IDENTIFIERS})?"
_OPERATOR = r"\s*(!=|>=|=>|<=|=<|~>|[=<>~^])?\s*"
_JOIN = r"(?:\s*,\s*(?=[^\s|])|\s+|$)"
_COMPARISON = re.compile(_OPERATOR + _PARTIAL + _JOIN)
_HYPHEN = re.compile(rf"\s*{_PARTIAL}\s+-\s+{_PARTIAL}{_JOIN}")
_UNDERSTOOD = re.compile(rf"{_OPERATOR}(?:{_PARTIAL})?\s*")


def parse_range(text: str) -> Range:
    """Parse a range. Raises PolicyError that says at which character it is none, and what was expected."""
    parts = text.split("||")
    if len(text) > MOST_CHARACTERS or len(parts) > MOST_ALTERNATIVES:
        got = f"it has {len(text)} characters" if len(text) > MOST_CHARACTERS else f"|| joins {len(parts)} parts"
        limit = f"a range may have {MOST_CHARACTERS} characters and {MOST_ALTERNATIVES} parts joined by ||"
        raise PolicyError(f"{text[:40] + '…'!r} is no version range: {got}", hint=limit)
    ends = list(accumulate(len(part) + 2 for part in parts))
    return Range(text, tuple(_span(text, end - len(part) - 2, end - 2) for part, end in zip(parts, ends, strict=True)))


def _span(text: str, at: int, end: int) -> Span:
    """The comparisons of text[at:end]."""
    low, high, exclusions, prereleases = _BOTTOM, _TOP, [], False
    for operator, bound in _comparisons(text, at, end):
        prereleases = prereleases or bound.prerelease is not RELEASE
        if operator == "!=":
            exclusions.append(_exclusion(bound))
        else:
            first, last = _INTERVALS[operator](bound)
            low, high = max(low, first), min(high, last)
    return Span(low, high, tuple(exclusions), prereleases)


def _comparisons(text: str, at: int, end: int) -> Iterator[tuple[str, _Bound]]:
    start = at
    while at < end or at == start:
        if match := _HYPHEN.match(text, at, end):
            yield ">=", _bound(match, 1)
            yield "<=", _bound(match, 5)
        elif match := _COMPARISON.match(text, at, end):
            yield match[1] or "=", _bound(match, 2)
        else:
            understood = _UNDERSTOOD.match(text, at, end)
            raise _bad_range(text, understood.end() if understood else at)
        at = match.end()


def _bad_range(text: str, at: int) -> PolicyError:
    """The text is no range from character `at` (from 0) on; with a range close to it where one can be guessed."""
    meant = next((guess for guess in _guesses(text) if guess != text and _is_range(guess)), None)
    example = f"did you mean {meant!r}? " if meant else ""
    return PolicyError(
        pointed(text, "version range", at, "a comparison"),
        hint=example + 'expected comparisons such as ">=1.2 <2", "^1.2", "~1.2.3", "1.2.x" or "*", joined by blanks, '
        '"," or "||"',
    )


_MENDED = (  # what other tools write, or a slip -> what is meant
    (r"\.{2,}", "."),  # ^1..2
    (r"[\[(]\s*([^\s,]+)\s*,\s*([^\s,]+)\s*\)", r">=\1 <\2"),  # Maven's [1.0,2.0)
    (r"={2,}", "="),  # ==1.2.3
    (r"~=", "~"),  # ~=1.2 of Python
    (r"\bV(?=[0-9])", "v"),
    (r"\s*&+\s*|\s+and\s+", " "),
    (r"\s*(?<!\|)\|(?!\|)\s*|\s+or\s+", " || "),
    (r"(?<=[0-9xX*])(?=[<>=~^!])", " "),  # >=1.2<2
    (r"(?<=[0-9xX*])\s+(?=[A-Za-z])(?![xX]\b)", "-"),  # <2 beta
    (r"(?<=[-.])0+(?=[0-9]+(?:[.\s,|]|$))", ""),  # 1.2.3-01
    (r"^[\s,|]+|[\s,|]+$", ""),  # >=1.2,
    (r"((?:[0-9]+\.){2}[0-9]+)(?:\.[0-9]+)+", r"\1"),  # 1.2.3.4
)


def _guesses(text: str) -> Iterator[str]:
    """The text with each slip mended alone, then with all of them."""
    whole = text
    for slip, meant in _MENDED:
        yield re.sub(slip, meant, text)
        whole = re.sub(slip, meant, whole)
    yield whole


def _is_range(text: str) -> bool:
    """Whether the text parses, without an error that would guess again."""
    parts = text.split("||")
    return all(re.fullmatch(rf"(?:{_HYPHEN.pattern}|{_COMPARISON.pattern})+", part) for part in parts)


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


def _bound(match: re.Match[str], group: int) -> _Bound:
    """The version whose numbers begin at a group of the match."""
    numbers: list[int] = []
    for at in range(group, group + 3):
        if match[at] is None or match[at] in "xX*":
            break
        numbers.append(int(match[at]))
    identifiers = prerelease(match[group + 3]) if match[group + 3] else RELEASE
    if identifiers is None:
        raise _bad_range(match.string, match.start(group + 3))
    major, minor, patch = [*numbers, 0, 0, 0][:3]
    return _Bound(major, minor, patch, identifiers, len(numbers))


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
