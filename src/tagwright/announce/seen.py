"""Which announcements were heard already: a token may be used for several, but each of them once."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

_MOST = 10_000


class Seen:
    """Announcements by token and body, for as long as the token lives. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def before(self, issuer: str, jti: str, body: bytes, until: float) -> bool:
        """Was it heard before? From now on it was. A token without an id (`jti`) is taken for new each time."""
        if not jti:
            return False
        key = hashlib.sha256(f"{issuer}\n{jti}\n".encode(errors="replace") + body).digest()
        with self._lock:
            known = self._until.get(key, 0.0) > self._clock()
            self._until.pop(key, None)
            self._until[key] = until
            if len(self._until) > _MOST:
                self._forget()
        return known

    def _forget(self) -> None:
        """Those whose token has died, and where none has, the older half."""
        now = self._clock()
        alive = [(key, until) for key, until in self._until.items() if until > now]
        self._until = dict(alive if len(alive) < _MOST else alive[_MOST // 2 :])
