"""The connections of the service: how many, how long, and how much of a request's head.

uvicorn has a limit for idle connections, none for a client that takes forever to say what it wants or to take what it
is given (slowloris): this page adds them to its HTTP/1.1 in plain Python (h11), which reads hostile input strictly.
Where there are too many, the one whose request we have waited for the longest ends, so that nobody is kept out by
connections that say nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import h11
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MOST_CONNECTIONS = 500
HEAD_SECONDS, EXCHANGE_SECONDS, IDLE_SECONDS = 10.0, 60.0, 15
_MOST_HEAD = 32 << 10  # bytes; a token of CI has about two thousand
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 2\r\nConnection: close\r\n\r\n"
_OWES = (h11.IDLE, h11.SEND_BODY)  # a client whose request is not whole


class Wire(H11Protocol):
    """One connection: its request's head must come in time, and the whole exchange must end in time."""

    most, head_seconds, exchange_seconds = MOST_CONNECTIONS, HEAD_SECONDS, EXCHANGE_SECONDS
    _timer: asyncio.TimerHandle | None = None
    _in_exchange: bool = False
    _since = 0.0  # on the loop's clock: when this client came, or was answered last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._since = self.loop.time()
        if len(self.connections) > self.most and not self._makes_room():
            transport.write(_FULL)
            transport.close()
        else:
            self._mind()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._mind()

    def on_response_complete(self) -> None:
        self._disarm()
        self._since = self.loop.time()
        super().on_response_complete()
        if self._exchanging():  # the next request was here already
            self._mind()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _exchanging(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _makes_room(self) -> bool:
        """End another connection, of which nothing is under way; whether there was one."""
        others = (one for one in self.connections if isinstance(one, Wire) and one is not self)
        owing = [one for one in others if one.conn.their_state in _OWES and not one.transport.is_closing()]
        if owing:
            min(owing, key=lambda one: one._since).transport.abort()
        return bool(owing)

    def _mind(self) -> None:
        """Start the time that counts now, unless it runs already."""
        if self.transport.is_closing() or (self._timer and self._in_exchange == self._exchanging()):
            return
        self._disarm()
        self._in_exchange = self._exchanging()
        seconds = self.exchange_seconds if self._in_exchange else self.head_seconds
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _disarm(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


PEER = "tagwright.peer"
"""Where a request's scope says who is connected; `client` is whom a trusted proxy names."""


def _with_peer(app: Any) -> Any:
    async def heard(scope: Any, receive: Any, send: Any) -> None:
        scope[PEER] = (scope.get("client") or ("",))[0]
        await app(scope, receive, send)

    return heard


def settings(app: Any, trusted: Sequence[str] = (), **more: Any) -> uvicorn.Config:
    """How uvicorn serves an application. `trusted` are networks of proxies whose X-Forwarded-For is believed."""
    return uvicorn.Config(
        _with_peer(ProxyHeadersMiddleware(app, list(trusted)) if trusted else app),
        http=Wire,
        ws="none",
        loop="asyncio",
        log_config=None,
        log_level="error",  # what strangers send is no warning
        access_log=False,
        server_header=False,
        proxy_headers=False,  # as above, where the peer is known still
        timeout_keep_alive=IDLE_SECONDS,
        h11_max_incomplete_event_size=_MOST_HEAD,
        **more,
    )
