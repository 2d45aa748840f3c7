"""A proxy as companies have them: tunnels for https (CONNECT), whole URLs for http. It records all that it can see.

Every name is this machine to it, so that a test can name hosts that no DNS knows.
"""

from __future__ import annotations

import http.client
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Passing:
    """A proxy that runs at `url`. `seen` is each request's line and headers, `bytes` what went through its tunnels.

    `wants` is the Proxy-Authorization it asks for, "" for none; `status` what it answers instead of serving.
    """

    url: str = ""
    wants: str = ""
    status: int = 0
    seen: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    bytes: bytearray = field(default_factory=bytearray)


@contextmanager
def proxy(wants: str = "", status: int = 0) -> Iterator[Passing]:
    """Run one on a free port of 127.0.0.1."""
    passing = Passing(wants=wants, status=status)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _passes(self) -> bool:
            passing.seen.append((self.requestline, {name.lower(): value for name, value in self.headers.items()}))
            refused = passing.status or (407 if passing.wants != self.headers.get("Proxy-Authorization", "") else 0)
            if refused:
                self.send_response(refused)
                self.send_header("Content-Length", "0")
                self.end_headers()
            return not refused

        def do_CONNECT(self) -> None:
            if not self._passes():
                return
            with socket.create_connection(("127.0.0.1", int(self.path.rpartition(":")[2]))) as there:
                self.send_response(200)
                self.end_headers()
                _pipe(self.connection, there, passing.bytes)
            self.close_connection = True

        def do_GET(self) -> None:
            if not self._passes():
                return
            parts = urlsplit(self.path)
            there = http.client.HTTPConnection("127.0.0.1", parts.port)
            kept = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
            there.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=kept)
            reply = there.getresponse()
            body = reply.read()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            there.close()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    passing.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield passing
    finally:
        server.shutdown()
        server.server_close()


def _pipe(one: socket.socket, other: socket.socket, seen: bytearray) -> None:
    """Both ways until one end closes."""
    with suppress(OSError):
        while True:
            for ready in select.select([one, other], [], [])[0]:
                data = ready.recv(1 << 16)
                if not data:
                    return
                seen += data
                (other if ready is one else one).sendall(data)
