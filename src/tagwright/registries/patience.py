"""How long to go on asking, and how fast: retries with jittered backoff, Retry-After, requests per second."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_LONGEST = 366 * 86400.0  # nobody means longer
_SLOWED, _SLOWEST = 0.05, 1.0  # seconds between two requests to a host that found us too fast


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits in seconds: `timeout` for one silence, `whole` for one answer, `budget` for a request with all its tries.

    The n-th wait is between half and all of `base * 2**n`, or longer when the server says so (RFC 9110, 10.2.3).
    """

    tries: int = 5
    base: float = 0.5
    budget: float = 60.0
    timeout: float = 20.0
    whole: float = 120.0

    def wait(self, tried: int, spent: float, asked: float | None) -> float | None:
        """Seconds to wait after the `tried`-th try, `spent` seconds into the request; None = give up."""
        backoff = self.base * 2 ** (tried - 1)
        pause = max(asked or 0.0, random.uniform(backoff / 2, backoff))  # noqa: S311 (no secret is drawn)
        return None if tried >= self.tries or spent + pause > self.budget else pause


def retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or an HTTP date; None when it says nothing readable."""
    if not value:
        return None
    try:
        said = float(value) if value.strip().isdigit() else _until(parsedate_to_datetime(value))
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(0.0, said), _LONGEST)


def _until(moment: datetime) -> float:
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()


def from_now(seconds: float) -> datetime:
    """The moment when so many seconds are over, in full seconds of UTC and never too early."""
    return (datetime.now(UTC) + timedelta(seconds=seconds + 1)).replace(microsecond=0)


class Pace:
    """The rhythm of requests to one host, shared by all threads: never above a rate, and silent while told to wait."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._interval = 0.0
        self._next = 0.0
        self._held = 0.0

    def limit(self, per_second: float) -> None:
        """At most so many requests a second from now on; the strictest limit given stays. 0 = no limit."""
        if per_second > 0:
            self._interval = max(self._interval, 1 / per_second)

    def hold(self, seconds: float) -> None:
        """Nobody asks for so long, and afterwards half as often as before: the server found one of us too fast.

        Many who are told so at once slow down once. Without it, all would come back in the same moment.
        """
        with self._lock:
            now = self._clock()
            if now >= self._held:
                self._interval = max(self._interval, min(2 * self._interval or _SLOWED, _SLOWEST))
            self._held = max(self._held, now + seconds)
            self._next = max(self._next, self._held)

    def wait(self) -> float:
        """Return when it is this thread's turn; the seconds that took."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
        if turn > now:
            self._sleep(turn - now)
        return turn - now
