"""Moments when time alone changes what a target may do: a window opens, a tag is old enough, a hold ends."""

from __future__ import annotations

from datetime import datetime
from heapq import heappop, heappush


class Alarms:
    """At most one for each name. Not safe to use from many threads: the agenda's lock is around it."""

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._line: list[tuple[datetime, str]] = []  # an entry that is not in `_at` is stale

    def set(self, name: str, when: datetime | None) -> None:
        """From here on at that moment, and at no other; None = at none."""
        self._at.pop(name, None)
        if when:
            self._at[name] = when
            heappush(self._line, (when, name))

    def due(self, now: datetime) -> list[str]:
        """Those whose moment has come, each told once."""
        found = []
        while self._line and self._line[0][0] <= now:
            when, name = heappop(self._line)
            if self._at.get(name) == when:
                del self._at[name]
                found.append(name)
        return found

    def next(self, otherwise: datetime) -> datetime:
        """The next moment, if there is one before another."""
        return min(otherwise, self._line[0][0]) if self._line else otherwise
