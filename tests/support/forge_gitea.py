"""Gitea's REST API, version 1, with the answers a real one was observed to give."""

from __future__ import annotations

from typing import Any

from tests.support.forge_git import is_ancestor, merge, merged_tree, tip
from tests.support.forge_server import Answer, FakeForge, Pull, Request, next_query, open_between


class FakeGitea(FakeForge):
    """A Gitea whose repositories know the labels "bot" and "images"."""

    prefix = "/api/v1"
    page_size = 30
    labels = ("bot", "images")

    def routes(self) -> list[tuple[str, str, Any]]:
        repo = r"/repos/(?P<project>[^/]+/[^/]+)"
        number = r"/(?P<number>[0-9]+)"
        return [
            ("GET", f"{repo}/pulls", self._list),
            ("POST", f"{repo}/pulls", self._create),
            ("PATCH", f"{repo}/(?:pulls|issues){number}", self._patch),
            ("POST", f"{repo}/pulls{number}/merge", self._merge),
            ("POST", f"{repo}/pulls{number}/requested_reviewers", self._review),
            ("POST", f"{repo}/issues{number}/comments", self._comment),
            ("GET", f"{repo}/labels", self._labels),
            ("POST", f"{repo}/issues{number}/labels", self._label),
        ]

    def denied(self, request: Request) -> Answer | None:
        known = request.headers.get("authorization", "") == f"token {self.token}"
        return None if known else Answer(401, {"message": "token is required", "url": f"{self.address}/api/swagger"})

    def unknown(self) -> Answer:
        return Answer(404, {"errors": None, "message": "Not Found", "url": f"{self.address}/api/swagger"})

    def _list(self, request: Request, project: str) -> Answer:
        self.repository(project)
        state = request.query.get("state", "open")
        found = [one for one in reversed(self.pulls(project)) if state in ("all", one.state)]
        return self._page(request, [self._json(project, one) for one in found])

    def _page(self, request: Request, entries: list[Any]) -> Answer:
        size = min(int(request.query.get("limit", self.page_size)), self.page_size)
        page = int(request.query.get("page", "1"))
        here = f"{self.address}{request.path}?{next_query(request, page + 1)}"
        more = {"Link": f'<{here}>; rel="next"'} if len(entries) > size * page else {}
        return Answer(200, entries[size * (page - 1) : size * page], {"X-Total-Count": str(len(entries)), **more})

    def _create(self, request: Request, project: str) -> Answer:
        repository, wanted = self.repository(project), request.body
        head, base = tip(repository, wanted["head"]), tip(repository, wanted["base"])
        if head is None or base is None:
            return self.unknown()
        if is_ancestor(repository, head, base):
            return Answer(422, {"message": "Invalid PullRequest: There are no changes between the head and the base"})
        for one in self.pulls(project):
            if open_between(one, project, wanted["head"], wanted["base"]):
                message = f"pull request already exists for these targets [id: {one.number}, issue_id: {one.number}]"
                return Answer(409, {"message": message})
        pull = self.add_pull(project, wanted["head"], wanted["base"], title=wanted["title"])
        pull.body = wanted.get("body", "")
        return Answer(201, self._json(project, pull))

    def _patch(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        names = request.body.get("assignees", [])
        if not set(names) <= set(self.people):
            return Answer(422, {"message": f"Assignee does not exist: [name: {', '.join(names)}]"})
        pull.assignees += names
        pull.title = request.body.get("title", pull.title)
        pull.body = request.body.get("body", pull.body)
        pull.state = request.body.get("state", pull.state)
        return Answer(201, self._json(project, pull))

    def _merge(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        if pull.state != "open" or "Do" not in request.body:
            return self.unknown()
        if merge(self.repository(project), pull.base, pull.head, f"Merge pull request #{number}") is None:
            return Answer(405, {"message": "Please try again later"})
        pull.state = "merged"
        return Answer(200, b"")

    def _review(self, request: Request, project: str, number: str) -> Answer:
        pull, names = self.pull(project, number), request.body["reviewers"]
        if not set(names) <= set(self.people):
            return Answer(404, {"message": f"UserNotExist: {names}"})
        pull.reviewers += names + [f"team:{team}" for team in request.body["team_reviewers"]]
        return Answer(201, [])

    def _comment(self, request: Request, project: str, number: str) -> Answer:
        self.pull(project, number).comments.append(request.body["body"])
        return Answer(201, {"id": 1, "body": request.body["body"]})

    def _labels(self, request: Request, project: str) -> Answer:
        self.repository(project)
        return self._page(request, [{"id": number, "name": name} for number, name in enumerate(self.labels, 1)])

    def _label(self, request: Request, project: str, number: str) -> Answer:
        pull, ids = self.pull(project, number), request.body["labels"]
        if not all(isinstance(one, int) for one in ids):
            return Answer(422, {"message": "[]: json: cannot unmarshal string into Go struct field of type int64"})
        pull.labels += [self.labels[one - 1] for one in ids]
        return Answer(200, [{"name": name} for name in pull.labels])

    def _json(self, project: str, pull: Pull) -> dict[str, Any]:
        repository = self.repositories[project]
        head = tip(self.repositories.get(pull.source, repository), pull.head)
        base = tip(repository, pull.base)
        return {
            "id": pull.number,
            "number": pull.number,
            "html_url": f"{self.address}/{project}/pulls/{pull.number}",
            "title": pull.title,
            "body": pull.body,
            "state": "open" if pull.state == "open" else "closed",
            "merged": pull.state == "merged",
            "mergeable": bool(head and base) and merged_tree(repository, str(base), str(head)) is not None,
            "head": self._side(pull.source, pull.head, head),
            "base": self._side(project, pull.base, base),
        }

    def _side(self, project: str, branch: str, sha: str | None) -> dict[str, Any]:
        known = sorted(self.repositories)
        number = known.index(project) + 1 if project in known else 0
        repo = {"id": number, "full_name": project} if number else None
        return {"label": branch, "ref": branch, "sha": sha, "repo_id": number, "repo": repo}
