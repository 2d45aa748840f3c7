"""Moments and durations in the words of the page: UTC, with how long ago or how soon beside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = ((timedelta(days=2), timedelta(days=1), "day"), (timedelta(hours=2), timedelta(hours=1), "hour"))
_MINUTE = timedelta(minutes=1)


def lasting(length: timedelta) -> str:
    """ "9 days", "5 hours", "under a minute"; rounded down, and never of two units."""
    for least, unit, word in _UNITS:
        if length >= least:
            return _counted(length // unit, word)
    return _counted(length // _MINUTE, "minute") if length >= _MINUTE else "under a minute"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def relative(moment: datetime, now: datetime) -> str:
    """ "9 days ago", "in 5 hours"."""
    return f"{lasting(now - moment)} ago" if moment <= now else f"in {lasting(moment - now)}"


def machine(moment: datetime) -> str:
    """RFC 3339, for <time datetime> and for JSON."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def people(moment: datetime) -> str:
    """Date and time of day, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def said(text: str) -> datetime | None:
    """The moment that an event of the history says; None for what is no moment."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
