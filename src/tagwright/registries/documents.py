"""What registries answer, read as data: names of tags, platforms, dates. All pure; what is foreign is passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tagwright import image

ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{1,250}"')
"""A validator as RFC 9110, 8.8.3 writes it, of a sane length and in ASCII."""

_PART = re.compile(r"[!-~]{1,64}")  # of a platform

_LINES = re.compile(rf"(?:{image.TAG.pattern}+\n)*+")  # possessive: what does not fit is known at once


def only_tags(listed: list[str]) -> tuple[str, ...]:
    """What the grammar calls a tag; some servers list digests among them."""
    if _usual(listed):
        return tuple(listed)
    return tuple(tag for tag in listed if image.TAG.fullmatch(tag))


def _usual(listed: list[str]) -> bool:
    """Are all of them tags by `image.TAG`? Told in one go, for lists of ten thousand."""
    text = "\n".join((*listed, ""))
    return text.count("\n") == len(listed) and _LINES.fullmatch(text) is not None


def platforms_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """An index's platforms and their digests, in its order; empty for an image's own manifest."""
    entries = manifest.get("manifests")
    found: dict[str, str] = {}
    for entry in entries if isinstance(entries, list) else []:
        platform = platform_of(entry.get("platform")) if isinstance(entry, dict) else None
        if platform and platform != "unknown/unknown" and isinstance(entry.get("digest"), str):
            found.setdefault(platform, entry["digest"])
    return found


def platform_of(described: object) -> str | None:
    """ "os/architecture[/variant]" of a platform object or an image configuration; None when it tells none."""
    if not isinstance(described, dict):
        return None
    parts = [described.get("os"), described.get("architecture"), described.get("variant")]
    named = [part for part in parts if isinstance(part, str) and _PART.fullmatch(part)]
    return "/".join(named) if len(named) >= 2 else None


_LATEST = 9000


def moment(said: object) -> datetime | None:
    """A date as RFC 3339 has it, or in seconds since 1970; None for anything else, and for Go's zero time (year 1).

    So for one so late that an age added to it is no date any more, or that cannot be told in UTC.
    """
    found: datetime | None = None
    try:
        if isinstance(said, int) and not isinstance(said, bool):
            found = datetime.fromtimestamp(said, UTC)
        elif isinstance(said, str):
            found = datetime.fromisoformat(said)
    except (ValueError, OverflowError, OSError):
        return None
    if found is None or not 1 < found.year < _LATEST:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
