"""GitHub's REST API, as GitHub Enterprise Server serves it: docs.github.com/rest/pulls, /issues and /git/refs."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from tests.support.forge_git import NOTHING, commit_of, git, is_ancestor, move
from tests.support.forge_github_app import StageApp
from tests.support.forge_github_graphql import answer_graphql
from tests.support.forge_github_json import Shapes
from tests.support.forge_pulls import Project, Pull, Rules
from tests.support.forge_server import Answer, FakeForge, Fault, Request, next_query

DOCUMENTATION = "https://docs.github.com/rest"
LONGEST_BODY = 65_536  # characters


class FakeGitHub(FakeForge):
    """A GitHub Enterprise Server, with its API under /api/v3 and /api/graphql.

    An open pull request without commits of its own is closed, and one whose commits all came into its base another
    way is merged (isaacs/github#361, dimikot/git-grok#30).
    """

    prefix = "/api/v3"
    rules = Rules(closes_empty=True, notices_merge=True)
    refusal = "error: GH006: Protected branch update failed for refs/heads/{branch}."
    allows_auto_merge = True
    app: StageApp | None = None
    merges_by: tuple[str, ...] = ("MERGE", "SQUASH", "REBASE")

    @property
    def api(self) -> str:
        return f"{self.address}{self.prefix}"

    @property
    def shapes(self) -> Shapes:
        """How answers look."""
        return Shapes(self.address, self.api, self.projects)

    def routes(self) -> list[tuple[str, str, Any]]:
        repo = rf"{self.prefix}/repos/(?P<project>[^/]+/[^/]+)"
        number = r"/(?P<number>[0-9]+)"
        ref = r"/(?P<ref>heads/.+)"
        return [
            ("GET", f"{self.prefix}/user", self._user),
            *self._app_routes(repo),
            ("GET", repo, self._repository),
            ("GET", f"{repo}/pulls", self._list),
            ("POST", f"{repo}/pulls", self._create),
            ("GET", f"{repo}/pulls{number}", self._get),
            ("PATCH", f"{repo}/pulls{number}", self._patch),
            ("PUT", f"{repo}/pulls{number}/merge", self._merge),
            ("POST", f"{repo}/pulls{number}/requested_reviewers", self._review),
            ("GET", f"{repo}/issues{number}", self._issue),
            ("PATCH", f"{repo}/issues{number}", self._patch_issue),
            ("POST", f"{repo}/issues{number}/labels", self._label),
            ("POST", f"{repo}/issues{number}/assignees", self._assign),
            ("GET", f"{repo}/issues{number}/comments", self._comments),
            ("GET", f"{repo}/issues/comments{number}", self._one_comment),
            ("POST", f"{repo}/issues{number}/comments", self._comment),
            ("GET", f"{repo}/collaborators/(?P<user>[^/]+)/permission", self._permission),
            ("POST", f"{repo}/git/refs", self._make_ref),
            ("GET", f"{repo}/git/ref{ref}", self._ref),
            ("PATCH", f"{repo}/git/refs{ref}", self._move_ref),
            ("DELETE", f"{repo}/git/refs{ref}", self._drop_ref),
            ("POST", "/api/graphql", lambda request: answer_graphql(self, request)),
        ]

    def headers(self, request: Request) -> Mapping[str, str]:
        used = len(self.exchanges) + 1
        limits = {"limit": 5000, "remaining": 5000 - used, "used": used, "reset": int(time.time()) + 3600}
        resource = "graphql" if request.path.endswith("graphql") else "core"
        return {"X-GitHub-Request-Id": f"FAKE:{used}", "X-RateLimit-Resource": resource} | {
            f"X-RateLimit-{name.title()}": str(value) for name, value in limits.items()
        }

    def _app_routes(self, repo: str) -> list[tuple[str, str, Any]]:
        if self.app is None:
            return []
        tokens = rf"{self.prefix}/app/installations/(?P<installation>[0-9]+)/access_tokens"
        return [("GET", f"{repo}/installation", self._installation), ("POST", tokens, self.app.issue)]

    def _installation(self, request: Request, project: str) -> Answer:
        assert self.app is not None
        self.project(project)
        return self.app.look_up(self.api, self.shapes.user(project.partition("/")[0]))

    def lets_in(self, authorization: str) -> bool:
        scheme, _, value = authorization.partition(" ")
        password = base64.b64decode(value).decode().partition(":")[2] if scheme == "Basic" else ""
        return super().lets_in(authorization) or bool(self.app and self.app.knows(password))

    def denied(self, request: Request) -> Answer | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if request.path.endswith("/installation") or "/app/" in request.path:
            if self.app and self.app.signed(request):
                return None
        elif kind.lower() in ("token", "bearer") and (token == self.token or (self.app and self.app.knows(token))):
            return None
        return Answer(401, {"message": "Bad credentials", "documentation_url": DOCUMENTATION, "status": "401"})

    def unknown(self) -> Answer:
        return Answer(404, {"message": "Not Found", "documentation_url": DOCUMENTATION, "status": "404"})

    def _user(self, request: Request) -> Answer:
        return Answer(200, self.shapes.user(self.me))

    def _permission(self, request: Request, project: str, user: str) -> Answer:
        self.project(project)
        if user not in self.people:
            return Answer(
                404, {"message": f"{user} is not a user", "documentation_url": DOCUMENTATION, "status": "404"}
            )
        role = self.roles.get(user, "read")
        old = {"maintain": "write", "triage": "read"}.get(role, role)
        return Answer(
            200, {"permission": old, "role_name": role, "user": {**self.shapes.user(user), "role_name": role}}
        )

    def _repository(self, request: Request, project: str) -> Answer:
        self.project(project)
        return Answer(200, self.shapes.repository(project))

    def _list(self, request: Request, project: str) -> Answer:
        asked, kept = request.query, self.project(project)
        state, base = asked.get("state", "open"), asked.get("base")
        owner, colon, branch = asked.get("head", "").partition(":")
        found = [
            one
            for one in kept.pulls
            if state in ("all", "open" if one.is_open else "closed")
            and base in (None, one.base)
            # a head without "owner:" is no filter at all (docs.github.com/rest/pulls, "List pull requests")
            and (not colon or (one.head == branch and one.source.split("/")[0].lower() == owner.lower()))
        ]
        if asked.get("sort") == "updated":
            found.sort(key=lambda one: one.updated_at)
        if asked.get("direction", "asc" if "sort" in asked and asked["sort"] != "created" else "desc") == "desc":
            found.reverse()
        size, page = min(int(asked.get("per_page", self.page_size)), 100), int(asked.get("page", "1"))
        more = {"Link": f'<{self.api}/repos/{project}/pulls?{next_query(request, page + 1)}>; rel="next"'}
        rest = found[size * (page - 1) :]
        answered = [self.shapes.pull(kept, one) for one in rest[:size]]
        return Answer(200, answered, more if len(rest) > size else {})

    def _create(self, request: Request, project: str) -> Answer:
        kept, wanted = self.project(project), request.body
        head, base = kept.tip(wanted["head"]), kept.tip(wanted["base"])
        if head is None or base is None:
            field_ = "base" if base is None else "head"
            return self._invalid({"resource": "PullRequest", "field": field_, "code": "invalid"})
        if is_ancestor(kept.path, head, base):
            message = f"No commits between {wanted['base']} and {wanted['head']}"
            return self._invalid({"resource": "PullRequest", "code": "custom", "message": message})
        if kept.between(project, wanted["head"], wanted["base"]):
            message = f"A pull request already exists for {project.split('/')[0]}:{wanted['head']}."
            return self._invalid({"resource": "PullRequest", "code": "custom", "message": message})
        if len(wanted.get("body") or "") > LONGEST_BODY:
            return self._too_long()
        pull = Pull(kept.number(), wanted["head"], wanted["base"], wanted["title"], "", project, self.me, head)
        pull.body, pull.draft = wanted.get("body") or "", bool(wanted.get("draft"))
        return Answer(201, self.shapes.whole(kept, kept.add(pull)))

    def _get(self, request: Request, project: str, number: str) -> Answer:
        return Answer(200, self.shapes.whole(self.project(project), self.pull(project, number)))

    def _issue(self, request: Request, project: str, number: str) -> Answer:
        return Answer(200, self.shapes.issue(self.project(project), self.pull(project, number)))

    def _patch(self, request: Request, project: str, number: str) -> Answer:
        kept, pull = self.project(project), self.pull(project, number)
        return self._change(kept, pull, request.body) or Answer(200, self.shapes.whole(kept, pull))

    def _patch_issue(self, request: Request, project: str, number: str) -> Answer:
        kept, pull = self.project(project), self.pull(project, number)
        refused = self._change(kept, pull, request.body)
        if refused:
            return refused
        pull.labels = [one if isinstance(one, str) else one["name"] for one in request.body.get("labels", pull.labels)]
        # people whom GitHub does not know are passed over
        pull.assignees = [name for name in request.body.get("assignees", pull.assignees) if name in self.people]
        return Answer(200, self.shapes.issue(kept, pull))

    def _change(self, kept: Project, pull: Pull, wanted: Mapping[str, Any]) -> Answer | None:
        if len(wanted.get("body") or "") > LONGEST_BODY:
            return self._too_long()
        state = wanted.get("state", "open" if pull.is_open else "closed")
        if state == "open" and not pull.is_open:
            if pull.state == "merged" or kept.tip(pull.head) != pull.sha:
                message = f"state cannot be changed. The {pull.head} branch was force-pushed, merged or deleted."
                return self._invalid({"resource": "Issue", "code": "custom", "field": "state", "message": message})
            pull.reopen()
        if state == "closed" and pull.is_open:
            pull.end("closed", self.me, kept.tip(pull.base) or "")
        pull.title, pull.body = wanted.get("title", pull.title), wanted.get("body", pull.body) or ""
        return None

    def _merge(self, request: Request, project: str, number: str) -> Answer:
        kept, pull = self.project(project), self.pull(project, number)
        if not pull.is_open or pull.draft or not kept.mergeable(pull):
            return self._error(405, "Pull Request is not mergeable")
        if kept.blocked(pull):
            reason = "At least 1 approving review is required by reviewers with write access."
            return self._error(405, reason)
        if (request.body or {}).get("sha", pull.sha) != pull.sha:
            return self._error(409, "Head branch was modified. Review and try the merge again.")
        commit = kept.merge(pull, self.me, f"Merge pull request #{number} from {project.split('/')[0]}/{pull.head}")
        return Answer(200, {"sha": commit, "merged": True, "message": "Pull Request successfully merged"})

    def _review(self, request: Request, project: str, number: str) -> Answer:
        pull, people = self.pull(project, number), request.body.get("reviewers", [])
        if not set(people) <= set(self.people):
            return self._error(
                422, "Reviews may only be requested from collaborators. One or more of the users is not one."
            )
        pull.reviewers += people + [f"team:{team}" for team in request.body.get("team_reviewers", [])]
        return Answer(201, self.shapes.pull(self.project(project), pull))

    def _label(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        wanted = request.body["labels"] if isinstance(request.body, dict) else request.body
        pull.labels += [name for name in wanted if name not in pull.labels]
        return Answer(200, [self.shapes.label(project, name) for name in pull.labels])

    def _assign(self, request: Request, project: str, number: str) -> Answer:
        pull = self.pull(project, number)
        # people whom GitHub does not know are passed over
        pull.assignees += [name for name in request.body["assignees"] if name in self.people]
        return Answer(201, self.shapes.issue(self.project(project), pull))

    def _comments(self, request: Request, project: str, number: str) -> Answer:
        kept, pull = self.project(project), self.pull(project, number)
        return Answer(200, [self.shapes.comment(kept, pull, at, note) for at, note in enumerate(pull.notes, 1)])

    def _one_comment(self, request: Request, project: str, number: str) -> Answer:
        pull, at = self.noted(project, int(number))
        return Answer(200, self.shapes.comment(self.project(project), pull, at, pull.notes[at - 1]))

    def _comment(self, request: Request, project: str, number: str) -> Answer:
        kept, pull = self.project(project), self.pull(project, number)
        note = pull.say(self.me, request.body["body"])
        return Answer(201, self.shapes.comment(kept, pull, len(pull.notes), note))

    def _ref(self, request: Request, project: str, ref: str) -> Answer:
        branch = unquote(ref).removeprefix("heads/")
        commit = self.project(project).tip(branch)
        return Answer(200, self.shapes.reference(project, branch, commit)) if commit else self.unknown()

    def _make_ref(self, request: Request, project: str) -> Answer:
        kept, name, commit = self.project(project), request.body["ref"], request.body["sha"]
        branch = name.removeprefix("refs/heads/")
        if commit_of(kept.path, commit) is None:
            return self._error(422, "Object does not exist")
        if not move(kept.path, branch, commit, NOTHING):
            return self._error(422, "Reference already exists")
        return Answer(201, self.shapes.reference(project, branch, commit))

    def _move_ref(self, request: Request, project: str, ref: str) -> Answer:
        kept, branch, commit = self.project(project), unquote(ref).removeprefix("heads/"), request.body["sha"]
        old = kept.tip(branch)
        if old is None:
            return self._error(422, "Reference does not exist")
        if commit_of(kept.path, commit) is None:
            return self._error(422, "Object does not exist")
        if branch in kept.protected:
            return self._error(422, f"Protected branch update failed for refs/heads/{branch}")
        if not request.body.get("force") and not is_ancestor(kept.path, old, commit):
            return self._error(422, "Update is not a fast forward")
        move(kept.path, branch, commit, old)
        return Answer(200, self.shapes.reference(project, branch, commit))

    def _drop_ref(self, request: Request, project: str, ref: str) -> Answer:
        kept, branch = self.project(project), unquote(ref).removeprefix("heads/")
        if kept.tip(branch) is None:
            return self._error(422, "Reference does not exist")
        git(kept.path, "update-ref", "-d", f"refs/heads/{branch}")
        return Answer(204, b"")

    def _too_long(self) -> Answer:
        message = f"body is too long (maximum is {LONGEST_BODY} characters)"
        return self._invalid({"resource": "Issue", "code": "custom", "field": "body", "message": message})

    def _invalid(self, error: Mapping[str, str]) -> Answer:
        said = {"message": "Validation Failed", "errors": [error], "documentation_url": DOCUMENTATION}
        return Answer(422, said)

    def _error(self, status: int, message: str) -> Answer:
        return Answer(status, {"message": message, "documentation_url": DOCUMENTATION})


def too_fast(pattern: str = "", retry_after: str = "0", times: int = 1) -> Fault:
    """GitHub's secondary limit (docs.github.com/rest, "Rate limits for the REST API"): 403 and when to come back."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    said = {"message": message, "documentation_url": f"{DOCUMENTATION}/overview/rate-limits-for-the-rest-api"}
    return Fault(pattern, Answer(403, said, {"Retry-After": retry_after}), times)


def used_up(reset: int, pattern: str = "", times: int = 1) -> Fault:
    """GitHub's primary limit: 403, nothing remaining, and the second of the epoch at which there is again."""
    said = {"message": "API rate limit exceeded for user ID 13.", "documentation_url": DOCUMENTATION}
    left = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000"}
    return Fault(pattern, Answer(403, said, {**left, "X-RateLimit-Reset": str(reset)}), times)
