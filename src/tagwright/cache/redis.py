"""What many workers share: one server of Redis or Valkey, by redis-py: logins, TLS and pools are its trade.

It is a store, and it keeps the turns of all workers at each host (`Budget` of registries/web/pace.py).

It may be away, slow, or full: it has `PATIENCE` for each question, names and addresses included, and after one that
fails it is not asked again for `AWAY`. Whoever may write there can choose what is believed of registries, within
what their answers could say; so give it a password.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from tagwright.errors import UsageError

if TYPE_CHECKING:
    import redis

log = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds
AWAY = 300.0  # seconds
MOST = 4 << 20  # bytes of one value
_KEEP = 90 * 86_400  # seconds since a value was last used
_PREFIX = "tagwright:1:"
_LONGEST = 300.0  # seconds that a turn is waited for, whatever somebody wrote there
_TURN = """
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local turn = math.min(math.max(tonumber(redis.call('GET', KEYS[1])) or now, now), now + ARGV[3])
local after = math.max(turn + ARGV[1], now + ARGV[2])
if after > now then
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1000)
end
return turn - now
"""
"""All that is kept of a host is when its next turn is, by the server's clock in microseconds, until that is over."""
T = TypeVar("T")


class Redis:
    """A server at redis://, rediss:// (TLS) or unix://, connected to by the first question."""

    def __init__(self, url: str, password: str = "") -> None:
        """Raises UsageError for an address that is none, and where redis-py is not installed."""
        self._client = _client(url, password)
        self._next_turn = self._client.register_script(_TURN)
        self._where = urlsplit(url).hostname or "of this machine"
        self._lock = threading.Lock()
        self._away_until = 0.0  # on the monotonic clock; 0 = it is there

    def get(self, name: str) -> bytes | None:
        """As `Store.get`; a value that is read stays for another while."""

        def ask() -> Any:
            with self._client.pipeline(transaction=False) as both:
                both.getrange(_PREFIX + name, 0, MOST)  # never more, whatever somebody put there
                both.expire(_PREFIX + name, _KEEP)
                return both.execute()[0]

        found = self._asked(ask)
        return found if isinstance(found, bytes) and 0 < len(found) <= MOST else None

    def put(self, name: str, body: bytes) -> None:
        """As `Store.put`."""
        if len(body) <= MOST:
            self._asked(lambda: self._client.set(_PREFIX + name, body, ex=_KEEP))

    def turn(self, host: str, interval: float, pause: float) -> float:
        """As `Budget.turn`; a host is called by a checksum, and a turn is never later than 5 minutes from now."""
        key = f"{_PREFIX}turn:{hashlib.sha256(host.encode()).hexdigest()[:32]}"
        arguments = [int(min(seconds, _LONGEST) * 1_000_000) for seconds in (interval, pause, _LONGEST)]
        wait = self._asked(lambda: self._next_turn([key], arguments))
        return max(0.0, min(wait / 1_000_000, _LONGEST)) if isinstance(wait, int) else 0.0

    def _asked(self, ask: Callable[[], T]) -> T | None:
        """The answer, in time, else None for a while. A thread, because looking up a host's address knows no limit."""
        if time.monotonic() < self._away_until:
            return None
        answer: Future[T] = Future()

        def work() -> None:
            try:
                answer.set_result(ask())
            except Exception as error:  # noqa: BLE001 (whatever it is, it must not wait unseen)
                answer.set_exception(error)

        threading.Thread(target=work, daemon=True).start()
        try:
            found = answer.result(PATIENCE)
        except Exception as error:  # noqa: BLE001 (its text may be the server's)
            self._failed(error)
            return None
        self._answered()
        return found

    def _failed(self, error: Exception) -> None:
        """Said once, however many ask at once and however long it is away."""
        with self._lock:
            first, self._away_until = not self._away_until, time.monotonic() + AWAY
        with suppress(Exception):  # whoever still listens to it is ended, too
            self._client.connection_pool.disconnect()
        if first:
            log.warning("the shared cache %s is done without: %s", self._where, type(error).__name__)

    def _answered(self) -> None:
        """It is there again, unless this was asked before another question failed."""
        with self._lock:
            again = 0 < self._away_until <= time.monotonic()
            if again:
                self._away_until = 0.0
        if again:
            log.warning("the shared cache %s is there again", self._where)


def holds_password(url: str) -> bool:
    """Whether an address says more than where and who."""
    try:
        parts = urlsplit(url)
        return bool(parts.password or "password" in parse_qs(parts.query))
    except ValueError:
        return False


def _client(url: str, password: str) -> redis.Redis:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        hint = "pip install 'tagwright[redis]'"
        raise UsageError("a shared cache needs a library that is not installed", hint=hint) from None
    settings: dict[str, Any] = {"password": password} if password else {}
    if url.startswith("rediss://"):
        settings["ssl_check_hostname"] = True
    limits = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, "protocol": 2}
    try:
        return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **limits, **settings)
    except (ValueError, TypeError):
        hint = "redis://HOST:PORT/0, rediss:// for TLS, or unix:///PATH"
        raise UsageError("the shared cache's address is none", hint=hint) from None  # its text may hold a password
