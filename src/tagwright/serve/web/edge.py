"""What holds for every request, whichever room it is for: size, time, headers, failures and the access log.

    too much            413, whatever Content-Length said; 503 where many are long at once
    too slow            408
    who is unknown      401, or 403 (anybody can have a token of GitHub's); too many of them 429, and never anybody else
    a bug               500 that says nothing; the log says all
    every answer        headers for browsers, unless its room says otherwise

The access log names a route by its pattern, never by what was asked for: a path may hold a secret.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tagwright.serve.web.strangers import Strangers

MOST_BYTES = 1 << 20
SHORT = 1 << 16  # bytes of a body that always find room: few senders have more to say
MOST_HELD = 32 << 20  # of all bodies together beyond that
BODY_SECONDS = 10.0

log = logging.getLogger(__name__)
_ACCESS = logging.getLogger("tagwright.access")
_ASKED_EVER_AGAIN = ("/healthz", "/readyz", "/metrics")  # of which nobody wants to read when all is well
_STRANGE = (401, 403)
_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cache-control": b"no-store",
}


class Edge:
    """ASGI around the whole application."""

    def __init__(
        self, app: ASGIApp, strangers: Strangers, most_bytes: int = MOST_BYTES, body_seconds: float = BODY_SECONDS
    ) -> None:
        self._app, self._strangers = app, strangers
        self._most, self._seconds = most_bytes, body_seconds
        self._room = _Room(MOST_HELD)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        begun, answer = time.monotonic(), _Answer(send, self._strangers, address(scope))
        body = _Body(receive, self._room, self._most, self._seconds)
        try:
            if _promised(scope) > self._most:
                await answer.plain(413, f"the body is longer than {self._most} bytes")
            else:
                await self._app(scope, body.receive, answer.send)
        except ClientDisconnect:
            pass
        except Exception:
            log.exception("a bug in Tagwright: please report it with this log")
            if not answer.status:
                await answer.plain(500, "something went wrong here")
        finally:
            body.forget()
            _told(scope, answer, time.monotonic() - begun)
        return None


class _Room:
    """What long bodies hold together. All of it happens on one thread."""

    def __init__(self, left: int) -> None:
        self.left = left


class _Body:
    """A request's body, of so many bytes and in so much time, or it ends in an HTTPException that the rooms pass on."""

    def __init__(self, receive: Receive, room: _Room, most: int, seconds: float) -> None:
        self._receive, self._room, self._most, self._seconds = receive, room, most, seconds
        self._came, self._held, self._whole, self._until = 0, 0, False, 0.0

    async def receive(self) -> Message:
        if self._whole:  # what may come now is that the client has gone
            return await self._receive()
        loop = asyncio.get_running_loop()
        self._until = self._until or loop.time() + self._seconds
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408, "the body did not come in time", {"Connection": "close"}) from None
        self._came += len(message.get("body", b""))
        if self._came > self._most:
            raise HTTPException(413, f"the body is longer than {self._most} bytes", {"Connection": "close"})
        self._hold()
        self._whole = not message.get("more_body", False)
        return message

    def _hold(self) -> None:
        more = max(0, self._came - SHORT) - self._held
        if more > self._room.left:
            raise HTTPException(503, "too much comes at once", {"Connection": "close", "Retry-After": "2"})
        self._room.left -= more
        self._held += more

    def forget(self) -> None:
        """The request is over, and what it held."""
        self._room.left += self._held
        self._held = 0


class _Answer:
    """An answer on its way out. `status` is 0 until it begins, `length` how many bytes went."""

    def __init__(self, send: Send, strangers: Strangers, client: str) -> None:
        self._send, self._strangers, self._client = send, strangers, client
        self.status, self.length, self._replaced = 0, 0, False

    async def send(self, message: Message) -> None:
        """Pass a message on, with our headers; an answer to a stranger too many is replaced."""
        if message["type"] == "http.response.start":
            seconds = self._strangers.wait(self._client) if message["status"] in _STRANGE else 0.0
            if seconds:
                self._replaced = True
                return await self.plain(429, "too many requests that are not allowed", math.ceil(seconds))
            self.status = message["status"]
            message = {**message, "headers": _completed(message.get("headers", ()))}
        elif self._replaced:
            return None
        self.length += len(message.get("body", b""))
        return await self._send(message)

    async def plain(self, status: int, said: str, retry_after: int = 0) -> None:
        """A whole answer of ours."""
        self.status, body = status, json.dumps({"error": said}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if retry_after:
            headers.append((b"retry-after", str(retry_after).encode()))
        if status == 413:
            headers.append((b"connection", b"close"))
        await self._send({"type": "http.response.start", "status": status, "headers": _completed(headers)})
        await self._send({"type": "http.response.body", "body": body})
        self.length = len(body)


def address(scope: MutableMapping[str, Any]) -> str:
    """The client's address: its own, or where a proxy is trusted the one that proxy tells of; "" for none."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _completed(headers: Any) -> list[tuple[bytes, bytes]]:
    named = [(bytes(name).lower(), bytes(value)) for name, value in headers]
    there = {name for name, _ in named}
    return [*named, *((name, value) for name, value in _HEADERS.items() if name not in there)]


def _promised(scope: Scope) -> int:
    """What Content-Length says; what is no number the server refused already."""
    said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(said) if said.isdigit() and len(said) < 20 else MOST_BYTES + 1


def _told(scope: Scope, answer: _Answer, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "-")
    told = (scope["method"][:20], route, answer.status or "gone", answer.length, seconds * 1000, address(scope) or "-")
    level = logging.DEBUG if route in _ASKED_EVER_AGAIN and answer.status == 200 else logging.INFO
    _ACCESS.log(level, "%s %s %s, %d bytes in %.0f ms, for %s", *told)
