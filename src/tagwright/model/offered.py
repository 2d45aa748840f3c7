"""What a registry offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Flag, auto


class Fact(Flag):
    """What may be asked of a tag beyond its name, the dearer the further down."""

    DIGEST = auto()
    PUSHED = auto()
    PLATFORMS = auto()
    CREATED = auto()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag, and what is known of it. None = not asked, or not told; never 'absent'.

    `described` tells the two apart: the registry was asked for what is needed, and answered; a field that is None
    was not told.
    Three clocks: `created` is the publisher's, `pushed` the registry's, `first_seen` our own; the latter two are
    of the tag under this very digest. `before` is the digest under which the tag was seen before, if it was;
    `earlier` are all of them, with the time when each was first seen.
    """

    tag: str
    digest: str | None = None
    created: datetime | None = None
    pushed: datetime | None = None
    platforms: tuple[str, ...] | None = None
    described: bool = False
    first_seen: datetime | None = None
    before: str | None = None
    earlier: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class TagList:
    """Every tag of one image repository, in the registry's order.

    `fingerprint` changes when the list does (a hash of the bodies): the key under
    which a choice may be remembered.
    """

    image: str
    tags: tuple[str, ...]
    fingerprint: str
