"""An ASGI application behind the service's own edge and wire, on a real socket of this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from tagwright.serve.web import wire


@contextmanager
def listening(app: ASGIApp, trusted: Sequence[str] = ()) -> Iterator[int]:
    """Serve it on a free port of 127.0.0.1; the port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(wire.settings(app, trusted, lifespan="off", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])))
        thread.start()
        while not server.started:
            time.sleep(0.005)
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)


class Client:
    """A connection on which a test says what it likes."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, text: str | bytes) -> None:
        """Send something."""
        self._socket.sendall(text.encode() if isinstance(text, str) else text)

    def begins(self, text: str) -> bool:
        """Whether what comes first is this."""
        return self._socket.recv(len(text), socket.MSG_WAITALL).decode() == text

    def hears(self) -> str:
        """All that comes until the server closes the connection; "" where it does so without a word."""
        found = b""
        with suppress(ConnectionResetError):
            while part := self._socket.recv(65536):
                found += part
        return found.decode()

    def answer(self) -> tuple[int, dict[str, str], str]:
        """One answer with a Content-Length: status, headers, body."""
        file = self._socket.makefile("rb")
        status = int(file.readline().split()[1])
        headers = {}
        while line := file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, file.read(int(headers.get("content-length", 0))).decode()


def asked(port: int, text: str) -> tuple[int, dict[str, str], str]:
    """The answer to one request, its head (and body) as written, without the last empty line."""
    with Client(port) as client:
        client.say(text.replace("\n", "\r\n") + "\r\n\r\n")
        return client.answer()
