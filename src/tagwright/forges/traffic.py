"""What forges were sent in one pass, and how long each is to be left alone: by host, and by the token that it counts.

Limits of requests are a token's (docs.github.com/rest "Rate limits", docs.gitlab.com "Rate limits"), so a spent one
ends the requests of all that share it, and of nobody else.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from tagwright.model import HostCost


class Account:
    """One host as one token sees it. Safe to use from many threads."""

    def __init__(self, host: str) -> None:
        self.host = host
        self._lock = threading.Lock()
        self._requests = self._retries = self._limited = 0
        self._waited = self._until = 0.0  # seconds; and of the epoch

    def sent(self) -> None:
        """One request has left."""
        with self._lock:
            self._requests += 1

    def again(self) -> None:
        """What failed will be asked again."""
        with self._lock:
            self._retries += 1

    def limited(self) -> None:
        """The answer was that we ask too much."""
        with self._lock:
            self._limited += 1

    def waited(self, seconds: float) -> None:
        """A thread waited for the host's sake."""
        with self._lock:
            self._waited += seconds

    def rest(self, seconds: float) -> None:
        """Nothing is to be asked for so long."""
        with self._lock:
            self._until = max(self._until, time.time() + seconds)

    def resting(self) -> str:
        """Until when nothing is to be asked (RFC 3339, UTC); "" where there is nothing to wait for."""
        with self._lock:
            until = self._until
        return datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if until > time.time() else ""

    def cost(self) -> HostCost:
        """What it was sent so far."""
        with self._lock:
            return HostCost(self.host, self._requests, self._retries, self._limited, round(self._waited, 3))


class Traffic:
    """Every account of a pass."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[tuple[str, str], Account] = {}

    def account(self, host: str, token: str) -> Account:
        """The one account of a token at a host."""
        with self._lock:
            return self._accounts.setdefault((host, token), Account(host))

    def hosts(self) -> tuple[HostCost, ...]:
        """By host, the one asked most first; a host that was sent nothing is none."""
        with self._lock:
            costs = [account.cost() for account in self._accounts.values()]
        added: dict[str, HostCost] = {}
        for one in costs:
            added[one.host] = _sum(added[one.host], one) if one.host in added else one
        asked = [one for one in added.values() if one.requests]
        return tuple(sorted(asked, key=lambda one: (-one.requests, one.host)))


def _sum(one: HostCost, other: HostCost) -> HostCost:
    return HostCost(
        one.host,
        one.requests + other.requests,
        one.retries + other.retries,
        one.limited + other.limited,
        round(one.waited + other.waited, 3),
    )
