"""How much we hear from those we do not know: so many at once and so many a minute, from one address and from all.

Whoever can say who they are is never told to wait: only what failed to, and what need not, is counted here.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_ADDRESSES = 10_000


class Strangers:
    """A bucket of tokens for each address, and one for all of them. Safe to use from many threads."""

    def __init__(
        self,
        burst: int = 20,
        per_second: float = 1 / 3,
        overall_burst: int = 1000,
        overall_per_second: float = 50.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._burst, self._rate, self._clock = burst, per_second, clock
        self._overall = _Bucket(overall_burst, overall_per_second, clock())
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, address: str) -> float:
        """Take one request of a stranger into account: 0 when it is heard, else in how many seconds one would be."""
        key, now = _network(address), self._clock()
        with self._lock:
            bucket = self._buckets.pop(key, None) or _Bucket(self._burst, self._rate, now)
            self._buckets[key] = bucket  # the latest last
            if len(self._buckets) > _MOST_ADDRESSES:
                self._buckets.popitem(last=False)
            return bucket.take(now) or self._overall.take(now)


class _Bucket:
    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst, self._rate, self._left, self._at = burst, per_second, float(burst), now

    def take(self, now: float) -> float:
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / self._rate
        self._left -= 1
        return 0.0


def _network(address: str) -> str:
    """Whoever has one address of IPv6 has the whole /64 (RFC 6177)."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and not found.ipv4_mapped:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
