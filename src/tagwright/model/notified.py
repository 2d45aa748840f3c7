"""What people want to be told, where, and what waits to be told to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tagwright.model.configured import Secret


class Occasion(StrEnum):
    """A change of state that somebody may want to hear of."""

    FAILURE = "failure"  # passes over a target began to fail
    RECOVERY = "recovery"  # and fail no longer
    UPDATE = "update"  # a commit was pushed, or a pull request opened
    REJECTED = "rejected"  # a pull request was turned down, or a person took an update back
    HOLD_EXPIRED = "hold-expired"
    OUTDATED = "outdated"  # an allowed version has not been taken for too long


@dataclass(frozen=True, slots=True)
class Digest:
    """Notices come together: so long after the first of them, or at that time of each day (in UTC)."""

    every: timedelta | None = None
    daily: timedelta | None = None  # since midnight


@dataclass(frozen=True, slots=True)
class CloudEvents:
    """Where CloudEvents are posted: at `url`, or the address that `named` names; `token` goes as a bearer's."""

    url: str = ""
    named: Secret | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """One way to tell somebody: Apprise (its URL is a secret) or CloudEvents, of what and of which targets (globs).

    A failure is told when `after` passes in a row had one, OUTDATED after so long; without `outdated_after` never.
    """

    name: str
    apprise: Secret | None = None
    cloudevents: CloudEvents | None = None
    on: tuple[Occasion, ...] = tuple(Occasion)
    targets: tuple[str, ...] = ("**",)
    after: int = 1
    outdated_after: timedelta | None = None
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One change of state, at `when`. `said` are lines of plain text, `links` (words, address).

    `moved` are (image, from, to): the images it is about.
    """

    occasion: Occasion
    target: str
    title: str
    when: datetime
    said: tuple[str, ...] = ()
    moved: tuple[tuple[str, str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits to be told by one notification, the oldest first."""

    waiting: tuple[Notice, ...] = ()
