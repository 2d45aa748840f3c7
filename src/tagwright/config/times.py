"""Durations and moments as people write them: `90s`, `2w`, `2030-12-31`, `2030-12-31T08:00+01:00`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from tagwright.errors import UsageError

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION = re.compile(r"([0-9]{1,6})([smhdw])")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:00)?(Z|[+-][0-9]{2}:[0-9]{2})?)?")


def duration(text: str) -> timedelta:
    """A duration such as 90s, 10m, 6h, 3d or 2w. Raises UsageError for anything else."""
    match = DURATION.fullmatch(text)
    if not match:
        raise UsageError(f"{text!r} is no duration", hint="expected a number and a unit: 90s 10m 6h 3d 2w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def moment(text: str) -> date:
    """A date, or a date and time to the minute, with a zone where one is written. Raises UsageError for others."""
    try:
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text) if len(text) > 10 else date.fromisoformat(text)
    except ValueError:
        pass
    raise UsageError(f"{text!r} is no date", hint="expected a date such as 2030-12-31, or 2030-12-31T08:00+01:00")


def in_utc(moment: date) -> date:
    """A moment without a zone is one in UTC; a day stays a day."""
    if isinstance(moment, datetime) and moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment
