"""What is to be looked at next: hints that came in, rounds that are due; each target at most once at a time.

Hints about one target come together until it is looked at: a burst is one errand. They are looked at before what is
only due by the timetable. What a hint led to nothing is looked at once more a little later, because registries tell of
a tag before they list it. A hint about an image that nothing uses is nobody's; where targets have not been looked at
yet, all is new to them anyway. Past `most` distinct images that wait, all targets are looked at whole instead.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush

from tagwright.model import Target
from tagwright.serve.alarms import Alarms
from tagwright.serve.timetable import Timetable

MOST_WAITING = 50_000
SETTLING = timedelta(milliseconds=200)
"""So long a hint waits for others of the same burst."""

AGAIN = timedelta(seconds=30)

MOST_IN_A_ROW = 8
"""Of errands for hints, while a round waits: they go before it, but not for ever."""


@dataclass(frozen=True, slots=True)
class Errand:
    """A pass over one target. `hinted` are the images that were told of; `whole`: all of its images are read anew.

    `told` is when the first hint came in, and what is read for them must be read `since` (None = no hints). `round`
    numbers what is due together, 0 = nothing but hints. `again`: hints have led to nothing once.
    """

    target: Target
    hinted: frozenset[str] = frozenset()
    whole: bool = False
    told: datetime | None = None
    round: int = 0
    again: bool = False
    since: datetime | None = None


@dataclass(slots=True)
class _Waiting:
    ready: datetime
    hinted: set[str] = field(default_factory=set)
    whole: bool = False
    told: datetime | None = None
    round: int = 0
    again: bool = False
    since: datetime | None = None


class Agenda:
    """Safe to use from many threads at once. `now` is the time, in UTC."""

    def __init__(
        self, targets: Iterable[Target], timetable: Timetable, now: Callable[[], datetime], most: int = MOST_WAITING
    ) -> None:
        self._now, self._most = now, most
        self._changed = threading.Condition()
        self._targets: dict[str, Target] = {}
        self._users: dict[str, set[str]] = {}
        self._uses: dict[str, frozenset[str]] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._running: set[str] = set()
        self._open: Counter[int] = Counter()  # errands of each round that wait or run
        self._over: list[int] = []  # rounds without any, of which nobody was told
        self._images: Counter[str] = Counter()  # targets that wait for each image
        self._told: list[tuple[datetime, str]] = []  # when which may be taken; an entry that waits no longer is stale
        self._planned: list[tuple[datetime, str]] = []
        self._round, self._in_a_row, self._stopped = 0, 0, False
        self._timetable, self._alarms = timetable, Alarms()
        self._next = self._seen = now()
        self.change(targets, timetable)

    # ── what comes in ────────────────────────────────────────────────────────

    def hint(self, images: Iterable[str], told: datetime | None = None) -> int:
        """Somebody says that these images (normalised names) changed; how many targets will be looked at for it."""
        with self._changed:
            when, found = told or self._now(), set[str]()
            new = {name for name in self._running if name not in self._uses}
            for image in images:
                for name in self._users.get(image, set()) | new:
                    found.add(name)
                    self._add(self._wait_for(name, when), (image,))
            if len(self._images) > self._most:
                self._collapse()
            self._changed.notify_all()
            return len(found)

    def due(self, names: Iterable[str], told: datetime | None = None) -> int:
        """Look at these targets now; how many of them there are."""
        with self._changed:
            known = [name for name in names if name in self._targets]
            for name in known:
                self._wait_for(name, told or self._now())
            self._changed.notify_all()
            return len(known)

    def change(self, targets: Iterable[Target], timetable: Timetable) -> None:
        """Go by another configuration from here on; what is new or other in it is due."""
        with self._changed:
            before, self._targets = self._targets, {target.name: target for target in targets}
            if timetable.times != self._timetable.times:
                self._next = timetable.after(self._now())
            self._timetable = timetable
            for name in before.keys() - self._targets.keys():
                self._drop(name)
            for name, target in self._targets.items():
                if before and before.get(name) != target:
                    self._wait_for(name, self._now()).whole = True
            self._changed.notify_all()

    def uses(self, name: str, images: Iterable[str]) -> None:
        """A target uses these images now."""
        with self._changed:
            self._index(name, frozenset(images) if name in self._targets else None)

    def wake(self, name: str, moments: Iterable[datetime]) -> None:
        """Look at a target again at the first of these moments that is to come, and at none that was told before."""
        with self._changed:
            now = self._now()
            self._alarms.set(name, min((one for one in moments if one > now), default=None))
            self._changed.notify_all()

    def stop(self) -> None:
        """Nothing more is taken."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    # ── what goes out ────────────────────────────────────────────────────────

    def take(self) -> Errand | None:
        """The next errand, when there is one; None at the end. `done` must follow."""
        with self._changed:
            while not self._stopped:
                errand = self._ready()
                if errand:
                    return errand
                self._changed.wait(self._pause())
            return None

    def ready(self) -> Errand | None:
        """The next errand, if there is one now."""
        with self._changed:
            return None if self._stopped else self._ready()

    def done(self, errand: Errand, delivered: Iterable[str] = ()) -> tuple[int, ...]:
        """An errand has ended, which delivered these images; the rounds that are over, each of which is told once."""
        with self._changed:
            name = errand.target.name
            self._running.discard(name)
            self._count(errand.round, -1)
            left = errand.hinted.difference(delivered)
            if left and not errand.again and name in self._targets:
                self._look_again(errand, left)
            if name in self._waiting:
                self._line_up(name, self._waiting[name])
            self._changed.notify_all()
            over, self._over = tuple(self._over), []
            return over

    def state(self) -> Mapping[str, float]:
        """How much waits and runs, and for how many seconds the longest has waited since it was ready."""
        with self._changed:
            now = self._now()
            late = max((now - one.ready for one in self._waiting.values()), default=timedelta())
            return {
                "waiting": len(self._waiting),
                "running": len(self._running),
                "images": len(self._images),
                "late": max(late.total_seconds(), 0.0),
            }

    # ── inside, with the lock held ───────────────────────────────────────────

    def _wait_for(self, name: str, told: datetime) -> _Waiting:
        """A target that is to be looked at for what somebody told, once the burst is over."""
        waiting = self._waiting.get(name)
        if waiting is None or not waiting.told or waiting.again:
            waiting = waiting or self._waiting.setdefault(name, _Waiting(self._now()))
            waiting.ready = self._now() + SETTLING
            waiting.again = False
            waiting.told = min(waiting.told or told, told)
            self._line_up(name, waiting)
        waiting.since = self._now()
        return waiting

    def _drop(self, name: str) -> None:
        waiting = self._waiting.pop(name, None)
        if waiting:
            self._forget(waiting)
            self._count(waiting.round, -1)
        self._index(name, None)

    def _add(self, waiting: _Waiting, images: Iterable[str]) -> None:
        new = set(images) - waiting.hinted
        waiting.hinted |= new
        self._images.update(new)

    def _forget(self, waiting: _Waiting) -> None:
        for image in waiting.hinted:
            self._images[image] -= 1
            if not self._images[image]:
                del self._images[image]

    def _collapse(self) -> None:
        """Too many hints wait: everything is looked at, and no longer remembered which they were."""
        for waiting in self._waiting.values():
            waiting.hinted.clear()
        self._images.clear()
        self._begin_round()

    def _line_up(self, name: str, waiting: _Waiting) -> None:
        heappush(self._told if waiting.told else self._planned, (waiting.ready, name))

    def _begin_round(self) -> None:
        now = self._now()
        self._round += 1
        self._next = self._timetable.after(now)
        for name in self._targets:
            waiting = self._waiting.get(name)
            if waiting is None:
                waiting = self._waiting[name] = _Waiting(now)
                self._line_up(name, waiting)
            waiting.whole = True
            self._count(waiting.round, -1)
            self._count(self._round, 1)
            waiting.round = self._round

    def _count(self, number: int, more: int) -> None:
        """One errand more or less of a round; what nothing but hints brought is of none."""
        self._open[number] += more if number else 0
        if not self._open[number]:
            del self._open[number]
            self._over += [number] if number else []

    def _look_again(self, errand: Errand, left: Iterable[str]) -> None:
        name, now = errand.target.name, self._now()
        waiting = self._waiting.get(name)
        if waiting is None:
            waiting = self._waiting[name] = _Waiting(now + AGAIN, told=errand.told, again=True)
        waiting.since = max(waiting.since or waiting.ready, waiting.ready)
        self._add(waiting, left)

    def _ready(self) -> Errand | None:
        now = self._now()
        if now < self._seen:
            self._set_back(self._seen - now)
        self._seen = now
        if now >= self._next:
            self._begin_round()
        for name in self._alarms.due(now):
            if name in self._targets:
                self._wait_for(name, now)
        lines = (self._told, self._planned) if self._in_a_row < MOST_IN_A_ROW else (self._planned, self._told)
        for line in lines:
            while line and line[0][0] <= now:
                ready, name = heappop(line)
                waiting = self._waiting.get(name)
                if waiting and name not in self._running and waiting.ready == ready:
                    self._in_a_row = self._in_a_row + 1 if line is self._told else 0
                    return self._taken(name, waiting)
        return None

    def _taken(self, name: str, waiting: _Waiting) -> Errand:
        del self._waiting[name]
        self._running.add(name)
        self._forget(waiting)
        return Errand(
            self._targets[name],
            hinted=frozenset(waiting.hinted),
            whole=waiting.whole,
            told=waiting.told,
            round=waiting.round,
            again=waiting.again,
            since=waiting.since,
        )

    def _set_back(self, by: timedelta) -> None:
        """The clock was; nothing waits longer for that."""
        self._next -= by
        for name, waiting in self._waiting.items():
            waiting.ready -= by
            self._line_up(name, waiting)

    def _pause(self) -> float:
        """Seconds until something can be ready; a clock that was set back must not make it long."""
        soonest = min([self._alarms.next(self._next), *(line[0][0] for line in (self._told, self._planned) if line)])
        left = (soonest - self._now()).total_seconds()
        return min(max(left, 0.01), 60.0)

    def _index(self, name: str, images: frozenset[str] | None) -> None:
        """A target uses these images; None = that is not known."""
        before, now = self._uses.pop(name, frozenset()), images or frozenset()
        for image in before - now:
            self._users[image].discard(name)
            if not self._users[image]:
                del self._users[image]
        for image in now - before:
            self._users.setdefault(image, set()).add(name)
        if images is not None:
            self._uses[name] = images
