"""Signed bodies that came before: whoever overheard one may send it again, and it does nothing."""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from hashlib import sha256

A_WHILE = timedelta(days=1).total_seconds()
MOST = 20_000  # of 16 bytes each: some 3 MB


class Replays:
    """Remembers bodies for a day, the last MOST of them."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, float] = OrderedDict()

    def is_one(self, hook: str, body: bytes, clock: float) -> bool:
        """Did this hook get the same body within a day? `clock` is in seconds."""
        seen = self._seen.get(_mark(hook, body))
        return seen is not None and clock - seen < A_WHILE

    def note(self, hook: str, body: bytes, clock: float) -> None:
        """It was acted on; from here on the same is a replay."""
        mark = _mark(hook, body)
        self._seen[mark] = clock
        self._seen.move_to_end(mark)
        while len(self._seen) > MOST:
            self._seen.popitem(last=False)


def _mark(hook: str, body: bytes) -> bytes:
    return sha256(hook.encode() + b"\0" + body).digest()[:16]
