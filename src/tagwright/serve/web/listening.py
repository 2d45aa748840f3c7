"""The web server, in a thread of its own: uvicorn, bound before anything else begins."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Self

import uvicorn

from tagwright.errors import UsageError
from tagwright.serve.house import House
from tagwright.serve.web import wire
from tagwright.serve.web.app import app


class Listening:
    """Serves the house's application at "host:port" (port 0 = any that is free) while it is entered."""

    def __init__(self, house: House, listen: str) -> None:
        self._socket = _bound(listen)
        logging.getLogger("uvicorn").handlers[:] = logging.getLogger("tagwright").handlers
        trusted = house.config.service.trusted_proxies
        self._server = uvicorn.Server(wire.settings(app(house), trusted, lifespan="off", timeout_graceful_shutdown=5))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="web", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def alive(self) -> bool:
        """Whether it still serves."""
        return self._thread.is_alive()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()


def _bound(listen: str) -> socket.socket:
    """A socket at an address. Raises UsageError where it cannot be had."""
    host, _, port = listen.rpartition(":")
    try:
        if not 0 <= int(port) <= 65_535:  # getaddrinfo takes what is left of a larger one
            raise ValueError
        family, kind, protocol, _, where = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(where)
        bound.listen()  # before anybody is told where: who comes early waits for an answer
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "expected an address and a port"
        raise UsageError(
            f"cannot listen at {listen}: {reason}", hint="--listen 127.0.0.1:8080, or another port"
        ) from None
    return bound
