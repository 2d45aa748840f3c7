"""What a store is: bytes by name."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Keeps bytes by name, for a while. Safe to use from many threads, and from many processes, at once.

    Nothing is ever raised: a store that is away, broken, locked or full has nothing and keeps nothing, and says so in
    the log once.
    """

    def get(self, name: str) -> bytes | None:
        """What was last put there, whole; None when there is nothing."""

    def put(self, name: str, body: bytes) -> None:
        """Keep it, whole or not at all."""
