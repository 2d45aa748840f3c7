"""What a run asks of whom: every request is counted where it leaves, for the image whose question is being answered.

Who puts the question says so once; logins, redirects, retries and a registry's own API follow in the same thread.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tagwright.model import HostCost, ImageCost

_ABOUT: ContextVar[tuple[str, str]] = ContextVar("about", default=("", ""))
_PARTS = {"tags": "lists", "digest": "tags", "describe": "tags", "pushed": "pushes", "pushes": "pushes"}


@contextmanager
def asking(image: str, question: str) -> Iterator[None]:
    """What is sent in here, by this thread, is for that image (normalised name); `question` is Registry's method."""
    token = _ABOUT.set((image, question))
    try:
        yield
    finally:
        _ABOUT.reset(token)


class Accounts:
    """The counts of one run. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent: Counter[tuple[str, str, str]] = Counter()
        self._again: Counter[str] = Counter()
        self._limited: Counter[str] = Counter()
        self._waited: dict[str, float] = {}
        self._remaining: dict[str, int] = {}

    @property
    def requests(self) -> int:
        """All that was sent so far."""
        with self._lock:
            return self._sent.total()

    def sent(self, host: str) -> None:
        """One request leaves."""
        key = (host, *_ABOUT.get())
        with self._lock:
            self._sent[key] += 1

    def limited(self, host: str) -> None:
        """The answer was 429."""
        with self._lock:
            self._limited[host] += 1

    def again(self, host: str) -> None:
        """What failed will be asked again."""
        with self._lock:
            self._again[host] += 1

    def waited(self, host: str, seconds: float) -> None:
        """A thread waited for the host's sake."""
        if seconds > 0:
            with self._lock:
                self._waited[host] = self._waited.get(host, 0.0) + seconds

    def allows(self, host: str, remaining: int) -> None:
        """The host says that it allows so many requests more."""
        with self._lock:
            self._remaining[host] = remaining

    def hosts(self) -> tuple[HostCost, ...]:
        """By host, the one asked most first."""
        with self._lock:
            found: Counter[str] = Counter()
            for (host, _, _), count in self._sent.items():
                found[host] += count
            asked = sorted(found.items(), key=lambda one: (-one[1], one[0]))
            return tuple(self._cost(host, count) for host, count in asked)

    def _cost(self, host: str, count: int) -> HostCost:
        waited = round(self._waited.get(host, 0.0), 3)
        return HostCost(host, count, self._again[host], self._limited[host], waited, self._remaining.get(host))

    def images(self) -> tuple[ImageCost, ...]:
        """By image, the dearest first."""
        parts: dict[str, Counter[str]] = {}
        with self._lock:
            for (_, image, question), count in self._sent.items():
                if image:
                    parts.setdefault(image, Counter())[_PARTS.get(question, "tags")] += count
        costs = [
            ImageCost(image, part.total(), part["lists"], part["tags"], part["pushes"]) for image, part in parts.items()
        ]
        return tuple(sorted(costs, key=lambda one: (-one.requests, one.image)))
