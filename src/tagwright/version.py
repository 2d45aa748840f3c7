"""Tags as versions.

A version is what the users of Masterminds and npm ranges call one: an optional `v`, one to three
numbers (missing ones are 0, leading zeros allowed), an optional `-prerelease` and `+build`. Order is
that of SemVer 2.0.0, section 11; build metadata does not order. One thing differs: digits inside a word of a
prerelease count as a number, so that `rc2` stands before `rc10`, and `4-gabc` before `14-gdef` of `git describe`.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache

Identifier = tuple[int, int, str]
Key = tuple[float, float, float, tuple[Identifier, ...]]
"""Major, minor, patch and prerelease; compares as SemVer does. Floats are only the infinite end."""

RELEASE: tuple[Identifier, ...] = ((2, 0, ""),)  # above every prerelease

IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_DIGITS = re.compile("[0-9]+")
_VERSION = re.compile(  # a bound on digits: int() of a hostile tag must stay cheap
    r"v?([0-9]{1,64})(?:\.([0-9]{1,64}))?(?:\.([0-9]{1,64}))?" rf"(?:-({IDENTIFIERS}))?(?:\+{IDENTIFIERS})?"
).fullmatch


def parse(text: str) -> Key | None:
    """The place of a version in SemVer's order; None when the text is no version."""
    match = _VERSION(text)
    if match is None:
        return None
    major, minor, patch, ending = match.groups()
    if ending is None:
        return int(major), int(minor or 0), int(patch or 0), RELEASE
    identifiers = prerelease(ending)
    return None if identifiers is None else (int(major), int(minor or 0), int(patch or 0), identifiers)


@lru_cache(maxsize=1024)  # the same few stand behind thousands of versions
def prerelease(text: str) -> tuple[Identifier, ...] | None:
    """What orders a prerelease; None where a number has a leading zero.

    Numbers order below words, and by length first so that any size is exact.
    """
    identifiers = []
    for word in text.split("."):
        if not word.isdigit():
            identifiers.append((1, 0, _DIGITS.sub(_counted, word)))
        elif word[0] == "0" and word != "0":
            return None
        else:
            identifiers.append((0, len(word), word))
    return tuple(identifiers)


def _counted(run: re.Match[str]) -> str:
    """Digits inside a word, spelled so that text order is their order: the count first, at last the padding."""
    number = run[0].lstrip("0")
    return f"0{chr(len(number))}{number}{chr(sys.maxunicode - len(run[0]) + len(number))}"
