"""Whose turn it is at a host: never above a rate nor too many at once, silent while told to wait, the urgent first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import IntEnum
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

_SLOWED, _SLOWEST = 0.05, 1.0  # seconds between two requests to a host that found us too fast
_AHEAD = 0.05  # seconds before our turn among all workers in which the next one here asks for its own
_CALM = 30.0  # seconds without another such word after which we go twice as fast again


class Urgency(IntEnum):
    """Who waits for an answer; the lower goes first."""

    NOW = 0
    """A pipeline or a person: `set`, what a webhook brought."""
    SCHEDULED = 1
    """A pass over everything."""


class Budget(Protocol):
    """The rhythm of requests to each host that many workers keep together."""

    def turn(self, host: str, interval: float, pause: float) -> float:
        """Take the next turn at a host: in how many seconds that is, 0 where the others are not heard of.

        The turn after it, anybody's, comes `interval` seconds later, and none before `pause` seconds are over. Nothing
        is ever raised.
        """


class Pace:
    """The rhythm of requests to one host, shared by all that ask it: by threads, by settings, by runs of one process.

    At most `slots` are under way. Who waits goes by urgency, then in the order of coming. `pause` waits for an event
    for at most so many seconds (None: without end). `among_all` is `Budget.turn` at this host, where workers share one.
    """

    def __init__(
        self,
        slots: int = 16,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Event, float | None], object] = threading.Event.wait,
        among_all: Callable[[float, float], float] | None = None,
    ) -> None:
        self._clock, self._pause, self._among_all = clock, pause, among_all
        self._lock = threading.Lock()
        self._free = slots
        self._queue: list[tuple[int, int, threading.Event]] = []
        self._numbers = count()
        self._limit, self._slowed, self._spread = 0.0, 0.0, 0.0  # seconds between two requests, for each reason
        self._next, self._held, self._eases, self._spread_until = 0.0, 0.0, 0.0, 0.0  # moments on the clock

    def limit(self, per_second: float) -> None:
        """At most so many requests a second from now on; the strictest limit given stays. 0 = no limit."""
        if per_second > 0:
            with self._lock:
                self._limit = max(self._limit, 1 / per_second)

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long, and afterwards half as often as before: the server found one of us too fast.

        Many who are told so at once slow down once. Without it, all would come back in the same moment. Half of the
        slowness is forgiven for every `_CALM` seconds without another such word.
        """
        with self._lock:
            now = self._clock()
            if now >= self._held:
                before = max(self._interval(now), self._slowed)
                self._slowed = max(self._slowed, min(2 * before or _SLOWED, _SLOWEST))
            self._wait_for(now + seconds)
            self._eases = self._held + _CALM
        self._tell(seconds)

    def rest(self, seconds: float) -> float:
        """Nobody asks for so long: what the host allows is used up, and will be there again then.

        Gives by how many seconds that is longer than was known.
        """
        with self._lock:
            known = max(self._held, self._clock())
            self._wait_for(self._clock() + seconds)
            longer = max(0.0, self._held - known)
        self._tell(seconds)
        return longer

    def spread(self, requests: int, seconds: float) -> None:
        """What the host still allows shall last until it allows more, as far as a wait of a second each does it."""
        with self._lock:
            self._spread = min(seconds / max(requests, 1), _SLOWEST)
            self._spread_until = self._clock() + seconds

    def enter(self, urgency: Urgency = Urgency.SCHEDULED) -> float:
        """Return when it is this thread's turn, with the seconds that took. Every `enter` has its `leave`."""
        return self._turn(urgency) + self._turn_among_all()

    def leave(self) -> None:
        """The answer is there, or will not come."""
        with self._lock:
            self._free += 1
            self._wake()

    def _turn(self, urgency: Urgency) -> float:
        """Wait for a turn among all that are here."""
        begun = self._clock()
        with self._lock:
            if not self._queue and self._free and self._next <= begun:
                return self._go(begun, begun)
            mine = (urgency, next(self._numbers), threading.Event())
            heappush(self._queue, mine)
        while True:
            with self._lock:
                now = self._clock()
                first = self._queue[0] is mine and self._free > 0
                if first and self._next <= now:
                    heappop(self._queue)
                    self._wake()
                    return self._go(begun, now)
                mine[2].clear()
                wait = self._next - now if first else None
            self._pause(mine[2], wait)

    def _turn_among_all(self) -> float:
        """Wait for a turn among all workers. Meanwhile nobody here takes another, so that the urgent still go first.

        But shortly before: the way there and back shall not slow us down.
        """
        if self._among_all is None:
            return 0.0
        begun = self._clock()
        with self._lock:
            interval = self._interval(begun)
        turn = begun + self._among_all(interval, 0.0)
        with self._lock:
            self._next = max(self._next, turn - _AHEAD)
        if (wait := turn - self._clock()) > 0:
            self._pause(threading.Event(), wait)
        return self._clock() - begun

    def _tell(self, seconds: float) -> None:
        """All workers wait for so long."""
        if self._among_all is not None and seconds > 0:
            self._among_all(0.0, seconds)

    def _go(self, begun: float, now: float) -> float:
        self._free -= 1
        self._next = max(now, self._next) + self._interval(now)
        return now - begun

    def _wake(self) -> None:
        if self._queue:
            self._queue[0][2].set()

    def _wait_for(self, moment: float) -> None:
        self._held = max(self._held, moment)
        self._next = max(self._next, self._held)

    def _interval(self, now: float) -> float:
        """Seconds from one request to the next, as things are now."""
        while self._slowed and now >= self._eases:
            self._slowed = self._slowed / 2 if self._slowed > _SLOWED / 2 else 0.0
            self._eases += _CALM
        return max(self._limit, self._slowed, self._spread if now < self._spread_until else 0.0)


class Paces:
    """The paces of all hosts, by address; made when first needed. Whoever shares it shares their turns.

    Where workers share a `budget` they take turns too, and one that is told to wait tells the others.
    """

    def __init__(self, slots: int = 16, budget: Budget | None = None) -> None:
        self._slots, self._budget = slots, budget
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}

    def of(self, address: str) -> Pace:
        """The pace of one host ("ghcr.io", "localhost:5000")."""
        with self._lock:
            if address not in self._paces:
                among_all = partial(self._budget.turn, address) if self._budget else None
                self._paces[address] = Pace(self._slots, among_all=among_all)
            return self._paces[address]
