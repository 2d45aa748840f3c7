"""A server of tag lists that costs next to nothing itself: a process of its own, a thread a connection, ready bytes.

Every repository has the same `tags`; the answers are made before the first question, so that what is measured is the
client. With `login` it wants a token, "one-token" for everything, "token-each" for each repository; `page` is the most
tags of one answer. `GET /counts` tells how many requests of each kind came.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from subprocess import PIPE, Popen
from urllib.parse import parse_qs, quote, urlsplit


@dataclass(frozen=True, slots=True)
class Serving:
    """What is served."""

    tags: int = 1000
    login: str = "none"
    page: int = 0


class TagServer:
    """Answers until its process ends."""

    def __init__(self, serving: Serving) -> None:
        self.serving, self.counts = serving, Counter[str]()
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.host = f"127.0.0.1:{self.listening.getsockname()[1]}"
        size = serving.page or serving.tags
        tags = [f"1.{number}.0" for number in range(serving.tags)]
        self.pages = [json.dumps({"tags": tags[at : at + size]}).encode() for at in range(0, len(tags), size)]

    def run(self) -> None:
        """A thread for each who calls."""
        while True:
            connection, _ = self.listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: socket.socket) -> None:
        """One connection, kept as long as the client wants it."""
        held = b""
        while True:
            while b"\r\n\r\n" not in held:
                came = connection.recv(65536)
                if not came:
                    return
                held += came
            head, _, held = held.partition(b"\r\n\r\n")
            connection.sendall(self.answer(head))

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request."""
        target = head.split(b" ", 2)[1].decode()
        if target == "/counts":
            return _said(json.dumps(self.counts).encode())
        if target.startswith("/token"):
            self.counts["tokens"] += 1
            (scope,) = parse_qs(urlsplit(target).query)["scope"]
            return _said(json.dumps({"token": quote(scope, ""), "expires_in": 3600}).encode())
        parts = urlsplit(target)
        scope = self.scope(parts.path.removeprefix("/v2/").removesuffix("/tags/list"))
        if (
            self.serving.login != "none"
            and f"Authorization: Bearer {quote(scope, '')}\r\n".encode() not in head + b"\r\n"
        ):
            self.counts["challenges"] += 1
            way = f'WWW-Authenticate: Bearer realm="http://{self.host}/token",service="s",scope="{scope}"\r\n'
            return _said(b"{}", way, "401 Unauthorized")
        self.counts["lists"] += 1
        number = int(parse_qs(parts.query).get("at", ["0"])[0])
        following = f'Link: <{parts.path}?at={number + 1}>; rel="next"\r\n' if number + 1 < len(self.pages) else ""
        return _said(self.pages[number], following)

    def scope(self, repository: str) -> str:
        """What a token must be for."""
        return "all" if self.serving.login == "one-token" else f"repository:{repository}:pull"


def _said(body: bytes, header: str = "", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{header}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@contextmanager
def tag_server(serving: Serving) -> Iterator[str]:
    """Such a server in a process of its own; gives its host."""
    command = [sys.executable, "-m", "tests.bench.tag_server", json.dumps(asdict(serving))]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


if __name__ == "__main__":
    server = TagServer(Serving(**json.loads(sys.argv[1])))
    print(server.host, flush=True)
    server.run()
