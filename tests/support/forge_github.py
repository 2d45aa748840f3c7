"""GitHub's REST API, as GitHub Enterprise Server serves it: docs.github.com/rest/pulls and /issues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support.forge_git import is_ancestor, merge, merged_tree, tip
from tests.support.forge_server import Answer, FakeForge, Pull, Request, next_query, open_between


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
        more = {"Link": f'<{self.api}/repos/{project}/pulls?{next_query(request, page + 1)}>; rel="next"'}
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
        if any(open_between(one, project, wanted["head"], wanted["base"]) for one in self._pulls[project]):
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
