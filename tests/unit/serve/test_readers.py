"""However many look, only a few are answered at once, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, cast

import pytest
from starlette.responses import PlainTextResponse, Response

from tagwright.model import Config
from tagwright.serve.house import House
from tagwright.serve.web.app import app
from tagwright.serve.web.readers import AT_ONCE, MOST_WAITING, Readers
from tests.support.asgi import Reply, sent
from tests.support.shown import Known
from tests.support.watched import estate


def test_only_so_many_are_answered_at_once_and_only_so_many_wait() -> None:
    """The rest are told to come again; all who waited are answered."""
    busy, go, readers = threading.Semaphore(0), threading.Event(), Readers()

    def make() -> Response:
        busy.release()
        go.wait(30)
        return PlainTextResponse("seen")

    async def story() -> list[int]:
        looking = [asyncio.create_task(readers.answer(make)) for _ in range(AT_ONCE + MOST_WAITING + 5)]
        while sum(one.done() for one in looking) < 5:
            await asyncio.sleep(0.001)
        for _ in range(AT_ONCE):
            assert busy.acquire(timeout=30)
        assert not busy.acquire(blocking=False)
        go.set()
        return [(await one).status_code for one in looking]

    statuses = asyncio.run(story())
    assert statuses == [200] * (AT_ONCE + MOST_WAITING) + [503] * 5


def test_whoever_takes_pieces_slowly_counts() -> None:
    """So that not all connections can be held by answers that nobody reads; and no longer than they are taken."""

    async def story() -> list[int]:
        readers, statuses = Readers(), []
        slow = [readers.stream(iter(["a", "b"])) for _ in range(AT_ONCE + MOST_WAITING)]
        for one in slow:
            await anext(one)
        statuses.append((await readers.answer(Response)).status_code)
        for one in slow:
            assert [piece async for piece in one] == ["b"]
        statuses.append((await readers.answer(Response)).status_code)
        return statuses

    assert asyncio.run(story()) == [503, 200]


def test_pieces_come_in_their_order() -> None:
    """To the last of them."""

    async def story() -> list[str]:
        return [piece async for piece in Readers().stream(iter(["a", "b", "c"]))]

    assert asyncio.run(story()) == ["a", "b", "c"]


@pytest.mark.parametrize("path", ["/", "/status.json", "/metrics"])
def test_nobody_else_waits_for_those_who_look(path: str) -> None:
    """While every reader is held up, health is told, and a webhook answered."""
    watched, go = estate(), threading.Event()

    class Slow(Known):
        def every(self, targets: Any) -> Any:
            go.wait(30)
            return ()

    waiting = cast(Any, type("Agenda", (), {"state": lambda _: {"waiting": 0, "late": 0.0}})())
    house = House(config=Config(), agenda=waiting, board=cast(Any, Slow(())), now=lambda: watched.now)
    whole = app(house)

    async def story() -> list[Reply]:
        looking = [asyncio.create_task(sent(whole, path, method="GET")) for _ in range(60)]
        others = [await sent(whole, "/healthz", method="GET"), await sent(whole, "/hooks/none")]
        go.set()
        return [*others, *[await one for one in looking]]

    statuses = [one.status for one in asyncio.run(story())]
    assert statuses[:2] == [200, 404]
    assert set(statuses[2:]) == {200, 503}
