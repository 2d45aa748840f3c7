"""Gitea's REST API, version 1, with the answers a real one was observed to give."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.support.forge_git import branches, is_ancestor
from tests.support.forge_pulls import Note, Project, Pull
from tests.support.forge_server import Answer, FakeForge, Request, next_query

_MERGES = {"merge", "rebase", "rebase-merge", "squash", "fast-forward-only", "manually-merged"}


class FakeGitea(FakeForge):
    """A Gitea whose repositories know the labels "bot" and "images".

    An older version is one that does not know `by_branches` and passes over the reviewers of a new pull request.

    A pull request whose branch is gone is closed. It notices no merge that came another way (the setting is off where
    nobody switched it on), and one without commits stays open.
    """

    prefix = "/api/v1"
    page_size = 30
    labels = ("bot", "images")
    by_branches = takes_reviewers = True
    refusal = "Gitea: Not allowed to push to protected branch {branch}"

    def routes(self) -> list[tuple[str, str, Any]]:
        repo = rf"{self.prefix}/repos/(?P<project>[^/]+/[^/]+)"
        number = r"/(?P<number>[0-9]+)"
        return [
            ("GET", f"{self.prefix}/user", lambda _: Answer(200, self._person(self.me))),
            ("GET", f"{self.prefix}/version", lambda _: Answer(200, {"version": "1.24.0"})),
            ("GET", repo, self._repository),
            ("GET", f"{repo}/pulls", self._list),
            ("POST", f"{repo}/pulls", self._create),
            ("GET", f"{repo}/pulls{number}", self._get),
            ("GET", f"{repo}/pulls/(?P<base>[^/]+)/(?P<head>.+)", self._between),
            ("PATCH", f"{repo}/(?:pulls|issues){number}", self._patch),
            ("POST", f"{repo}/pulls{number}/merge", self._merge),
            ("DELETE", f"{repo}/pulls{number}/merge", self._cancel),
            ("POST", f"{repo}/pulls{number}/requested_reviewers", self._review),
            ("GET", f"{repo}/issues{number}/comments", self._comments),
            ("GET", f"{repo}/issues/comments{number}", self._one_comment),
            ("POST", f"{repo}/issues{number}/comments", self._comment),
            ("GET", f"{repo}/collaborators/(?P<user>[^/]+)/permission", self._permission),
            ("GET", f"{repo}/labels", self._labels),
            ("POST", f"{repo}/issues{number}/labels", self._label),
        ]

    def denied(self, request: Request) -> Answer | None:
        shown = request.headers.get("authorization", "")
        known = shown == f"token {self.token}" or (shown.startswith("Basic ") and self.lets_in(shown))
        return None if known else Answer(401, {"message": "token is required", "url": f"{self.address}/api/swagger"})

    def unknown(self) -> Answer:
        return Answer(404, {"errors": None, "message": "Not Found", "url": f"{self.address}/api/swagger"})

    def _permission(self, request: Request, project: str, user: str) -> Answer:
        """routers/api/v1/repo/collaborators.go, GetRepoPermissions."""
        self.project(project)
        if user not in self.people:
            return self.unknown()
        role = {"maintain": "write", "triage": "read"}.get(self.roles.get(user, "read"), self.roles.get(user, "read"))
        return Answer(200, {"permission": role, "role_name": role, "user": self._person(user)})

    def _repository(self, request: Request, project: str) -> Answer:
        return Answer(200, self._side_repository(self.project(project).name))

    def _list(self, request: Request, project: str) -> Answer:
        kept, state, sort = self.project(project), request.query.get("state", "open"), request.query.get("sort")
        found = [one for one in kept.pulls if state in ("all", "open" if one.is_open else "closed")]
        found = [one for one in found if request.query.get("base_branch", one.base) == one.base]
        if sort in ("recentupdate", "leastupdate"):
            found.sort(key=lambda one: one.updated_at)
        if sort not in ("oldest", "leastupdate"):
            found.reverse()
        return self._page(request, [self._json(kept, one) for one in found])

    def _page(self, request: Request, entries: list[Any]) -> Answer:
        size = min(int(request.query.get("limit", self.page_size)), self.page_size)
        page = int(request.query.get("page", "1"))
        here = f"{self.address}{request.path}?{next_query(request, page + 1)}"
        more = {"Link": f'<{here}>; rel="next"'} if len(entries) > size * page else {}
        return Answer(200, entries[size * (page - 1) : size * page], {"X-Total-Count": str(len(entries)), **more})

    def _create(self, request: Request, project: str) -> Answer:
        kept, wanted = self.project(project), request.body
        head, base = kept.tip(wanted["head"]), kept.tip(wanted["base"])
        if head is None or base is None:
            return self.unknown()
        if is_ancestor(kept.path, head, base):
            return Answer(422, {"message": "Invalid PullRequest: There are no changes between the head and the base"})
        if one := kept.between(project, wanted["head"], wanted["base"]):
            message = f"pull request already exists for these targets [id: {one.number}, issue_id: {one.number}]"
            return Answer(409, {"message": message})
        if unknown := set(wanted.get("assignees") or ()) - set(self.people):
            return Answer(422, {"message": f"Assignee does not exist: [name: {', '.join(unknown)}]"})
        if self.takes_reviewers and (unknown := set(wanted.get("reviewers") or ()) - set(self.people)):
            return Answer(404, {"message": f"user does not exist [uid: 0, name: {', '.join(unknown)}]"})
        pull = Pull(kept.number(), wanted["head"], wanted["base"], wanted["title"], "", project, self.me, head)
        pull.body, pull.assignees = wanted.get("body", ""), list(wanted.get("assignees") or ())
        pull.labels = [self.labels[one - 1] for one in wanted.get("labels") or ()]
        if self.takes_reviewers:
            teams = [f"team:{team}" for team in wanted.get("team_reviewers") or ()]
            pull.reviewers = [*(wanted.get("reviewers") or ()), *teams]
        return Answer(201, self._json(kept, kept.add(pull)))

    def _get(self, request: Request, project: str, number: str) -> Answer:
        return Answer(200, self._json(self.project(project), self.pull(project, number)))

    def _between(self, request: Request, project: str, base: str, head: str) -> Answer:
        """The first of the table's rows, open or not: models/issues/pull.go, GetPullRequestByBaseHeadInfo."""
        kept = self.project(project)
        if not self.by_branches:
            return self.unknown()
        owner, _, branch = unquote(head).rpartition(":")
        sources = (project,) if not owner else tuple(one for one in self.projects if one.split("/")[0] == owner)
        wanted = (branch, unquote(base))
        found = [one for one in kept.pulls if one.source in sources and (one.head, one.base) == wanted]
        return Answer(200, self._json(kept, found[0])) if found else self.unknown()

    def _patch(self, request: Request, project: str, number: str) -> Answer:
        kept, pull, wanted = self.project(project), self.pull(project, number), request.body
        names = wanted.get("assignees")
        if names is not None:
            if not set(names) <= set(self.people):
                return Answer(422, {"message": f"Assignee does not exist: [name: {', '.join(names)}]"})
            pull.assignees = list(names)
        if "labels" in wanted and "/pulls/" in request.path:
            pull.labels = [self.labels[one - 1] for one in wanted["labels"]]
        if wanted.get("state") == "open" and pull.state == "merged":
            return Answer(412, {"message": "cannot change state of this pull request, it was already merged"})
        if wanted.get("state") == "closed" and pull.is_open:
            pull.end("closed", self.me, kept.tip(pull.base) or "")
        if wanted.get("state") == "open" and not pull.is_open:
            if kept.tip(pull.head) is None:
                return Answer(404, {"message": f"branch does not exist [name: {pull.head}]"})
            pull.reopen()
        pull.title, pull.body = wanted.get("title", pull.title), wanted.get("body", pull.body)
        return Answer(201, self._json(kept, pull))

    def _merge(self, request: Request, project: str, number: str) -> Answer:
        kept, pull, asked = self.project(project), self.pull(project, number), request.body or {}
        way = asked.get("Do", asked.get("do"))  # Go reads the names of fields in any case
        if not pull.is_open:
            return self.unknown()
        if way not in _MERGES:
            return Answer(422, {"message": "[Do]: Required"})
        if asked.get("head_commit_id") not in (None, "", pull.sha):
            return Answer(409, {"message": f"head out of date [{asked['head_commit_id']} != {pull.sha}]"})
        if kept.blocked(pull):
            if asked.get("merge_when_checks_succeed"):
                if pull.auto:
                    return Answer(409, {"message": "pull request is already scheduled to auto merge"})
                pull.auto = way
                return Answer(201, b"")
            return Answer(405, {"message": "Does not have enough approvals"})
        if pull.title.startswith("WIP:"):
            return Answer(405, {"message": "Work in progress PRs cannot be merged"})
        if kept.merge(pull, self.me, f"Merge pull request '{pull.title}' (#{number})") is None:
            return Answer(405, {"message": "Please try again later"})
        return Answer(200, b"")

    def _cancel(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        if not pull.auto:
            return self.unknown()
        pull.auto = ""
        return Answer(204, b"")

    def _review(self, request: Request, project: str, number: str) -> Answer:
        pull, names = self.pull(project, number), request.body.get("reviewers", [])
        if not set(names) <= set(self.people):
            return Answer(404, {"message": f"UserNotExist: {names}"})
        pull.reviewers += names + [f"team:{team}" for team in request.body.get("team_reviewers", [])]
        return Answer(201, [])

    def _comments(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        return Answer(200, [self._told(project, pull, at, note) for at, note in enumerate(pull.notes, 1)])

    def _one_comment(self, request: Request, project: str, number: str) -> Answer:
        pull, at = self.noted(project, int(number))
        return Answer(200, self._told(project, pull, at, pull.notes[at - 1]))

    def _comment(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        note = pull.say(self.me, request.body["body"])
        return Answer(201, self._told(project, pull, len(pull.notes), note))

    def _told(self, project: str, pull: Pull, number: int, note: Note) -> dict[str, Any]:
        page, ident = self._page_of(project, pull), 100 * pull.number + number
        where = {"html_url": f"{page}#issuecomment-{ident}", "pull_request_url": page, "issue_url": ""}
        said = {"id": ident, "body": note.text, "user": self._person(note.author)}
        return {**said, **where, "created_at": note.at, "updated_at": note.at}

    def _labels(self, request: Request, project: str) -> Answer:
        self.project(project)
        return self._page(request, [self._label_json(name) for name in self.labels])

    def _label(self, request: Request, project: str, number: str) -> Answer:
        pull, ids = self.pull(project, number), request.body["labels"]
        if not all(isinstance(one, int) for one in ids):
            return Answer(422, {"message": "[]: json: cannot unmarshal string into Go struct field of type int64"})
        pull.labels += [self.labels[one - 1] for one in ids if self.labels[one - 1] not in pull.labels]
        return Answer(200, [self._label_json(name) for name in pull.labels])

    def _label_json(self, name: str) -> dict[str, Any]:
        number = self.labels.index(name) + 1
        return {"id": number, "name": name, "color": "ededed", "description": "", "exclusive": False, "url": ""}

    def _person(self, name: str) -> dict[str, Any]:
        page = f"{self.address}/{name}"
        return {"id": self.people.get(name, 99), "login": name, "full_name": "", "html_url": page, "email": ""}

    def _json(self, project: Project, pull: Pull) -> dict[str, Any]:
        merged = pull.state == "merged"
        assignees = [self._person(name) for name in pull.assignees]
        people = [name for name in pull.reviewers if not name.startswith("team:")]
        teams = [name.removeprefix("team:") for name in pull.reviewers if name.startswith("team:")]
        return {
            "id": pull.number,
            "number": pull.number,
            "title": pull.title,
            "body": pull.body,
            "url": self._page_of(project.name, pull),
            "html_url": self._page_of(project.name, pull),
            "state": "open" if pull.is_open else "closed",
            "merged": merged,
            "draft": pull.title.startswith("WIP:"),
            "mergeable": pull.is_open and project.mergeable(pull),
            "comments": len(pull.notes),
            "user": self._person(pull.author),
            "labels": [self._label_json(name) for name in pull.labels],
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "requested_reviewers": [self._person(name) for name in people],
            "requested_reviewers_teams": [{"name": name} for name in teams],
            "merged_by": self._person(pull.merged_by) if pull.merged_by else None,
            "merged_at": pull.closed_at if merged else None,
            "merge_commit_sha": pull.merge_commit or None,
            "created_at": pull.opened_at,
            "updated_at": pull.updated_at,
            "closed_at": pull.closed_at or None,
            "head": self._head(pull),
            "base": self._side(project.name, pull.base, pull.base_sha or project.tip(pull.base)),
        }

    def _head(self, pull: Pull) -> dict[str, Any]:
        """Where the branch is gone, `ref` names the pull request's own (services/convert/pull.go)."""
        source = self.projects.get(pull.source)
        there = source is not None and pull.head in branches(source.path)
        side = self._side(pull.source, pull.head, pull.sha)
        return side if there else {**side, "ref": f"refs/pull/{pull.number}/head"}

    def _side(self, project: str, branch: str, sha: str | None) -> dict[str, Any]:
        repo = self._side_repository(project) if project in self.projects else None
        return {"label": branch, "ref": branch, "sha": sha, "repo_id": repo["id"] if repo else 0, "repo": repo}

    def _side_repository(self, project: str) -> dict[str, Any]:
        owner, _, name = project.partition("/")
        page = f"{self.address}/{project}"
        return {
            "id": sorted(self.projects).index(project) + 1,
            "name": name,
            "full_name": project,
            "owner": self._person(owner),
            "html_url": page,
            "clone_url": f"{page}.git",
            "default_branch": "main",
            "default_merge_style": "merge",
        }

    def _page_of(self, project: str, pull: Pull) -> str:
        return f"{self.address}/{project}/pulls/{pull.number}"
