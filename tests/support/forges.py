"""Stateful fakes of the GitHub and GitLab REST APIs over real bare Git repositories.

Branches, their tips, mergeability and merges are Git's own; only what a forge keeps beside
Git (pull requests, labels, people) is kept here. Every exchange is recorded, so that a test
can count what a driver asks. `faults` are answers given in place of the real one.

    with FakeGitHub({"acme/deploy": bare}, token="…") as forge:
        forge.api, forge.exchanges, forge.pulls("acme/deploy"), forge.merge("acme/deploy", 1)
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

NOBODY = {
    "GIT_AUTHOR_NAME": "forge",
    "GIT_AUTHOR_EMAIL": "forge@localhost",
    "GIT_COMMITTER_NAME": "forge",
    "GIT_COMMITTER_EMAIL": "forge@localhost",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
}


@dataclass(frozen=True)
class Request:
    """One request as a route sees it; `path` is still percent-encoded, `authorization` the token it carried."""

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


class FakeGitHub(FakeForge):
    """api.github.com as GitHub Enterprise Server serves it, under /api/v3."""

    prefix = "/api/v3"

    @property
    def api(self) -> str:
        return f"{self.address}{self.prefix}"

    def routes(self) -> list[tuple[str, str, Any]]:
        repo = r"/repos/(?P<project>[^/]+/[^/]+)"
        number = r"/(?P<number>[0-9]+)"
        return [
            ("GET", f"{repo}/pulls", self._list),
            ("POST", f"{repo}/pulls", self._create),
            ("GET", f"{repo}/pulls{number}", self._get),
            ("PATCH", f"{repo}/(?:pulls|issues){number}", self._patch),
            ("PUT", f"{repo}/pulls{number}/merge", self._merge),
            ("POST", f"{repo}/pulls{number}/requested_reviewers", self._review),
            ("POST", f"{repo}/issues{number}/labels", self._label),
            ("POST", f"{repo}/issues{number}/assignees", self._assign),
            ("POST", f"{repo}/issues{number}/comments", self._comment),
        ]

    def denied(self, request: Request) -> Answer | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() in ("token", "bearer") and token == self.token:
            return None
        return Answer(401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"})

    def unknown(self) -> Answer:
        return Answer(
            404, {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
        )

    def _list(self, request: Request, project: str) -> Answer:
        self.repository(project)
        state, base = request.query.get("state", "open"), request.query.get("base")
        owner, colon, branch = request.query.get("head", "").partition(":")
        found = [
            one
            for one in reversed(self._pulls[project])  # newest first
            if state in ("all", "open" if one.state == "open" else "closed")
            and base in (None, one.base)
            # a head without "owner:" is no filter at all (docs.github.com/rest/pulls, "List pull requests")
            and (not colon or (one.head == branch and one.source.split("/")[0].lower() == owner.lower()))
        ]
        size, page = int(request.query.get("per_page", self.page_size)), int(request.query.get("page", "1"))
        more = {"Link": f'<{self.api}/repos/{project}/pulls?{_query(request, page + 1)}>; rel="next"'}
        rest = found[size * (page - 1) :]
        return Answer(200, [self._json(project, one) for one in rest[:size]], more if len(rest) > size else {})

    def _create(self, request: Request, project: str) -> Answer:
        repository, wanted = self.repository(project), request.body
        head, base = tip(repository, wanted["head"]), tip(repository, wanted["base"])
        if head is None or base is None:
            field_ = "base" if base is None else "head"
            return self._invalid({"resource": "PullRequest", "field": field_, "code": "invalid"})
        if is_ancestor(repository, head, base):
            message = f"No commits between {wanted['base']} and {wanted['head']}"
            return self._invalid({"resource": "PullRequest", "code": "custom", "message": message})
        if any(_open_between(one, project, wanted["head"], wanted["base"]) for one in self._pulls[project]):
            message = f"A pull request already exists for {project.split('/')[0]}:{wanted['head']}."
            return self._invalid({"resource": "PullRequest", "code": "custom", "message": message})
        pull = self.add_pull(project, wanted["head"], wanted["base"], title=wanted["title"])
        pull.body, pull.draft = wanted.get("body") or "", bool(wanted.get("draft"))
        return Answer(201, self._json(project, pull))

    def _get(self, request: Request, project: str, number: str) -> Answer:
        return Answer(200, self._json(project, self.pull(project, number)))

    def _patch(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        pull.title = request.body.get("title", pull.title)
        pull.body = request.body.get("body", pull.body)
        pull.state = request.body.get("state", pull.state)
        return Answer(200, self._json(project, pull))

    def _merge(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        commit = None
        if pull.state == "open":
            commit = merge(self.repository(project), pull.base, pull.head, f"Merge pull request #{number}")
        if commit is None:
            return Answer(405, {"message": "Pull Request is not mergeable"})
        pull.state = "merged"
        return Answer(200, {"sha": commit, "merged": True, "message": "Pull Request successfully merged"})

    def _review(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        if not set(request.body["reviewers"]) <= set(self.people):
            message = "Reviews may only be requested from collaborators. One or more of the users is not one."
            return Answer(422, {"message": message, "documentation_url": "https://docs.github.com/rest"})
        pull.reviewers += request.body["reviewers"] + [f"team:{team}" for team in request.body["team_reviewers"]]
        return Answer(201, self._json(project, pull))

    def _label(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        pull.labels += request.body
        return Answer(200, [{"name": name} for name in pull.labels])

    def _assign(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        pull.assignees += [
            name for name in request.body["assignees"] if name in self.people
        ]  # others: silently ignored
        return Answer(201, self._issue(project, pull))

    def _comment(self, request: Request, project: str, number: str) -> Answer:
        self.pull(project, number).comments.append(request.body["body"])
        return Answer(
            201, {"id": 1, "body": request.body["body"], "url": f"{self.api}/repos/{project}/issues/comments/1"}
        )

    def _invalid(self, error: Mapping[str, str]) -> Answer:
        return Answer(
            422, {"message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com"}
        )

    def _issue(self, project: str, pull: Pull) -> dict[str, Any]:
        return {
            "url": f"{self.api}/repos/{project}/issues/{pull.number}",
            "number": pull.number,
            "state": "open" if pull.state == "open" else "closed",
            "assignees": [self._user(name) for name in pull.assignees],
        }

    def _json(self, project: str, pull: Pull) -> dict[str, Any]:
        repository = self.repositories[project]
        head = tip(self.repositories.get(pull.source, repository), pull.head)
        base = tip(repository, pull.base)
        url = f"{self.api}/repos/{project}"
        return {
            **self._issue(project, pull),
            "id": pull.number,
            "url": f"{url}/pulls/{pull.number}",
            "issue_url": f"{url}/issues/{pull.number}",
            "html_url": f"{self.address}/{project}/pull/{pull.number}",
            "comments_url": f"{url}/issues/{pull.number}/comments",
            "title": pull.title,
            "body": pull.body or None,
            "draft": pull.draft,
            "merged": pull.state == "merged",
            "mergeable": bool(head and base) and merged_tree(repository, str(base), str(head)) is not None,
            "labels": [{"name": name} for name in pull.labels],
            "requested_reviewers": [self._user(name) for name in pull.reviewers],
            "head": self._side(pull.source, pull.head, head),
            "base": self._side(project, pull.base, base),
        }

    def _side(self, project: str, branch: str, sha: str | None) -> dict[str, Any]:
        known = sorted(self.repositories)
        repo = {"id": known.index(project) + 1, "full_name": project} if project in known else None
        return {"label": f"{project.split('/')[0]}:{branch}", "ref": branch, "sha": sha, "repo": repo}

    def _user(self, name: str) -> dict[str, Any]:
        return {"login": name, "id": self.people.get(name, 0), "url": f"{self.api}/users/{name}"}


class FakeGitLab(FakeForge):
    """A GitLab server's API, version 4."""

    prefix = "/api/v4"
    page_size = 20

    def routes(self) -> list[tuple[str, str, Any]]:
        requests = r"/projects/(?P<project>[^/]+)/merge_requests"
        one = rf"{requests}/(?P<number>[0-9]+)"
        return [
            ("GET", "/users", self._users),
            ("GET", requests, self._list),
            ("POST", requests, self._create),
            ("GET", one, self._get),
            ("PUT", one, self._put),
            ("PUT", f"{one}/merge", self._merge),
            ("POST", f"{one}/notes", self._note),
        ]

    def denied(self, request: Request) -> Answer | None:
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = bearer if kind == "Bearer" else request.headers.get("private-token")
        return None if token == self.token else Answer(401, {"message": "401 Unauthorized"})

    def unknown(self) -> Answer:
        return Answer(404, {"message": "404 Project Not Found"})

    def repository(self, project: str) -> Path:
        return super().repository(_named(project))

    def pull(self, project: str, number: str) -> Pull:
        return super().pull(_named(project), number)

    def _users(self, request: Request) -> Answer:
        name = request.query.get("username", "").lower()
        return Answer(200, [{"id": self.people[name], "username": name}] if name in self.people else [])

    def _list(self, request: Request, project: str) -> Answer:
        self.repository(project)
        asked = request.query
        states = {"opened": "open", "closed": "closed", "merged": "merged"}
        found = [
            one
            for one in reversed(self._pulls[_named(project)])
            if asked.get("state", "all") == "all" or one.state == states[asked["state"]]
            if asked.get("source_branch", one.head) == one.head and asked.get("target_branch", one.base) == one.base
        ]
        size, page = int(asked.get("per_page", self.page_size)), int(asked.get("page", "1"))
        rest = found[size * (page - 1) :]
        here = f"{self.address}{request.path}?{_query(request, page + 1)}"
        more = {"Link": f'<{here}>; rel="next"', "X-Next-Page": str(page + 1)} if len(rest) > size else {}
        paging = {"X-Page": str(page), "X-Per-Page": str(size), "X-Total": str(len(found)), **more}
        return Answer(200, [self._json(_named(project), one) for one in rest[:size]], paging)

    def _create(self, request: Request, project: str) -> Answer:
        repository, wanted, name = self.repository(project), request.body, _named(project)
        for side in ("source", "target"):
            if tip(repository, wanted[f"{side}_branch"]) is None:
                return Answer(400, {"message": {f"{side}_branch": ["does not exist"]}})
        for one in self._pulls[name]:
            if _open_between(one, name, wanted["source_branch"], wanted["target_branch"]):
                message = f"Another open merge request already exists for this source branch: !{one.number}"
                return Answer(409, {"message": [message]})
        pull = self.add_pull(name, wanted["source_branch"], wanted["target_branch"], title=wanted["title"])
        pull.body, pull.labels = wanted.get("description", ""), list(wanted.get("labels", []))
        names = {number: person for person, number in self.people.items()}
        pull.reviewers = [names[one] for one in wanted.get("reviewer_ids", []) if one in names]
        pull.assignees = [names[one] for one in wanted.get("assignee_ids", []) if one in names]
        return Answer(201, self._json(name, pull))

    def _get(self, request: Request, project: str, number: str) -> Answer:
        return Answer(200, self._json(_named(project), self.pull(project, number)))

    def _put(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        pull.title = request.body.get("title", pull.title)
        pull.body = request.body.get("description", pull.body)
        pull.state = {"close": "closed", "reopen": "open"}.get(request.body.get("state_event"), pull.state)
        return Answer(200, self._json(_named(project), pull))

    def _merge(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        if pull.state != "open" or pull.title.startswith("Draft:"):
            return Answer(405, {"message": "405 Method Not Allowed"})
        if merge(self.repository(project), pull.base, pull.head, f"Merge branch '{pull.head}'") is None:
            return Answer(422, {"message": "Branch cannot be merged"})
        pull.state = "merged"
        return Answer(200, self._json(_named(project), pull))

    def _note(self, request: Request, project: str, number: str) -> Answer:
        self.pull(project, number).comments.append(request.body["body"])
        return Answer(201, {"id": 1, "body": request.body["body"]})

    def _json(self, project: str, pull: Pull) -> dict[str, Any]:
        repository = self.repositories[project]
        known = sorted(self.repositories)
        head, base = tip(self.repositories.get(pull.source, repository), pull.head), tip(repository, pull.base)
        mergeable = bool(head and base) and merged_tree(repository, str(base), str(head)) is not None
        return {
            "id": 1000 + pull.number,
            "iid": pull.number,
            "title": pull.title,
            "description": pull.body or None,
            "state": "opened" if pull.state == "open" else pull.state,
            "draft": pull.title.startswith("Draft:"),
            "source_branch": pull.head,
            "target_branch": pull.base,
            "source_project_id": known.index(pull.source) + 1 if pull.source in known else None,
            "target_project_id": known.index(project) + 1,
            "sha": head,
            "labels": pull.labels,
            "detailed_merge_status": "mergeable" if mergeable else "conflict",
            "web_url": f"{self.address}/{project}/-/merge_requests/{pull.number}",
        }


# ── Git underneath ───────────────────────────────────────────────────────────


def git(repository: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Plain git in a repository, without the machine's configuration."""
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, env=NOBODY, capture_output=True, text=True, check=check)


def tip(repository: Path, branch: str) -> str | None:
    """The commit a branch stands at, or None."""
    found = git(repository, "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}", check=False)
    return found.stdout.strip() or None


def is_ancestor(repository: Path, one: str, other: str) -> bool:
    """Whether `other` contains all of `one`."""
    return git(repository, "merge-base", "--is-ancestor", one, other, check=False).returncode == 0


def merged_tree(repository: Path, base: str, head: str) -> str | None:
    """The tree of a merge of two commits, or None when they conflict."""
    done = git(repository, "merge-tree", "--write-tree", base, head, check=False)
    return done.stdout.split()[0] if done.returncode == 0 else None


def merge(repository: Path, base: str, head: str, message: str) -> str | None:
    """Merge branch `head` into branch `base` in a bare repository; the new commit, or None on a conflict."""
    ours, theirs = tip(repository, base), tip(repository, head)
    tree = merged_tree(repository, ours, theirs) if ours and theirs else None
    if tree is None or ours is None or theirs is None:
        return None
    commit = git(repository, "commit-tree", tree, "-p", ours, "-p", theirs, "-m", message).stdout.strip()
    git(repository, "update-ref", f"refs/heads/{base}", commit, ours)
    return commit


# ── HTTP above ───────────────────────────────────────────────────────────────


def _open_between(pull: Pull, source: str, head: str, base: str) -> bool:
    return pull.state == "open" and (pull.source, pull.head, pull.base) == (source, head, base)


def _named(project: str) -> str:
    return project.replace("%2F", "/")


def _query(request: Request, page: int) -> str:
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
