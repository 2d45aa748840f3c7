"""Tags taken apart: what of a tag stays, and what orders it.

A tag is read as a version where it begins with one (behind a prefix), with a tail behind it:

    v1.5.0  release-1.2.3  1.25.3-debian-12-r4  17.0.9_9-jre  1.2.3-14-gabc1234  2024.08.1

and else as what a build writes into it, wherever times, dates or counters stand:

    20240815  stable-20240815  RELEASE.2024-08-03T04-33-23Z  main-abc1234-1712345678  1712345678-abc1234
    main-abc1234-57  main-57  build-41  20260720.023802

The parts that order are

- dates (`20240815`, `2024-08-15`, `2024-08`) and times (`20240815T043323Z`, `2024-08-15-0433`, seconds or
  milliseconds since 1970): days that were, of the years 2000 to 2099. A number of eight digits that is no day
  is a number;
- counters: digits behind a commit (`main-abc1234-57`), behind a date (`20240815.2`), behind the name of a branch or
  a build (`main-57`, `build-41`), behind a version (`2.1.32-662`, `17.0.9_9`), and the revisions of those who package
  (`-r4`, `-ls12`, `-k3s1`, `-eksbuild.2`).

A commit (7 to 40 hexadecimal digits, one of them decimal) may be any other. All other text stays as it is: the branch,
the variant, the architecture, the number of a pull request. A tag of a commit alone, of a bot's branch
(`dependabot-npm-lodash-4.17.21`), or a word with a number that may name something (`pr-12`, `jdk-17`), has no place in
an order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from tagwright.policies.natural import natural


class Kind(StrEnum):
    """What a stretch of a tag is; the words people read."""

    TEXT = "text"
    COMMIT = "commit"
    DATE = "date"
    TIMESTAMP = "timestamp"
    RUN = "run"
    REVISION = "revision"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a tag; `slot` is the expression that a like stretch matches, with a group where it orders."""

    kind: Kind
    text: str
    slot: str

    @property
    def orders(self) -> bool:
        return self.kind not in (Kind.TEXT, Kind.COMMIT)


@dataclass(frozen=True, slots=True)
class Make:
    """A tag taken apart. `numbers` is () where no version is in it; `glued` is the prerelease, "" for a release."""

    prefix: str
    numbers: tuple[int, ...]
    glued: str
    tail: tuple[Piece, ...]

    @property
    def slots(self) -> tuple[str, ...]:
        """What a tag of the same make must match behind its numbers."""
        return tuple(piece.slot for piece in self.tail)

    @property
    def counters(self) -> tuple[int, ...]:
        """What orders behind the numbers."""
        return tuple(counter(piece.text) for piece in self.tail if piece.orders)

    @property
    def place(self) -> Any:
        """Where the tag stands among those of its make."""
        return place(self.numbers, self.glued, self.counters)

    @property
    def has_commit(self) -> bool:
        """Whether two tags may differ in nothing that orders."""
        return any(piece.kind is Kind.COMMIT for piece in self.tail)

    @property
    def is_calendar(self) -> bool:
        """Whether the first number is a year."""
        return len(self.numbers) > 1 and 2000 <= self.numbers[0] < 2100

    @property
    def reading(self) -> str:
        """What the tag is taken for, in words: "branch-commit-timestamp"; "version" for a plain one."""
        words = [piece.kind.value for piece in self.tail if piece.kind is not Kind.TEXT]
        if self.numbers:
            return "-".join(["calendar version" if self.is_calendar else "version", *words])
        if self.tail[0].kind is Kind.TEXT and self.tail[0].text != "v":
            words.insert(0, "branch" if {"commit", "run"} & set(words) else "name")
        return "-".join(words)


def place(numbers: tuple[int, ...], glued: str, counters: tuple[int, ...]) -> Any:
    """Numbers first, then a release above its prereleases, those in natural order, then what counts behind."""
    if glued:
        return numbers, False, natural(glued), counters
    return (numbers, True, counters) if counters else (numbers, True)


# ── dates and times ──────────────────────────────────────────────────────────


def _day(dash: str) -> str:
    """The days of 2000 to 2099 that the calendar has."""
    return (
        rf"20(?:[0-9]{{2}}{dash}(?:(?:0[13578]|1[02]){dash}(?:0[1-9]|[12][0-9]|3[01])"
        rf"|(?:0[469]|11){dash}(?:0[1-9]|[12][0-9]|30)|02{dash}(?:0[1-9]|1[0-9]|2[0-8]))"
        rf"|(?:[02468][048]|[13579][26]){dash}02{dash}29)"
    )


_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_TIME = "|".join(f"{_HOUR}{sep}{_SIXTY}(?:{sep}{_SIXTY}(?:[0-9]{{3}})?)?" for sep in ("", "-", r"\."))
_END = "(?![A-Za-z0-9])"
_MONTH = "20[0-9]{2}-(?:0[1-9]|1[0-2])(?!-?[0-9])"
_DATED = rf"(?:{_day('')}|{_day('-')})(?:[T_.-]?(?:{_TIME})[zZ]?)?{_END}"
_STAMP = rf"(?:{_DATED}|{_day('')}[0-9]{{2}}{_END}|{_MONTH}{_END}|1[0-9]{{9}}(?:[0-9]{{3}})?{_END})"


def _stamp_slot(text: str) -> str:
    """The dates and times written like this one."""
    if text[0] == "1":
        return f"(1[0-9]{{{len(text) - 1}}})"
    if len(text) == 7:
        return f"({_MONTH})"
    dash = "-" if text[4] == "-" else ""
    rest = text[10 if dash else 8 :]
    return f"({_day(dash)}{_time_slot(rest)})"


def _time_slot(text: str) -> str:
    """The times written like this one; two digits alone are a serial of the day."""
    if re.fullmatch("[0-9]{2}", text):
        return "[0-9]{2}"
    pairs = iter([_HOUR, _SIXTY, _SIXTY, "[0-9]{3}"])
    return re.sub("[0-9]{3}$|[0-9]{2}|[^0-9]", lambda run: next(pairs) if run[0].isdigit() else re.escape(run[0]), text)


def counter(text: str) -> int:
    """The digits of a date, a time or a counter as one number."""
    return int(text if text.isdigit() else _NO_DIGIT.sub("", text))


_NO_DIGIT = re.compile("[^0-9]+")

# ── what a build writes ──────────────────────────────────────────────────────

_COMMIT = rf"(?!{_STAMP}|[0-9]{{19,}}{_END})(?=[a-f]*[0-9])[0-9a-f]{{7,40}}{_END}"
_PACKAGED = r"(?:r|ls|k3s|rke2r|gke\.|eksbuild\.|build\.?)"
_BUILDS = "main|master|trunk|develop|dev|build|run|ci|job|pipeline|nightly|edge|snapshot|canary"
_AFTER_DAY = rf"(?!(?:{_TIME})[zZ]?{_END})"  # else it is that day's time
_NUMBER = rf"(?!{_STAMP})([0-9]{{1,18}}){_END}(?!\.[0-9])"
_FEW_DIGITS = rf"(?!{_STAMP})([0-9]{{1,6}}){_END}(?!\.[0-9])"  # seven and more may be a commit
_PART = re.compile(
    rf"(?<![A-Za-z0-9])(?:v(?={_STAMP}))?(?:(?P<stamp>{_STAMP})|(?P<commit>g?(?=[0-9]*[a-f]){_COMMIT})"
    rf"|(?P<packaged>{_PACKAGED})(?P<revision>[0-9]{{1,18}}){_END}(?!\.[0-9])|(?P<number>[0-9]{{1,18}}){_END}(?!\.[0-9]))"
)
_BUILD_AND = re.compile(rf"(?i:{_BUILDS})[-_.]")


@lru_cache(maxsize=1024)  # the same few stand behind thousands of versions
def pieces(text: str, behind_version: bool = False) -> tuple[Piece, ...]:
    """The stretches of a tag, or of what stands behind a version of at least two numbers."""
    if not text:
        return ()
    found: list[Piece] = []
    at = 0
    for match in _PART.finditer(text):
        piece = _piece(match, found, at, behind_version)
        if piece is not None:
            found += _text(text[at : match.end() - len(piece.text)])
            found.append(piece)
            at = match.end()
    return (*found, *_text(text[at:]))


def _text(text: str) -> list[Piece]:
    return [Piece(Kind.TEXT, text, re.escape(text))] if text else []


def _piece(match: re.Match[str], before: list[Piece], at: int, behind_version: bool) -> Piece | None:
    """What a part is, given the pieces before it, the last of which ends at `at`; None where it is plain text."""
    if text := match["stamp"]:
        day_alone = len(text) in (7, 8) or (len(text) == 10 and text[0] == "2")
        return Piece(Kind.DATE if day_alone else Kind.TIMESTAMP, text, _stamp_slot(text))
    number = match["number"]
    if text := match["revision"]:
        return Piece(Kind.REVISION, text, f"([0-9]{{1,18}}){_END}")
    if number and (piece := _counted(match, number, before, at, behind_version)):
        return piece
    if text := match["commit"] or (number and len(number) > 6 and number):
        return Piece(Kind.COMMIT, text, f"g{_COMMIT}" if text[0] == "g" else _COMMIT)
    return None


def _counted(match: re.Match[str], number: str, before: list[Piece], at: int, behind_version: bool) -> Piece | None:
    """A number that counts, by what stands right before it."""
    joined = match.start() - at == 1
    last = before[-1].kind if before and joined else None
    if last is Kind.COMMIT and not any(piece.kind in (Kind.DATE, Kind.TIMESTAMP) for piece in before):
        return Piece(Kind.RUN, number, _NUMBER)
    if last in (Kind.DATE, Kind.TIMESTAMP):
        day = re.fullmatch(f"{_day('')}|{_day('-')}", before[-1].text)
        return Piece(Kind.RUN, number, _AFTER_DAY + _NUMBER if day else _NUMBER)
    if len(number) > 6 or before:
        return None
    if behind_version and joined:
        return Piece(Kind.REVISION, number, _FEW_DIGITS)
    if not behind_version and _BUILD_AND.fullmatch(match.string, 0, match.start()):
        return Piece(Kind.RUN, number, _FEW_DIGITS)
    return None


# ── a whole tag ──────────────────────────────────────────────────────────────

_WORDS = "(?:[A-Za-z]+[-_.])*v?"
GLUED = (
    rf"(?:(?!_?{_COMMIT})_?[A-Za-z][A-Za-z0-9_]*(?![A-Za-z0-9_])"
    r"|-(?:M[0-9]{1,9}|(?i:alpha|beta|rc|cr|pre|preview|milestone|ea|dev(?=[.-]?[0-9]))"
    rf"(?:[.-]?[0-9]{{1,9}}(?:\.[0-9]{{1,9}})*)?){_END}(?!\.[0-9]))?"
)
_VERSION = re.compile(
    rf"(?P<prefix>{_WORDS})(?!{_STAMP})(?P<numbers>[0-9]{{1,64}}(?:\.[0-9]{{1,64}})*)(?P<glued>{GLUED})"
    r"(?P<tail>(?:[-_][A-Za-z0-9_.-]*)?)"
)
ONE_NUMBER = rf"(?!{_STAMP})[0-9]{{1,64}}"
A_COMMIT = re.compile("(?=[0-9]*[a-f])[a-f0-9]{7,40}")
_OF_A_BOT = re.compile("(?i:dependabot|renovate)[-_.]")


def read(tag: str) -> Make | None:
    """Take a tag apart; None where nothing in it orders."""
    if A_COMMIT.fullmatch(tag) or _OF_A_BOT.match(tag):
        return None
    match = _VERSION.fullmatch(tag)
    if match is not None:
        prefix, digits, glued, tail = match.group("prefix", "numbers", "glued", "tail")
        numbers = tuple(map(int, digits.split(".")))
        if prefix in ("", "v") or len(numbers) > 1:
            return Make(prefix, numbers, glued, pieces(tail, len(numbers) > 1))
    whole = pieces(tag)
    return Make("", (), "", whole) if any(piece.orders for piece in whole) else None


def riddle(tag: str) -> str:
    """Why a tag that nothing orders says less than it seems to; "" for a plain word."""
    if _OF_A_BOT.match(tag):
        return "names a branch that a bot made for one update"
    if A_COMMIT.fullmatch(tag) or any(piece.kind is Kind.COMMIT for piece in pieces(tag)):
        return "names a commit, and a commit does not say how old it is"
    if re.fullmatch("[A-Za-z][A-Za-z0-9_.-]*[-_.][0-9]+", tag):
        return "is a name with a number, and the number may name something too"
    return ""


def like(make: Make, level: int, prereleases: bool) -> Iterator[str]:
    """The parts of an expression that tags of the same make match whole: groups of numbers, glued text, counters.

    The first `level` numbers are the make's own.
    """
    yield re.escape(make.prefix)
    for at, number in enumerate(make.numbers):
        yield r"\." if at else ""
        yield f"(0*{number})" if at < level else _first(make) if not at else "([0-9]{1,64})"
    if make.numbers and prereleases:
        yield f"({GLUED})"
    yield from make.slots


def _first(make: Make) -> str:
    """A version does not become a date, nor one that begins with a date, nor one without a year one with a year."""
    if len(make.numbers) == 1:
        return f"({ONE_NUMBER})"
    return "(0*20[0-9]{2})" if make.is_calendar else rf"(?!0*20[0-9]{{2}}\.|(?=[0-9]{{8}}){_STAMP})([0-9]{{1,64}})"
