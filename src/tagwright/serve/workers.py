"""Threads that do errands: a pass over a target, then what it found to whoever wants to know."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from tagwright.errors import TagwrightError
from tagwright.model import Outcome, TargetReport
from tagwright.run import TARGETS_SIDE_BY_SIDE
from tagwright.serve.agenda import Errand
from tagwright.serve.house import House
from tagwright.serve.passes import Passes

log = logging.getLogger(__name__)

_WRITTEN = (Outcome.PUSHED, Outcome.OPENED, Outcome.UPDATED)


class Workers:
    """`count` threads that take errands from the house's agenda until it is stopped."""

    def __init__(self, house: House, passes: Passes, count: int = TARGETS_SIDE_BY_SIDE) -> None:
        self._house, self._passes = house, passes
        self._threads = [threading.Thread(target=self._work, name=f"worker-{i}", daemon=True) for i in range(count)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def alive(self) -> bool:
        """Whether all of them are."""
        return all(thread.is_alive() for thread in self._threads)

    def join(self, left: Callable[[], float]) -> bool:
        """Wait for those under way, for as many seconds as are `left`; whether all have ended."""
        for thread in self._threads:
            thread.join(max(left(), 0.0))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while errand := self._house.agenda.take():
            self.do(errand)

    def do(self, errand: Errand) -> None:
        """One errand; whatever goes wrong is said, and the next one follows."""
        delivered: frozenset[str] = frozenset()
        try:
            delivered = self._one(errand)
        except Exception:
            log.exception("a bug in Tagwright, met at target %s", errand.target.name)
        finally:
            for number in self._house.agenda.done(errand, delivered):
                self._passes.over(number)

    def _one(self, errand: Errand) -> frozenset[str]:
        """The images that were delivered."""
        house, target = self._house, errand.target
        found = self._passes.run(house.config, errand)
        change = house.board.post(target, found, house.notifier.hear)
        house.metrics.posted(change, found, errand.told)
        house.agenda.uses(target.name, (one.image for one in change.after.images))
        house.agenda.wake(target.name, (one.until for one in change.after.images if one.until))
        written = [one for one in change.after.published if one.outcome in _WRITTEN]
        if written or not change.before or change.before.commit != change.after.commit:
            self._tell_history(errand, found)
        return frozenset(image for one in written for image, _, _ in one.images)

    def _tell_history(self, errand: Errand, found: TargetReport) -> None:
        if not found.commit:
            return
        try:
            self._house.board.tell(errand.target, self._passes.history(errand.target))
        except TagwrightError as error:
            log.warning("%s: its history could not be read: %s", errand.target.name, error.message)
