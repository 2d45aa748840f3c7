"""A server that takes what is posted to it, and answers as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Posted:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


class Receiver(ThreadingHTTPServer):
    """`got` is what came, `answers` the statuses of the next answers (then 204), `location` where a 3xx leads."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[Posted] = []
        self.answers: list[int] = []
        self.location = ""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def host(self) -> str:
        """Its address."""
        return f"127.0.0.1:{self.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        there = self.server
        assert isinstance(there, Receiver)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        there.got.append(Posted(self.path, dict(self.headers.items()), body))
        self.send_response(there.answers.pop(0) if there.answers else 204)
        if there.location:
            self.send_header("Location", there.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""
