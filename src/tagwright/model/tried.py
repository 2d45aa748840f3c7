"""Cases that policies are tried on, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tagwright.model.decided import Ruling, Verdict
from tagwright.model.offered import Candidate
from tagwright.model.wanted import PolicySpec


@dataclass(frozen=True, slots=True)
class Want:
    """What a case expects; None = it does not say. `tag` "" is none at all."""

    verdict: str | None = None
    tag: str | None = None
    opening: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question and its expected answer; `policy`, or an image that the configuration rules."""

    name: str
    path: str
    line: int
    tags: tuple[Candidate, ...]
    want: Want
    why: tuple[tuple[str, str], ...]
    current: str | None
    now: datetime | None
    policy: PolicySpec | None
    image: str
    file: str
    target: str


@dataclass(frozen=True, slots=True)
class Got:
    """What came of a case: the decision's part that it speaks of."""

    verdict: Verdict
    tag: str | None
    opening: datetime | None
    detail: str
    source: str
    rulings: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A case with what came of it, and every way in which that is not what was expected: what, wanted, got."""

    case: Case
    got: Got
    missed: tuple[tuple[str, str, str], ...]
