"""The registries that passes share for a while, so that one image is asked for once, however many targets use it.

The targets of a round share theirs until the round is over. Passes for hints share theirs as long as one of them runs,
where that is safe: what they were told of must have been told before the first question was asked, because what was
asked once is not asked again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from tagwright.model import Config, HostCost
from tagwright.registries import Registries
from tagwright.registries.kept import Reuse
from tagwright.serve.agenda import Errand

_NEVER = Reuse(timedelta(0), lambda _: False)


class Opens(Protocol):
    """Opens registries as a configuration has them."""

    def __call__(self, config: Config, reuse: Reuse, *, urgent: bool) -> Registries: ...


@dataclass(slots=True)
class _Session:
    """Registries that answer for hints. What is hinted at is always asked; once, from `opened` on."""

    config: Config
    opened: datetime
    registries: Registries
    hinted: set[str] = field(default_factory=set)
    users: int = 0

    def serves(self, config: Config, errand: Errand) -> bool:
        """Whether nothing can have been asked here before the errand was told of it."""
        return self.config is config and not errand.whole and errand.since is not None and errand.since <= self.opened


class Asking:
    """`opens` opens registries, `now` is the time, in UTC, and `spent` hears what was asked of them in the end."""

    def __init__(self, opens: Opens, now: Callable[[], datetime], spent: Callable[[Iterable[HostCost]], None]) -> None:
        self._opens, self._now, self._spent = opens, now, spent
        self._lock = threading.Lock()
        self._rounds: dict[int, Registries] = {}
        self._session: _Session | None = None

    @contextmanager
    def registries(self, config: Config, errand: Errand) -> Iterator[Registries]:
        """Those for an errand, to be used within the block."""
        if errand.round and errand.since is None:
            yield self._of_round(config, errand.round)
            return
        session = self._joined(config, errand)
        try:
            yield session.registries
        finally:
            self._left(session)

    def over(self, number: int) -> None:
        """A round is over: what it remembered goes."""
        with self._lock:
            registries = self._rounds.pop(number, None)
        if registries:
            self._close(registries)

    def _of_round(self, config: Config, number: int) -> Registries:
        with self._lock:
            if number not in self._rounds:
                self._rounds[number] = self._opens(config, _NEVER, urgent=False)
            return self._rounds[number]

    def _joined(self, config: Config, errand: Errand) -> _Session:
        with self._lock:
            session = self._session
            if session is None or not session.serves(config, errand):
                session = self._begun(config, errand)
            session.hinted |= errand.hinted
            session.users += 1
            return session

    def _begun(self, config: Config, errand: Errand) -> _Session:
        hinted: set[str] = set()
        reuse = Reuse(config.service.interval, lambda image: errand.whole or image in hinted)
        session = _Session(config, self._now(), self._opens(config, reuse, urgent=True), hinted)
        if not errand.whole:
            self._session = session
        return session

    def _left(self, session: _Session) -> None:
        with self._lock:
            session.users -= 1
            last = not session.users
            if last and self._session is session:
                self._session = None
        if last:
            self._close(session.registries)

    def _close(self, registries: Registries) -> None:
        registries.close()
        self._spent(registries.accounts.hosts())
