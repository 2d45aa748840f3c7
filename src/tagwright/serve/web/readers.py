"""How many look at once: what they see costs time, of which webhooks and passes must have their share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from anyio import CapacityLimiter, to_thread
from starlette.responses import PlainTextResponse, Response

AT_ONCE = 2
MOST_WAITING = 30


class Readers:
    """Threads that answer whoever looks, `AT_ONCE` of them; where `MOST_WAITING` wait for one the next is refused."""

    def __init__(self) -> None:
        self._threads, self._here = CapacityLimiter(AT_ONCE), 0

    async def answer(self, make: Callable[[], Response]) -> Response:
        """What `make` returns, in its turn; 503 for one too many."""
        if self._here >= AT_ONCE + MOST_WAITING:
            return PlainTextResponse("too many look at once\n", 503, {"Retry-After": "5"})
        self._here += 1
        try:
            return await to_thread.run_sync(make, limiter=self._threads)
        finally:
            self._here -= 1

    async def stream(self, pieces: Iterator[str]) -> AsyncIterator[str]:
        """Pieces of an answer, each in its turn; whoever takes them slowly is still here."""
        self._here += 1
        try:
            while piece := await to_thread.run_sync(next, pieces, "", limiter=self._threads):
                yield piece
        finally:
            self._here -= 1
