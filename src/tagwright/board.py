"""What the last passes left of each target, for whoever looks: the page, metrics, notifications, the next pass.

Kept in memory, and in the cache where there is one; all of it may be lost, and the next pass makes it anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from tagwright.cache import Cache
from tagwright.git.address import shown
from tagwright.model import Change, Event, Target, TargetReport, TargetStatus
from tagwright.status import status_of


class Board:
    """The status of each target. Safe to use from many threads at once."""

    def __init__(self, cache: Cache, now: Callable[[], datetime]) -> None:
        self._cache, self._now = cache, now
        self._lock = threading.Lock()
        self._known: dict[str, TargetStatus | None] = {}

    def of(self, target: Target) -> TargetStatus | None:
        """What is known of a target; None = nothing yet."""
        key = _key(target)
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = self._cache.load(TargetStatus, key)
        with self._lock:
            return self._known.setdefault(key, found)

    def every(self, targets: Iterable[Target]) -> tuple[TargetStatus, ...]:
        """What is known of these, in their order."""
        return tuple(found for target in targets if (found := self.of(target)))

    def post(self, target: Target, report: TargetReport) -> Change:
        """Go by this report from here on; the target before and after it. One pass per target at a time."""
        before = self.of(target)
        return Change(
            before,
            self._keep(
                target, status_of(target, shown(target.repository or target.folder), report, before, self._now())
            ),
        )

    def tell(self, target: Target, events: tuple[Event, ...]) -> None:
        """The target's history, as it is known now."""
        known = self.of(target)
        if known and known.events != events:
            self._keep(target, replace(known, events=events))

    def _keep(self, target: Target, status: TargetStatus) -> TargetStatus:
        with self._lock:
            self._known[_key(target)] = status
        self._cache.save(status, _key(target))
        return status


def _key(target: Target) -> str:
    return f"{target.name} {target.repository or target.folder} {target.branch}"
