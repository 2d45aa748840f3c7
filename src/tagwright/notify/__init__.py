"""Who is told when something changes: notices on transitions only, through Apprise or as CloudEvents.

    transitions.py      a target before and after a pass -> what is new
    wording.py          notices as people read them
    base.py             what a way to tell is: by_apprise.py, by_cloudevents.py

What is to be told waits in an outbox of the cache until it was sent, so that it outlives a receiver that is down, and
the process. It may be told twice (a process that was killed in between), and is never told again because nothing
changed. Whatever fails here is a warning and a metric, and fails no pass.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from tagwright import globs
from tagwright.cache import Cache
from tagwright.model import Change, Digest, Notice, Notification, Outbox
from tagwright.notify.base import Channel, NotSent
from tagwright.notify.transitions import notices

log = logging.getLogger(__name__)

MOST_WAITING = 200
"""Of notices that cannot be sent the oldest go."""

PAUSES = (1.0, 3.0)
"""Seconds before another try; then the next pass tries again."""

_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)  # until a way that failed is tried again
_DAY = timedelta(days=1)


class Notifier:
    """All notifications of a configuration. Safe to use from many threads.

    `kept`: whether targets are known from one pass to the next. `counted` hears of (name, "sent" or "failed", how
    many); `page` is where people look for more ("" = nowhere).
    """

    def __init__(
        self,
        told: Iterable[Notification],
        cache: Cache,
        environ: Mapping[str, str],
        *,
        kept: bool,
        page: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], object] = time.sleep,
        counted: Callable[[str, str, int], None] = lambda *_: None,
    ) -> None:
        self._cache, self._environ, self._kept = cache, environ, kept
        self._now, self._pause, self._counted = now, pause, counted
        self._lock, self._sending = Lock(), Lock()
        self._waiting: dict[str, Outbox] = {}
        self._resting: dict[str, tuple[datetime, timedelta]] = {}
        self.change(told, page)

    def change(self, told: Iterable[Notification], page: str) -> None:
        """Go by these from here on."""
        ways = {one.name: _Way(one, _channel(one, page, self._environ), globs.compile(one.targets)) for one in told}
        with self._lock:
            for name in ways.keys() - self._waiting.keys():
                self._waiting[name] = self._cache.load(Outbox, _key(name)) or Outbox()
            self._ways = ways

    def hear(self, change: Change) -> None:
        """A pass over a target has ended: what is new of it waits to be told."""
        for name, way in self._ways.items():
            if way.selects(change.after.name):
                new = [one for one in notices(change, way.how, self._kept) if one.occasion in way.how.on]
                if new:
                    self._keep(name, new=new)

    def tell(self, tries: int = 3) -> None:
        """Send what is due now, with so many tries each; one thread at a time does."""
        with self._sending:
            for name, way in self._ways.items():
                waiting, now = self._waiting[name].waiting, self._now()
                rested = now >= self._resting.get(name, (now, _SHORTEST))[0]
                if rested and due(waiting, way.how.digest, now):
                    self._send(name, way.channel, waiting, tries)

    def _keep(self, name: str, told: Iterable[Notice] = (), new: Iterable[Notice] = ()) -> None:
        with self._lock:
            over = set(map(id, told))
            left = (one for one in self._waiting[name].waiting if id(one) not in over)
            self._waiting[name] = Outbox((*left, *new)[-MOST_WAITING:])
            self._cache.save(self._waiting[name], _key(name))

    def _send(self, name: str, channel: Channel, waiting: tuple[Notice, ...], tries: int) -> None:
        """In groups, the oldest first; what cannot be sent waits on, and longer each time."""
        for at in range(0, len(waiting), channel.most):
            group = waiting[at : at + channel.most]
            try:
                self._patiently(channel, group, tries)
            except NotSent as error:
                why = f"{error.message} ({error.hint})" if error.hint else error.message
                log.warning("notification %s was not sent: %s", name, why)
                self._counted(name, "failed", len(group))
                self._rest(name)
                return
            self._counted(name, "sent", len(group))
            self._resting.pop(name, None)
            self._keep(name, told=group)

    def _patiently(self, channel: Channel, group: tuple[Notice, ...], tries: int) -> None:
        for pause in PAUSES[: tries - 1]:
            try:
                channel.send(group)
            except NotSent as error:
                if not error.again:
                    raise
                self._pause(pause)
            else:
                return
        channel.send(group)

    def _rest(self, name: str) -> None:
        _, last = self._resting.get(name, (None, _SHORTEST / 2))
        length = min(last * 2, _LONGEST)
        self._resting[name] = self._now() + length, length


@dataclass(frozen=True, slots=True)
class _Way:
    how: Notification
    channel: Channel
    selects: Callable[[str], bool]


def due(waiting: tuple[Notice, ...], digest: Digest | None, now: datetime) -> bool:
    """Whether what waits is to be told now."""
    if not waiting or digest is None:
        return bool(waiting)
    first = waiting[0].when
    if digest.every is not None:
        return now - first >= digest.every
    at = (digest.daily or timedelta()) + first.replace(hour=0, minute=0, second=0, microsecond=0)
    return now >= (at if at > first else at + _DAY)


def _channel(how: Notification, page: str, environ: Mapping[str, str]) -> Channel:
    """The way to tell; what sends is loaded when there is something to send."""
    if how.apprise:
        from tagwright.notify.by_apprise import ByApprise

        return ByApprise(how.apprise, page, environ)
    from tagwright.notify.by_cloudevents import ByCloudEvents

    assert how.cloudevents, "the configuration has one or the other"
    return ByCloudEvents(how.cloudevents, page, environ, most=50 if how.digest else 1)


def _key(name: str) -> str:
    return f"notification {name}"
