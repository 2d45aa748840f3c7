"""What the fakes of forges share: an HTTP server on a free port of 127.0.0.1, its record, its faults, its people."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.forge_git import merge


@dataclass(frozen=True)
class Request:
    """One request as a route sees it; `path` is still percent-encoded, header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """A status, what becomes JSON (bytes stay bytes), and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exchange:
    """One request and the status it got."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int


@dataclass
class Fault:
    """Answer requests whose "METHOD path" matches `pattern` with `answer`, `times` times."""

    pattern: str
    answer: Answer
    times: int = 1


@dataclass
class Pull:
    """What a forge keeps of a pull request beside Git. `source` is the project of the head branch."""

    number: int
    head: str
    base: str
    title: str
    body: str
    source: str
    draft: bool = False
    state: str = "open"  # open, closed, merged
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class Refused(Exception):
    """A route's way out with an error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class FakeForge:
    """What both fakes share: a server, its record, the people it knows, and Git underneath."""

    prefix = ""
    page_size = 30

    def __init__(self, repositories: Mapping[str, Path], token: str = "forge-token-1") -> None:
        self.repositories = dict(repositories)
        self.token = token
        self.people = {"ann": 11, "bob": 12}
        self.exchanges: list[Exchange] = []
        self.headers_seen: list[Mapping[str, str]] = []
        self.faults: list[Fault] = []
        self._pulls: dict[str, list[Pull]] = {project: [] for project in repositories}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """http://127.0.0.1:PORT."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def api(self) -> str:
        """What `ForgeSettings.url` takes."""
        return self.address

    @property
    def writes(self) -> list[Exchange]:
        """The exchanges that asked for a change."""
        return [one for one in self.exchanges if one.method != "GET"]

    def pulls(self, project: str) -> list[Pull]:
        """Every pull request of a project, in the order they were opened."""
        return self._pulls[project]

    def add_pull(
        self, project: str, head: str, base: str = "main", *, source: str = "", title: str = "By a person"
    ) -> Pull:
        """A pull request someone else opened, from a fork when `source` names one."""
        pull = Pull(len(self._pulls[project]) + 1, head, base, title, "", source or project)
        self._pulls[project].append(pull)
        return pull

    def merge(self, project: str, number: int) -> str:
        """What a person's click does: a merge commit on the base branch. Returns its id; raises on a conflict."""
        pull = self._pulls[project][number - 1]
        commit = merge(self.repositories[project], pull.base, pull.head, f"Merge {pull.head}")
        assert commit is not None, f"{pull.head} conflicts with {pull.base}"
        pull.state = "merged"
        return commit

    def respond(self, request: Request) -> Answer:
        """One request at a time, recorded."""
        with self._lock:
            self.headers_seen.append(request.headers)
            answer = self._fault(request) or self._route(request)
            self.exchanges.append(Exchange(request.method, request.path, request.query, request.body, answer.status))
            return answer

    def routes(self) -> list[tuple[str, str, Any]]:
        """(method, path pattern, method of this fake); named groups become arguments."""
        raise NotImplementedError

    def denied(self, request: Request) -> Answer | None:
        """The answer to a request with no right token, or None."""
        raise NotImplementedError

    def unknown(self) -> Answer:
        """The answer for a project or path that is not there."""
        raise NotImplementedError

    def repository(self, project: str) -> Path:
        """The bare repository of a project; refuses an unknown one."""
        if project not in self.repositories:
            raise Refused(self.unknown())
        return self.repositories[project]

    def pull(self, project: str, number: str) -> Pull:
        """A pull request by its number; refuses an unknown one."""
        self.repository(project)
        found = [one for one in self._pulls[project] if one.number == int(number)]
        if not found:
            raise Refused(self.unknown())
        return found[0]

    def _fault(self, request: Request) -> Answer | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.pattern, f"{request.method} {request.path}"):
                fault.times -= 1
                return fault.answer
        return None

    def _route(self, request: Request) -> Answer:
        if denied := self.denied(request):
            return denied
        try:
            for method, pattern, route in self.routes():
                match = re.fullmatch(self.prefix + pattern, request.path)
                if match and method == request.method:
                    answer: Answer = route(request, **match.groupdict())
                    return answer
        except Refused as refused:
            return refused.answer
        return self.unknown()


def open_between(pull: Pull, source: str, head: str, base: str) -> bool:
    """Whether a pull request is open from branch `head` of project `source` into `base`."""
    return pull.state == "open" and (pull.source, pull.head, pull.base) == (source, head, base)


def next_query(request: Request, page: int) -> str:
    """The query of a request, for another page."""
    return "&".join(f"{key}={value}" for key, value in {**request.query, "page": str(page)}.items())


def _handler(forge: FakeForge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            request = Request(self.command, parts.path, query, json.loads(body) if body else None, headers)
            answer = forge.respond(request)
            sent = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            plain = {"Content-Type": "application/json", "Content-Length": str(len(sent))}
            for name, value in {**plain, **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            """A test's output is its own."""

    return Handler
