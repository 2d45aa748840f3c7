"""A smart HTTP Git server on this machine: the standard library in front of git's own `git http-backend`.

Basic and Bearer authentication, chunked and compressed requests, protocol version 2, TLS, a log of all requests,
and faults on demand: `answer` may take a request over, `lose_answers` lets pushes land and then hangs up.
"""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import IO, cast
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked, and what it showed to be let in."""

    method: str
    path: str
    authorization: str
    protocol: str


def _let_git_answer(handler: Handler) -> bool:
    return False


class GitHttp:
    """Every repository under `root`, at http://127.0.0.1:PORT/…; to be entered by `users` (name -> password) alone.

    `users` None lets everyone in.
    """

    def __init__(
        self, root: Path, users: Mapping[str, str] | None = None, tls: tuple[Path, Path] | None = None
    ) -> None:
        self.root = root
        self.users = users
        self.requests: list[Request] = []
        self.answer: Callable[[Handler], bool] = _let_git_answer
        self.lose_answers = 0
        self._server = _Server(self)
        self._scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, tls))
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> GitHttp:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def host(self) -> str:
        """The host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def url(self, name: str) -> str:
        """The address of a repository."""
        return f"{self._scheme}://{self.host}/{name}"

    def located(self, path: str) -> str:
        """Where under `root` a request's path is."""
        return path

    def let_in(self, authorization: str) -> str | None:
        """The user behind an Authorization header."""
        if self.users is None:
            return "anyone"
        scheme, _, value = authorization.partition(" ")
        if scheme == "Bearer":
            return next((name for name, password in self.users.items() if password == value), None)
        name, _, password = base64.b64decode(value).decode().partition(":")
        return name if scheme == "Basic" and self.users.get(name) == password else None


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, site: GitHttp) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def site(self) -> GitHttp:
        """The server this connection belongs to."""
        return cast(_Server, self.server).site

    def reply(self, status: int, body: bytes = b"", **headers: str) -> bool:
        """Answer without git; true, so that an `answer` may end in it."""
        for _ in self.body():
            pass
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return True

    def do_GET(self) -> None:
        """Serve one request."""
        authorization = self.headers.get("Authorization", "")
        protocol = self.headers.get("Git-Protocol", "")
        self.site.requests.append(Request(self.command, self.path, authorization, protocol))
        if self.site.answer(self):
            return
        user = self.site.let_in(authorization)
        if user is None:
            self.reply(401, b"who are you?\n", WWW_Authenticate='Basic realm="git"')
        else:
            self._git(user)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names http.server calls

    def _git(self, user: str) -> None:
        backend = subprocess.Popen(
            ["git", "http-backend"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self._cgi(user)
        )
        with backend:
            source, output = cast(IO[bytes], backend.stdin), cast(IO[bytes], backend.stdout)
            try:
                for block in self.body():
                    source.write(block)
                source.close()
            except BrokenPipeError:
                pass
            if self._is_push() and self.site.lose_answers:
                self.site.lose_answers -= 1
                output.read()
                self.close_connection = True
                return
            self._pass_on(output)

    def _is_push(self) -> bool:
        return self.command == "POST" and self.path.endswith("/git-receive-pack")

    def _pass_on(self, output: IO[bytes]) -> None:
        status, headers = 200, []
        while line := output.readline().rstrip(b"\r\n"):
            name, _, value = line.decode("latin-1").partition(": ")
            if name == "Status":
                status = int(value.split()[0])
            else:
                headers.append((name, value))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while block := output.read(65536):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
        self.wfile.write(b"0\r\n\r\n")

    def _cgi(self, user: str) -> dict[str, str]:
        address = urlsplit(self.path)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.site.root),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PROJECT_ROOT": str(self.site.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": self.site.located(address.path),
            "QUERY_STRING": address.query,
            "REQUEST_METHOD": self.command,
            "REMOTE_USER": user,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        passed = {
            "Content-Encoding": "HTTP_CONTENT_ENCODING",
            "Git-Protocol": "GIT_PROTOCOL",
            "Content-Length": "CONTENT_LENGTH",
        }
        return environment | {ours: self.headers[theirs] for theirs, ours in passed.items() if theirs in self.headers}

    def body(self) -> Iterator[bytes]:
        """What the client sends, block by block; to be read once."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            block = self.rfile.read(min(left, 65536))
            left -= len(block)
            yield block

    def log_message(self, format: str, *args: object) -> None:
        """Requests are kept in `requests`, not printed."""
