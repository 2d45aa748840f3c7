"""What a registry offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag, and what is known of it. None = not asked, or not told; never 'absent'.

    `described` tells the two apart: the registry was asked and answered, so a field that is None was not told.
    """

    tag: str
    digest: str | None = None
    created: datetime | None = None
    pushed: datetime | None = None
    platforms: tuple[str, ...] | None = None
    described: bool = False


@dataclass(frozen=True, slots=True)
class TagList:
    """Every tag of one image repository, in the registry's order.

    `fingerprint` changes when the list does (a hash of the bodies): the key under
    which a choice may be remembered.
    """

    image: str
    tags: tuple[str, ...]
    fingerprint: str
