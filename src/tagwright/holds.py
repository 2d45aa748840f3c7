"""Holds: a person said that a reference stays as it is, beside it or in a configuration.

Of several holds the one that lasts longest counts. One that has ended holds nothing, and is told of until
somebody takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from tagwright.errors import Problem
from tagwright.model import Hold

if TYPE_CHECKING:
    from tagwright.model import Target


def ends(hold: Hold) -> datetime | None:
    """The moment it ends; a day begins in UTC. None: for good."""
    if hold.until is None or isinstance(hold.until, datetime):
        return hold.until
    return datetime.combine(hold.until, time(), UTC)


def is_active(hold: Hold, now: datetime) -> bool:
    """Whether a hold still holds."""
    end = ends(hold)
    return end is None or now < end


def said(hold: Hold) -> str:
    """For people: held, why, how long, and who says so."""
    until = f", until {until_when(hold)}" if hold.until else ""
    return ("held" + (f": {hold.reason}" if hold.reason else "") + until) + (f" ({hold.source})" if hold.source else "")


def longest(holds: Iterable[Hold | None]) -> Hold | None:
    """The hold that ends last; of those that end together the first."""
    forever = datetime.max.replace(tzinfo=UTC)
    return max((hold for hold in holds if hold), key=lambda hold: ends(hold) or forever, default=None)


def expired(target: Target, beside: Iterable[Hold], now: datetime) -> tuple[Problem, ...]:
    """A note for each hold that has ended: those of the configuration, and those `beside` references."""
    every = dict.fromkeys((*(held.hold for held in target.holds), *beside))
    return tuple(note(hold) for hold in every if not is_active(hold, now))


def note(hold: Hold) -> Problem:
    """That a hold has ended, where it stands."""
    path, _, line = hold.source.rpartition(":")
    why = f" ({hold.reason})" if hold.reason else ""
    message = f"the hold{why} ended {until_when(hold)} and holds nothing any more"
    return Problem(path, "hold-expired", message, "take it away, or give it a later date", path, int(line or 0))


def until_when(hold: Hold) -> str:
    """Its end for people: a day, or a moment in UTC; "" for good."""
    if isinstance(hold.until, datetime):
        return f"{hold.until.astimezone(UTC):%Y-%m-%d %H:%M}Z"
    return str(hold.until or "")
