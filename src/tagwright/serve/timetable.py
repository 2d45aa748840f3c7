"""When every target is looked at: at an interval, or at the minutes that cron names; never all workers at once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tagwright.model import Service

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The next moment after another. `chance` gives a number from 0 to 1."""

    service: Service
    chance: Callable[[], float] = random.random

    @property
    def times(self) -> tuple[object, ...]:
        """What of the service it goes by."""
        service = self.service
        return service.interval, service.jitter, service.schedule, service.timezone

    def after(self, now: datetime) -> datetime:
        """When the next round begins; both in UTC."""
        service = self.service
        if service.schedule:
            jitter = _MINUTE if service.jitter is None else service.jitter
            return _next_minute(service, now) + jitter * self.chance()
        jitter = service.interval / 10 if service.jitter is None else service.jitter
        return now + service.interval + jitter * self.chance()


def _next_minute(service: Service, now: datetime) -> datetime:
    """The first minute after `now` that an expression names; a year from then where there is none."""
    from cronsim import CronSim

    local = now.astimezone(ZoneInfo(service.timezone))
    found = (next(CronSim(expression, local), None) for expression in service.schedule)
    # In UTC, because the clock on the wall names some minutes of the year twice.
    return min((one.astimezone(now.tzinfo) for one in found if one), default=now + timedelta(days=366))
