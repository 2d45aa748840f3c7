"""Requests to a web application without a server: what a sender sends, and what it is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True)
class Reply:
    """An answer as its sender sees it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


def post(
    app: ASGIApp,
    path: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    method: str = "POST",
) -> Reply:
    """Send one request."""
    return asyncio.run(sent(app, path, body, headers, query, method))


async def sent(
    app: ASGIApp,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    query: str = "",
    method: str = "POST",
) -> Reply:
    """The same beside others."""
    named = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"tagwright.example.com"), *named], "client": ("192.0.2.1", 4711),
        "server": ("127.0.0.1", 80),
    }  # fmt: skip
    heard: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        heard.append(message)

    await app(scope, receive, send)
    answered = {name.decode(): value.decode() for name, value in heard[0]["headers"]}
    return Reply(heard[0]["status"], answered, b"".join(message.get("body", b"") for message in heard[1:]))
