"""GitLab's REST API, version 4: docs.gitlab.com/api/merge_requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.forge_git import merge, merged_tree, tip
from tests.support.forge_server import Answer, FakeForge, Pull, Request, next_query, open_between


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
        here = f"{self.address}{request.path}?{next_query(request, page + 1)}"
        more = {"Link": f'<{here}>; rel="next"', "X-Next-Page": str(page + 1)} if len(rest) > size else {}
        paging = {"X-Page": str(page), "X-Per-Page": str(size), "X-Total": str(len(found)), **more}
        return Answer(200, [self._json(_named(project), one) for one in rest[:size]], paging)

    def _create(self, request: Request, project: str) -> Answer:
        repository, wanted, name = self.repository(project), request.body, _named(project)
        for side in ("source", "target"):
            if tip(repository, wanted[f"{side}_branch"]) is None:
                return Answer(400, {"message": {f"{side}_branch": ["does not exist"]}})
        for one in self._pulls[name]:
            if open_between(one, name, wanted["source_branch"], wanted["target_branch"]):
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


def _named(project: str) -> str:
    return project.replace("%2F", "/")
