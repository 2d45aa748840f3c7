"""What a pass found of a target, small enough to be kept: the page, metrics and notifications are views of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tagwright.errors import Problem
from tagwright.model.audited import Event


class State(StrEnum):
    """How a reference stands."""

    CURRENT = "current"
    OUTDATED = "outdated"  # something newer may be written, and is not yet
    HELD = "held"  # a person said so, or took it back
    PENDING = "pending"  # time alone will do it
    FAILING = "failing"
    UNMANAGED = "unmanaged"  # nothing rules it


@dataclass(frozen=True, slots=True)
class TagRuling:
    """One tag's verdict, as `Ruling`: an empty `reason` is that of the chosen one."""

    tag: str
    reason: str
    detail: str = ""
    eligible: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The newest tags of an image with their verdicts, newest first, and how many others have each reason."""

    rulings: tuple[TagRuling, ...] = ()
    others: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ImageStatus:
    """One reference of a target.

    `image` is the normalised name, `current`, `allowed` and `newest` are tags (or a digest; "" = none known): what
    stands, the newest that its policy takes (as known last, where the registry failed), and the newest of all, which
    `newest_reason` and `newest_detail` tell why it is not taken. `since` is when we first saw it in this state,
    `behind` when we first saw that `allowed` could stand there, in whatever state; `until` when time ends it,
    `published` when `allowed` came to the registry, as far as anything told. `question` is what this was `concluded`
    from, and when: the same again needs no second thought. `rulings` are the newest tags, newest first, and `others`
    count the rest by reason, where somebody asked for them (`Board.explained`).
    """

    image: str
    path: str
    line: int
    current: str
    state: State
    verdict: str
    allowed: str
    newest: str
    newest_reason: str
    newest_detail: str
    detail: str
    source: str
    policy: str
    since: datetime
    until: datetime | None = None
    published: datetime | None = None
    pull_request: str = ""
    question: str = ""
    concluded: datetime | None = None
    rulings: tuple[TagRuling, ...] = ()
    others: tuple[tuple[str, int], ...] = ()
    behind: datetime | None = None

    @property
    def behind_since(self) -> datetime | None:
        """Since when something newer than what stands may be written; None where nothing may."""
        if self.state not in (State.OUTDATED, State.PENDING):
            return None
        seen = self.behind or self.since
        return min(self.published, seen) if self.published else seen


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a change set in the last pass, as `Published`."""

    key: str
    title: str
    outcome: str
    url: str = ""
    commit: str = ""
    images: tuple[tuple[str, str, str], ...] = ()  # (image, from, to)


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """One target as the last pass left it. `repository` is its address without any login.

    `looked` is when the pass ended, `seconds` how long it took; `changed` is the last delivery that we know of,
    `succeeded` the last pass without a problem; `failures` is how many passes in a row had some.
    `events` are the history of the last 90 days, newest first, where somebody asked for it.
    """

    name: str
    repository: str
    branch: str
    commit: str
    looked: datetime
    seconds: float
    images: tuple[ImageStatus, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    published: tuple[Delivered, ...] = ()
    changed: datetime | None = None
    events: tuple[Event, ...] = ()
    succeeded: datetime | None = None
    failures: int = 0

    @property
    def failing(self) -> bool:
        """Whether the last pass failed at something."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class Change:
    """A target before a pass (None = nothing is known of it) and after."""

    before: TargetStatus | None
    after: TargetStatus
