"""GitLab's REST API, version 4: docs.gitlab.com/api/merge_requests, with notes, users and projects."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from tests.support.forge_git import branches, git, mode_of
from tests.support.forge_gitlab_git import GitRoutes
from tests.support.forge_pulls import Note, Project, Pull, Rules
from tests.support.forge_server import Answer, FakeForge, Request, next_query

LONGEST_BODY = 1_048_576  # characters
_STATES = {"opened": "open", "closed": "closed", "merged": "merged"}
_DRAFTS = ("Draft:", "[Draft]", "(Draft)")


class FakeGitLab(FakeForge):
    """A GitLab server's API, version 4.

    A merge request whose source branch is gone is closed, one whose commits came into its target another way is
    merged, one without commits stays open, and a push to the source branch ends auto-merge: GitLab's
    MergeRequests::RefreshService, which does so a moment after the push.
    """

    prefix = "/api/v4"
    page_size = 20
    rules = Rules(notices_merge=True, forgets_auto=True)
    refusal = "GitLab: You are not allowed to push code to protected branches on this project."

    def routes(self) -> list[tuple[str, str, Any]]:
        project = rf"{self.prefix}/projects/(?P<project>[^/]+)"
        requests = f"{project}/merge_requests"
        one = rf"{requests}/(?P<number>[0-9]+)"
        return [
            ("GET", f"{self.prefix}/user", lambda _: Answer(200, self.person(self.me))),
            ("GET", f"{self.prefix}/users", self._users),
            ("GET", project, self._project),
            ("GET", requests, self._list),
            ("POST", requests, self._create),
            ("GET", one, self._get),
            ("PUT", one, self._put),
            ("PUT", f"{one}/merge", self._merge),
            ("DELETE", one, self._delete),
            ("POST", f"{one}/cancel_merge_when_pipeline_succeeds", self._cancel),
            ("GET", f"{one}/notes", self._notes),
            ("GET", rf"{one}/notes/(?P<note>[0-9]+)", self._one_note),
            ("POST", f"{one}/notes", self._note),
            ("GET", f"{project}/members/all", self._members),
            *GitRoutes(self).routes(project),
        ]

    def denied(self, request: Request) -> Answer | None:
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = bearer if kind == "Bearer" else request.headers.get("private-token")
        return None if token == self.token else Answer(401, {"message": "401 Unauthorized"})

    def unknown(self) -> Answer:
        return Answer(404, {"message": "404 Project Not Found"})

    def project(self, name: str) -> Project:
        known = sorted(self.projects)
        return super().project(known[int(name) - 1] if name.isdigit() and int(name) <= len(known) else unquote(name))

    def pages(self, request: Request, entries: list[Any]) -> Answer:
        """One page of a list, with GitLab's headers."""
        size, page = int(request.query.get("per_page", self.page_size)), int(request.query.get("page", "1"))
        rest = entries[size * (page - 1) :]
        here = f"{self.address}{request.path}?{next_query(request, page + 1)}"
        more = {"Link": f'<{here}>; rel="next"', "X-Next-Page": str(page + 1)} if len(rest) > size else {}
        paging = {"X-Page": str(page), "X-Per-Page": str(size), "X-Total": str(len(entries)), **more}
        return Answer(200, rest[:size], paging)

    def person(self, name: str) -> dict[str, Any]:
        """A user as others see them."""
        number, page = self.people.get(name, 99), f"{self.address}/{name}"
        seen = {"id": number, "username": name, "name": name.title(), "state": "active", "locked": False}
        return {**seen, "avatar_url": None, "web_url": page}

    def _project(self, request: Request, project: str) -> Answer:
        return Answer(200, self.project_json(self.project(project)))

    def _users(self, request: Request) -> Answer:
        name = request.query.get("username", "").lower()
        return self.pages(request, [self.person(name)] if name in self.people else [])

    def _members(self, request: Request, project: str) -> Answer:
        """Who has a role, those whose name holds what is searched for; a guest who is none is not in it."""
        self.project(project)
        levels = {"read": 20, "triage": 20, "write": 30, "maintain": 40, "admin": 50}
        named = [name for name in self.roles if request.query.get("query", "").lower() in name]
        return self.pages(request, [{**self.person(name), "access_level": levels[self.roles[name]]} for name in named])

    def _list(self, request: Request, project: str) -> Answer:
        asked, kept = request.query, self.project(project)
        found = [
            one
            for one in kept.pulls
            if asked.get("state", "all") == "all" or one.state == _STATES.get(asked["state"])
            if asked.get("source_branch", one.head) == one.head and asked.get("target_branch", one.base) == one.base
        ]
        if asked.get("order_by") == "updated_at":
            found.sort(key=lambda one: one.updated_at)
        if asked.get("sort", "desc") == "desc":
            found.reverse()
        return self.pages(request, [self._json(kept, one) for one in found])

    def _create(self, request: Request, project: str) -> Answer:
        kept, wanted = self.project(project), request.body
        if refused := _too_long(wanted):
            return refused
        for side in ("source", "target"):
            if kept.tip(wanted[f"{side}_branch"]) is None:
                return Answer(400, {"message": {f"{side}_branch": ["does not exist"]}})
        if one := kept.between(kept.name, wanted["source_branch"], wanted["target_branch"]):
            message = f"Another open merge request already exists for this source branch: !{one.number}"
            return Answer(409, {"message": [message]})
        pull = Pull(kept.number(), wanted["source_branch"], wanted["target_branch"], "", "", kept.name, self.me)
        pull.sha, pull.leaves_branch = kept.tip(pull.head) or "", not wanted.get("remove_source_branch")
        self._change(kept.add(pull), wanted)
        return Answer(201, self._json(kept, pull))

    def _get(self, request: Request, project: str, number: str) -> Answer:
        return Answer(200, self._json(self.project(project), self.pull(project, number)))

    def _put(self, request: Request, project: str, number: str) -> Answer:
        kept, pull = self.project(project), self.pull(project, number)
        event = request.body.get("state_event")
        if refused := _too_long(request.body):
            return refused
        if event == "close" and pull.is_open:
            pull.end("closed", self.me, kept.tip(pull.base) or "")
        if event == "reopen" and pull.state == "closed":
            if kept.between(pull.source, pull.head, pull.base):
                message = "Another open merge request already exists for this source branch"
                return Answer(409, {"message": [message]})
            pull.reopen()
        self._change(pull, request.body)
        return Answer(200, self._json(kept, pull))

    def _change(self, pull: Pull, wanted: dict[str, Any]) -> None:
        names = {number: person for person, number in self.people.items()}
        pull.title = wanted.get("title", pull.title)
        pull.body = wanted.get("description", pull.body) or ""
        pull.labels = _words(wanted.get("labels", pull.labels))
        added, removed = _words(wanted.get("add_labels", [])), _words(wanted.get("remove_labels", []))
        pull.labels = [one for one in pull.labels if one not in removed]
        pull.labels += [one for one in added if one not in pull.labels]
        if "reviewer_ids" in wanted:
            pull.reviewers = [names[one] for one in wanted["reviewer_ids"] if one in names]
        if "assignee_ids" in wanted:
            pull.assignees = [names[one] for one in wanted["assignee_ids"] if one in names]

    def _merge(self, request: Request, project: str, number: str) -> Answer:
        kept, pull, asked = self.project(project), self.pull(project, number), request.body or {}
        if not pull.is_open or pull.title.startswith(_DRAFTS):
            return Answer(405, {"message": "405 Method Not Allowed"})
        if asked.get("sha", pull.sha) != pull.sha:
            return Answer(409, {"message": "SHA does not match HEAD of source branch"})
        waits = asked.get("auto_merge", asked.get("merge_when_pipeline_succeeds"))
        if waits and (kept.blocked(pull) or _runs(kept, pull)):
            pull.auto = "merge"
        elif kept.blocked(pull):
            return Answer(405, {"message": "405 Method Not Allowed"})
        elif kept.merge(pull, self.me, asked.get("merge_commit_message", f"Merge branch '{pull.head}'")) is None:
            return Answer(422, {"message": "Branch cannot be merged"})
        elif asked.get("should_remove_source_branch", not pull.leaves_branch):
            git(kept.path, "update-ref", "-d", f"refs/heads/{pull.head}")
        return Answer(200, self._json(kept, pull))

    def _delete(self, request: Request, project: str, number: str) -> Answer:
        self.project(project).pulls.remove(self.pull(project, number))
        return Answer(204, b"")

    def _cancel(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        if not pull.auto:
            return Answer(406, {"message": "406 Not Acceptable"})
        pull.auto = ""
        return Answer(201, {"status": "success"})

    def _notes(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        notes = [self._told(pull, at, note) for at, note in enumerate(pull.notes, 1)]
        return self.pages(request, notes if request.query.get("sort") == "asc" else notes[::-1])

    def _one_note(self, request: Request, project: str, number: str, note: str) -> Answer:
        pull, at = self.noted(project, int(note))
        return Answer(200, self._told(pull, at, pull.notes[at - 1])) if pull.number == int(number) else self.unknown()

    def _note(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        return Answer(201, self._told(pull, len(pull.notes) + 1, pull.say(self.me, request.body["body"])))

    def _told(self, pull: Pull, number: int, note: Note) -> dict[str, Any]:
        said = {"id": 100 * pull.number + number, "type": None, "body": note.text, "system": False}
        of = {"noteable_id": 1000 + pull.number, "noteable_type": "MergeRequest", "noteable_iid": pull.number}
        return {**said, **of, "author": self.person(note.author), "created_at": note.at, "updated_at": note.at}

    def project_json(self, project: Project) -> dict[str, Any]:
        """A project as anybody sees it."""
        page, path = f"{self.address}/{project.name}", project.name.rpartition("/")[2]
        return {
            "id": self._number(project.name),
            "name": path,
            "path": path,
            "path_with_namespace": project.name,
            "default_branch": "main" if "main" in branches(project.path) else None,
            "web_url": page,
            "http_url_to_repo": f"{page}.git",
            "visibility": "private",
            "merge_method": "merge",
        }

    def _number(self, project: str) -> int | None:
        known = sorted(self.projects)
        return known.index(project) + 1 if project in known else None

    def _json(self, project: Project, pull: Pull) -> dict[str, Any]:
        merged, closed = pull.state == "merged", pull.state == "closed"
        fits = project.mergeable(pull)
        status = ("not_approved" if project.blocked(pull) else "mergeable") if fits else "conflict"
        who = {"author": pull.author, "merge_user": pull.merged_by, "merged_by": pull.merged_by}
        who["closed_by"] = pull.closed_by if closed else ""
        assignees = [self.person(name) for name in pull.assignees]
        draft = pull.title.startswith(_DRAFTS)
        return {
            "id": 1000 + pull.number,
            "iid": pull.number,
            "project_id": self._number(project.name),
            "title": pull.title,
            "description": pull.body or None,
            "labels": pull.labels,
            "state": "opened" if pull.is_open else pull.state,
            "draft": draft,
            "work_in_progress": draft,
            "source_branch": pull.head,
            "target_branch": pull.base,
            "sha": pull.sha,
            "source_project_id": self._number(pull.source),
            "target_project_id": self._number(project.name),
            **{name: self.person(login) if login else None for name, login in who.items()},
            "assignee": assignees[0] if assignees else None,
            "assignees": assignees,
            "reviewers": [self.person(name) for name in pull.reviewers],
            "created_at": pull.opened_at,
            "updated_at": pull.updated_at,
            "merged_at": pull.closed_at if merged else None,
            "closed_at": pull.closed_at if closed else None,
            "merge_commit_sha": pull.merge_commit or None,
            "merge_when_pipeline_succeeds": bool(pull.auto),
            "detailed_merge_status": "draft_status" if draft else status,
            "has_conflicts": not fits,
            "merge_status": "can_be_merged" if fits else "cannot_be_merged",
            "user_notes_count": len(pull.notes),
            "references": {"short": f"!{pull.number}", "full": f"{project.name}!{pull.number}"},
            "web_url": f"{self.address}/{project.name}/-/merge_requests/{pull.number}",
        }


def _too_long(wanted: dict[str, Any]) -> Answer | None:
    if len(wanted.get("description") or "") <= LONGEST_BODY:
        return None
    return Answer(400, {"message": {"description": [f"is too long (maximum is {LONGEST_BODY} characters)"]}})


def _runs(project: Project, pull: Pull) -> bool:
    """Whether it has a pipeline that nobody has let end."""
    return not pull.approved and mode_of(project.path, pull.sha, ".gitlab-ci.yml") is not None


def _words(value: list[str] | str) -> list[str]:
    """Labels are a list, or a text with commas."""
    given = value.split(",") if isinstance(value, str) else value
    return [one.strip() for one in given if one.strip()]
