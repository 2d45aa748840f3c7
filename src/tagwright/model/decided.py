"""What was decided, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.model.offered import Candidate

if TYPE_CHECKING:
    from tagwright.model.found import Reference
    from tagwright.model.ruled import Ruled


class Reason(StrEnum):
    """Why a tag was not taken. A closed set; each is documented in the README."""

    OLDER = "older"
    SAME = "same"
    OUTRANKED = "outranked"
    NOT_A_VERSION = "not-a-version"
    NOT_COMPARABLE = "not-comparable"
    OUT_OF_RANGE = "out-of-range"
    PRERELEASE = "prerelease"
    DIFFERENT_SUFFIX = "different-suffix"
    DIFFERENT_PRECISION = "different-precision"
    DIFFERENT_PREFIX = "different-prefix"
    LEVEL = "level"
    FILTERED = "filtered"
    IGNORED = "ignored"
    NOT_ALLOWED = "not-allowed"
    TOO_YOUNG = "too-young"
    FROZEN = "frozen"
    MUTATED = "mutated"
    PLATFORM_MISSING = "platform-missing"
    HELD = "held"
    REJECTED = "rejected"
    UNVERIFIED = "unverified"
    METADATA_UNAVAILABLE = "metadata-unavailable"
    DOWNGRADE = "downgrade"
    NOT_AN_IMAGE = "not-an-image"


class Verdict(StrEnum):
    """What becomes of a reference."""

    UPDATE = "update"
    CURRENT = "current"
    NONE = "none"
    HELD = "held"
    PENDING = "pending"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"
    UNMANAGED = "unmanaged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One tag's verdict: chosen (`reason` None), or why not. `eligible` is when time alone would clear it."""

    tag: str
    reason: Reason | None
    detail: str = ""
    eligible: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy chose among tags. `rulings()` judges every tag, in the order offered.

    The rulings are a function because a pass over many images needs only the winner,
    and people only now and then ask why. The verdict is `error` where a tag that might be the best could not be read,
    which `problem` tells. `awaited` is what will be chosen when time has passed, where nothing is until then.
    """

    verdict: Verdict
    chosen: Candidate | None
    rulings: Callable[[], tuple[Ruling, ...]]
    detail: str = ""
    problem: Problem | None = None
    awaited: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice that needs facts first: describe these tags, then choose again."""

    tags: tuple[str, ...]


def _no_rulings() -> tuple[Ruling, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything known about one reference: what rules it, what becomes of it, and why.

    `new` is the image to write when the verdict is `update` (None otherwise);
    `chosen` the tag the verdict rests on. `order` is the rank that whoever asked gave the
    new image, for later comers to compare with. `opening` is when a `pending` one may be written, where a
    window is all it waits for. `awaited` is the image that a `pending` one waits to write, where that is known.
    `facts` are those asked of the registry, by tag. `question` is equal for decisions that the names of tags alone
    led to, from the same names; "" where more had a part in it.
    """

    reference: Reference
    ruled: Ruled
    verdict: Verdict
    chosen: str | None = None
    new: Image | None = None
    detail: str = ""
    rulings: Callable[[], tuple[Ruling, ...]] = field(default=_no_rulings, compare=False)
    problem: Problem | None = None
    order: int | None = None
    opening: datetime | None = None
    awaited: Image | None = None
    facts: Mapping[str, Candidate] = field(default_factory=dict, compare=False)
    question: str = field(default="", compare=False)
