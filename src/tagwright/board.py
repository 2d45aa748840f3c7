"""What the last passes left of each target, for whoever looks: the page, metrics, notifications, the next pass.

Kept in memory, and in the cache where there is one; all of it may be lost, and the next pass makes it anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from tagwright.cache import Cache
from tagwright.git.address import shown
from tagwright.model import Change, Event, Target, TargetReport, TargetStatus, Verdicts
from tagwright.status import status_of, verdicts_key


@dataclass(frozen=True, slots=True)
class KeptVerdicts:
    """The verdicts on the tags of a target's images, by `verdicts_key`."""

    by_key: tuple[tuple[str, Verdicts], ...]


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

    def post(self, target: Target, report: TargetReport, hear: Callable[[Change], object] = lambda _: None) -> Change:
        """Go by this report from here on; the target before and after it. One pass per target at a time.

        `hear` is told of it before anything is kept: whoever dies in between tells of it twice, and not never.
        """
        before = self.of(target)
        where = shown(target.repository or target.folder)
        status, told = status_of(target, where, report, before, self._now())
        change = Change(before, status)
        hear(change)
        if told:
            self._keep_verdicts(target, status, told)
        self._keep(target, status)
        return change

    def explained(self, target: Target) -> TargetStatus | None:
        """The status of a target with the verdicts on its images' tags, as far as they are kept."""
        status = self.of(target)
        if status is None:
            return None
        told = {**self._verdicts(target, "asked"), **self._verdicts(target, "placed")}
        images = ((one, told.get(verdicts_key(one), Verdicts())) for one in status.images)
        return replace(status, images=tuple(replace(one, rulings=v.rulings, others=v.others) for one, v in images))

    def _verdicts(self, target: Target, which: str) -> dict[str, Verdicts]:
        kept = self._cache.load(KeptVerdicts, f"{which} {_key(target)}")
        return dict(kept.by_key) if kept else {}

    def _keep_verdicts(self, target: Target, status: TargetStatus, told: Mapping[str, Verdicts]) -> None:
        """Those that a question names outlive many passes; those of a place are as old as the last one."""
        questions = {one.question for one in status.images if one.question}
        placed = tuple((key, one) for key, one in told.items() if key not in questions)
        self._cache.save(KeptVerdicts(placed), f"placed {_key(target)}")
        if asked := {key: one for key, one in told.items() if key in questions}:
            known = {**self._verdicts(target, "asked"), **asked}
            kept = tuple((key, one) for key, one in known.items() if key in questions)
            self._cache.save(KeptVerdicts(kept), f"asked {_key(target)}")

    def tell(self, target: Target, events: tuple[Event, ...]) -> None:
        """The target's history, as it is known now."""
        known = self.of(target)
        if known and known.events != events:
            self._keep(target, replace(known, events=events))

    def _keep(self, target: Target, status: TargetStatus) -> None:
        with self._lock:
            self._known[_key(target)] = status
        self._cache.save(status, _key(target))


def _key(target: Target) -> str:
    return f"{target.name} {target.repository or target.folder} {target.branch}"
