"""What the fakes of forges share: one host for Git and the API, its record, its faults, its people."""

from __future__ import annotations

import base64
import json
import re
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.forge_pulls import Project, Pull, Rules
from tests.support.git_http import GitHttp, Handler

_GIT = re.compile(r"/(?P<project>.+?)(?:\.git)?(?P<service>/info/refs|/git-upload-pack|/git-receive-pack)")


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
    """One request and the answer it got."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    status: int
    answer: Any = None


@dataclass
class Fault:
    """Answer requests whose "METHOD path" matches `pattern` with `answer`, `times` times."""

    pattern: str
    answer: Answer
    times: int = 1


class Refused(Exception):
    """A route's way out with an error answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class FakeForge:
    """A forge: repositories over smart HTTP at `url(project)`, its API at `api`, both behind the same token.

    `me` is whose token it is. `people` are who can be asked for a review, `roles` what some of them
    are in every repository: "read", "triage", "write", "maintain" or "admin".
    """

    prefix = ""
    page_size = 30
    rules = Rules()
    witnesses: ClassVar[list[Callable[[FakeForge, Exchange], None]]] = []  # told of every exchange that was no fault
    refusal = "remote: protected branch"

    def __init__(self, repositories: Mapping[str, Path], token: str = "forge-token-1") -> None:
        self.token, self.me = token, "tagwright-bot"
        self.people = {"ann": 11, "bob": 12, self.me: 13}
        self.roles: dict[str, str] = {}
        self.projects = {name: Project(name, path, self.rules) for name, path in repositories.items()}
        self.exchanges: list[Exchange] = []
        self.headers_seen: list[Mapping[str, str]] = []
        self.faults: list[Fault] = []
        self._lock = threading.RLock()
        self._host = _Host(self)

    def __enter__(self) -> Self:
        self._host.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._host.__exit__(kind, error, at)

    @property
    def address(self) -> str:
        """http://127.0.0.1:PORT."""
        return f"http://{self._host.host}"

    @property
    def api(self) -> str:
        """What `ForgeSettings.url` takes."""
        return self.address

    def url(self, project: str) -> str:
        """Where Git finds a repository."""
        return f"{self.address}/{project}.git"

    @property
    def writes(self) -> list[Exchange]:
        """The exchanges that asked for a change."""
        return [one for one in self.exchanges if one.method != "GET"]

    def pulls(self, project: str) -> list[Pull]:
        """Every pull request of a project, in the order they were opened, as of this moment."""
        with self._lock:
            self.projects[project].settle(self.projects)
            return self.projects[project].pulls

    def add_pull(
        self, project: str, head: str, base: str = "main", *, source: str = "", title: str = "By a person"
    ) -> Pull:
        """A pull request someone else opened, from a fork when `source` names one."""
        pull = Pull(self.projects[project].number(), head, base, title, "", source or project)
        self.projects[project].add(pull)
        self.pulls(project)
        return pull

    def merge(self, project: str, number: int, by: str = "ann") -> str:
        """What a person's click does: a merge commit on the base branch. Returns its id; raises on a conflict."""
        pull = self.pulls(project)[number - 1]
        commit = self.projects[project].merge(pull, by, f"Merge {pull.head}")
        assert commit is not None, f"{pull.head} conflicts with {pull.base}"
        return commit

    def close(self, project: str, number: int, by: str = "ann") -> None:
        """What a person's "no" does."""
        self.pulls(project)[number - 1].end("closed", by)

    def approve(self, project: str, number: int) -> None:
        """All that a protected base waits for is there; who was told to merge by itself does."""
        pull = self.pulls(project)[number - 1]
        pull.approved = True
        if pull.auto and not pull.draft:
            self.projects[project].merge(pull, pull.author, f"Merge {pull.head}")

    def protect(self, project: str, branch: str) -> None:
        """No more pushes to a branch, and merges only of what somebody approved."""
        self.projects[project].protected.add(branch)
        hook = self.projects[project].path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        words = self.refusal.format(branch=branch).replace("'", "'\\''")
        hook.write_text(f"#!/bin/sh\n[ \"$1\" != 'refs/heads/{branch}' ] && exit 0\necho '{words}' >&2\nexit 1\n")
        hook.chmod(0o755)

    def respond(self, request: Request) -> Answer:
        """One request at a time, recorded."""
        with self._lock:
            self.headers_seen.append(request.headers)
            fault = self._fault(request)
            answer = fault or self._route(request)
            seen = Exchange(request.method, request.path, request.query, request.body, answer.status, answer.body)
            self.exchanges.append(seen)
            for witness in () if fault else self.witnesses:
                witness(self, seen)
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

    def headers(self, request: Request) -> Mapping[str, str]:
        """What this forge says of its limits with every answer."""
        return {}

    def project(self, name: str) -> Project:
        """A project as of this moment; refuses an unknown one."""
        if name not in self.projects:
            raise Refused(self.unknown())
        self.projects[name].settle(self.projects)
        return self.projects[name]

    def pull(self, project: str, number: str) -> Pull:
        """A pull request by its number; refuses an unknown one."""
        found = [one for one in self.project(project).pulls if one.number == int(number)]
        if not found:
            raise Refused(self.unknown())
        return found[0]

    def noted(self, project: str, comment: int) -> tuple[Pull, int]:
        """The pull request in which a comment is, and which of its comments; refuses an unknown one."""
        number, at = divmod(comment, 100)
        pull = self.pull(project, str(number))
        if not 0 < at <= len(pull.notes):
            raise Refused(self.unknown())
        return pull, at

    def lets_in(self, authorization: str) -> bool:
        """Whether Git may in: the token as a password, whatever the name, or as a bearer's."""
        scheme, _, value = authorization.partition(" ")
        if scheme == "Basic":
            value = base64.b64decode(value).decode().partition(":")[2]
        return value == self.token

    def _fault(self, request: Request) -> Answer | None:
        for fault in self.faults:
            if fault.times > 0 and re.search(fault.pattern, f"{request.method} {request.path}"):
                fault.times -= 1
                return fault.answer
        return None

    def _route(self, request: Request) -> Answer:
        answer = self.denied(request) or self._routed(request)
        return Answer(answer.status, answer.body, {**self.headers(request), **answer.headers})

    def _routed(self, request: Request) -> Answer:
        try:
            for method, pattern, route in self.routes():
                match = re.fullmatch(pattern, request.path)
                if match and method == request.method:
                    answer: Answer = route(request, **match.groupdict())
                    return answer
        except Refused as refused:
            return refused.answer
        except Exception:  # noqa: BLE001 - a fault of the stage is told to whoever asked
            return Answer(500, {"message": traceback.format_exc()})
        return self.unknown()


class _Host(GitHttp):
    """Git's requests go to git, all others to the API."""

    def __init__(self, forge: FakeForge) -> None:
        super().__init__(Path("/"))
        self._forge = forge
        self._server.daemon_threads = True  # clients keep their connections as long as they live
        self.answer = self._api

    def let_in(self, authorization: str) -> str | None:
        return self._forge.me if self._forge.lets_in(authorization) else None

    def located(self, path: str) -> str:
        match = _GIT.fullmatch(path)
        project = self._forge.projects.get(match["project"]) if match else None
        return f"{project.path}{match['service']}" if match and project else path

    def _api(self, handler: Handler) -> bool:
        parts = urlsplit(handler.path)
        if _GIT.fullmatch(parts.path):
            return False
        raw = b"".join(handler.body())
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.command, parts.path, query, json.loads(raw) if raw else None, headers)
        answer = self._forge.respond(request)
        sent = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        handler.send_response(answer.status)
        plain = {"Content-Type": "application/json; charset=utf-8", "Content-Length": str(len(sent))}
        for name, value in {**plain, **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(sent)
        return True


def next_query(request: Request, page: int) -> str:
    """The query of a request, for another page."""
    return urlencode({**request.query, "page": str(page)})
