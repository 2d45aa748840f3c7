"""Comments that have the form of a marker and are none: misspelt, in other letters, without their colon or blank.

    # tagwrigth: semver="^1"        # Tagwright semver="^1"        #tagwright:hold
    # {"$imagePolicy": "ns:name"}   # {'imagepolicy': 'ns:name'}

Whoever wrote one believes that it holds; so it is a problem, and what stands beside it is left alone. Prose that
speaks of Tagwright is none of this: after the name must stand `hold` alone or a setting, `key=`, whose key is one of
a marker's or nearly.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from functools import lru_cache

from tagwright.model import PolicyKind, PolicySpec

KEYS = tuple(
    sorted(
        {kind.value for kind in PolicyKind}
        | {one.name.replace("_", "-") for one in fields(PolicySpec)} - {"kind", "argument", "filter"}
        | {"image", "group", "hold", "reason", "until", "pattern", "extract"}
    )
)
"""What stands before the `=` of a marker's settings."""

_NAME = "tagwright"
_OURS = (
    r"(?:#|//)[ \t]*([A-Za-z][A-Za-z_-]{5,12})(?:[ \t]*[:=][ \t]*|[ \t]+)"
    r"(?:(hold)(?=[ \t]*\r?(?:\n|$)|[ \t]+(?:reason|until)=)|([A-Za-z][A-Za-z_-]{2,18})=)"
)
_FLUX = r"""#[ \t]*\{[ \t]*["']?\$?image[-_]?polic(?:y|ies)["']?[ \t]*[:=]"""
_IN_TEXT, _IN_BYTES = re.compile(_OURS), re.compile(_OURS.encode())
_FLUX_IN_TEXT, _FLUX_IN_BYTES = re.compile(_FLUX, re.IGNORECASE), re.compile(_FLUX.encode(), re.IGNORECASE)
_FLUX_VALUE = re.compile(r"""[:=]\s*["']?\s*([^\s"'{},:/]+)\s*[:/]\s*([^\s"'{},:/]+)(?:\s*[:/]\s*(\w+))?""")


def looks(data: bytes) -> bool:
    """Does a file hold one? A look at bytes that costs most files nothing: a slip in the last six letters of the name
    leaves one half of them as it is."""
    if b"#" not in data and b"//" not in data:
        return False
    if any(_holds_ours(line) for half in _HALVES for line in _lines_with(data, half)):
        return True
    return b"olic" in data and _FLUX_IN_BYTES.search(data) is not None


_HALVES = (b"ght", b"wri", b"GHT", b"WRI")


def _lines_with(data: bytes, cue: bytes) -> Iterator[bytes]:
    """Each line with the cue in it, once."""
    at = data.find(cue)
    while at >= 0:
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        yield data[data.rfind(b"\n", 0, at) + 1 : end]
        at = data.find(cue, end)


def _holds_ours(line: bytes) -> bool:
    matches = _IN_BYTES.finditer(line)
    return any(_meant(*(group.decode() if group else "" for group in match.groups())) for match in matches)


def of_ours(text: str) -> tuple[str, str]:
    """What is wrong with a comment that nearly is a marker of ours, and what was meant; ("", "") where it is none."""
    for match in _IN_TEXT.finditer(text):
        if _meant(match[1], match[2] or "", match[3] or ""):
            key = match[2] or nearest(match[3]) + "="
            meant = f"# {_NAME}: {key}{text[match.end() :]}".rstrip()
            return f"{match[0].strip()!r} is nearly a marker, and none", f"did you mean {meant}"
    return "", ""


def of_flux(text: str) -> tuple[str, str]:
    """The same for Flux's marker, which the caller could not read."""
    if not _FLUX_IN_TEXT.search(text) and not re.search(r"""["'{]\s*\$imagepolicy|\$imagepolicy["']?\s*[:=]""", text):
        return "", ""
    from difflib import get_close_matches

    match = _FLUX_VALUE.search(text, text.lower().find("polic"))
    value = "namespace:name"
    if match:
        part = get_close_matches(match[3], ("tag", "name", "digest"), 1, 0.4) if match[3] else []
        value = ":".join([match[1], match[2], *part])
    return "it is no marker that Flux or Tagwright reads", f'expected {{"$imagepolicy": "{value}"}}'


def leads(text: str) -> bool:
    """Does the comment begin with one?"""
    match = _IN_TEXT.match(text)
    ours = match is not None and _meant(match[1], match[2] or "", match[3] or "")
    return ours or _FLUX_IN_TEXT.match(text) is not None


def nearest(key: str) -> str:
    """The key that a misspelt one means; "" where it means none."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(key.lower().replace("_", "-"), KEYS, 1, 0.75)), "")


@lru_cache(maxsize=1024)
def _meant(word: str, hold: str, key: str) -> bool:
    """Is the word nearly our name, and what follows nearly a setting?"""
    from difflib import SequenceMatcher

    plain = word.lower().replace("-", "").replace("_", "")
    near = plain == _NAME or SequenceMatcher(None, plain, _NAME, autojunk=False).ratio() >= 0.75
    return near and bool(hold or nearest(key))
