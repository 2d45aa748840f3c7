"""What GitLab's API does to Git: docs.gitlab.com/api/branches and "Create a commit with multiple files and actions"."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.support.forge_git import NOTHING, branches, commit_files, commit_of, content_of, git, mode_of, move, told
from tests.support.forge_pulls import Project
from tests.support.forge_server import Answer, Refused, Request

if TYPE_CHECKING:
    from tests.support.forge_gitlab import FakeGitLab


class GitRoutes:
    """Branches and commits of a GitLab's projects."""

    def __init__(self, forge: FakeGitLab) -> None:
        self._forge = forge

    def routes(self, project: str) -> list[tuple[str, str, Any]]:
        """Under `project`, the pattern of a project's address."""
        heads, commits = f"{project}/repository/branches", f"{project}/repository/commits"
        return [
            ("GET", heads, self._branches),
            ("POST", heads, self._make_branch),
            ("GET", f"{heads}/(?P<branch>[^/]+)", self._branch),
            ("DELETE", f"{heads}/(?P<branch>[^/]+)", self._drop_branch),
            ("POST", commits, self._commit),
            ("GET", f"{commits}/(?P<commit>[^/]+)", self._one),
        ]

    def _branches(self, request: Request, project: str) -> Answer:
        kept = self._forge.project(project)
        names = git(kept.path, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").stdout.splitlines()
        return self._forge.pages(request, [self._told_branch(kept, name) for name in names])

    def _branch(self, request: Request, project: str, branch: str) -> Answer:
        kept = self._forge.project(project)
        return Answer(200, self._told_branch(kept, self._known(kept, branch)))

    def _make_branch(self, request: Request, project: str) -> Answer:
        kept = self._forge.project(project)
        asked = {**request.query, **(request.body or {})}
        commit = commit_of(kept.path, asked["ref"])
        if commit is None:
            return Answer(400, {"message": f"Failed to create branch '{asked['branch']}': invalid reference name"})
        if not move(kept.path, asked["branch"], commit, NOTHING):
            return Answer(400, {"message": "Branch already exists"})
        return Answer(201, self._told_branch(self._forge.project(project), asked["branch"]))

    def _drop_branch(self, request: Request, project: str, branch: str) -> Answer:
        kept = self._forge.project(project)
        name = self._known(kept, branch)
        if name in kept.protected:
            return Answer(403, {"message": "403 Forbidden"})
        git(kept.path, "update-ref", "-d", f"refs/heads/{name}")
        return Answer(204, b"")

    def _known(self, kept: Project, branch: str) -> str:
        name = unquote(branch)
        if kept.tip(name) is None:
            raise Refused(Answer(404, {"message": "404 Branch Not Found"}))
        return name

    def _one(self, request: Request, project: str, commit: str) -> Answer:
        kept = self._forge.project(project)
        found = commit_of(kept.path, unquote(commit))
        return Answer(200, self.told(kept, found)) if found else Answer(404, {"message": "404 Commit Not Found"})

    def _commit(self, request: Request, project: str) -> Answer:
        """A new branch needs a start; one that is there moves on from its tip, or with `force` from the start."""
        kept, asked = self._forge.project(project), request.body
        branch, start = asked["branch"], asked.get("start_sha") or asked.get("start_branch")
        old = kept.tip(branch)
        if branch in kept.protected:
            return _refused("You are not allowed to push into this branch")
        if old and start and start != branch and not asked.get("force"):
            words = "already exists. Switch to that branch in order to make changes"
            return _refused(f"A branch called '{branch}' {words}")
        parent = commit_of(kept.path, start) if start else old
        if parent is None and (start or branches(kept.path)):  # an empty repository gets its first
            return _refused("You can only create or edit files when you are on a branch")
        files = _files(kept, parent, asked["actions"])
        commit = commit_files(kept.path, parent, asked["commit_message"], files, **self._identity(asked))
        if not move(kept.path, branch, commit, old or NOTHING):
            return _refused("Could not update refs. Please refresh and try again")
        return Answer(201, self.told(kept, commit))

    def _identity(self, asked: Mapping[str, Any]) -> dict[str, str]:
        me, email = self._forge.me.title(), f"{self._forge.me}@users.noreply.example.test"
        author = {"GIT_AUTHOR_NAME": asked.get("author_name", me), "GIT_AUTHOR_EMAIL": asked.get("author_email", email)}
        return {**author, "GIT_COMMITTER_NAME": me, "GIT_COMMITTER_EMAIL": email}

    def _told_branch(self, kept: Project, name: str) -> dict[str, Any]:
        commit = commit_of(kept.path, f"refs/heads/{name}") or ""
        flags = {"merged": False, "protected": name in kept.protected, "default": name == "main"}
        can = {"developers_can_push": False, "developers_can_merge": False, "can_push": name not in kept.protected}
        page = f"{self._forge.address}/{kept.name}/-/tree/{name}"
        return {"name": name, "commit": self.told(kept, commit), **flags, **can, "web_url": page}

    def told(self, kept: Project, commit: str) -> dict[str, Any]:
        """A commit as the API has it."""
        seen = told(kept.path, commit)
        title, _, _ = seen["message"].partition("\n")
        return {
            "id": commit,
            "short_id": commit[:8],
            "title": title,
            "message": seen["message"],
            "parent_ids": seen["parents"].split(),
            "created_at": seen["committed"],
            "author_name": seen["author"],
            "author_email": seen["email"],
            "authored_date": seen["authored"],
            "committer_name": seen["committer"],
            "committer_email": seen["committer_email"],
            "committed_date": seen["committed"],
            "trailers": {},
            "extended_trailers": {},
            "web_url": f"{self._forge.address}/{kept.name}/-/commit/{commit}",
        }


def _refused(message: str) -> Answer:
    return Answer(400, {"message": message})


def _files(kept: Project, parent: str | None, actions: list[Mapping[str, Any]]) -> dict[str, tuple[str, bytes] | None]:
    """What the actions make of each path; refuses one that does not fit what is there."""
    files: dict[str, tuple[str, bytes] | None] = {}
    for action in actions:
        kind, path = action["action"], action["file_path"]
        source = action.get("previous_path", path) if kind == "move" else path
        mode = mode_of(kept.path, parent, source) if parent else None
        there = content_of(kept.path, parent, source) if parent else None
        if kind == "create" and mode:
            raise Refused(_refused("A file with this name already exists"))
        if kind != "create" and mode is None:
            raise Refused(_refused("A file with this name doesn't exist"))
        if parent and kind in ("update", "delete") and action.get("last_commit_id"):
            _unchanged(kept, parent, path, action["last_commit_id"])
        content = _content(action) if "content" in action else there or b""
        if kind in ("delete", "move"):
            files[source] = None
        if kind != "delete":
            wanted = action.get("execute_filemode")
            files[path] = ((mode or "100644") if wanted is None else "100755" if wanted else "100644", content)
    return files


def _unchanged(kept: Project, parent: str, path: str, last: str) -> None:
    known = git(kept.path, "log", "-1", "--format=%H", parent, "--", path).stdout.strip()
    if known != last:
        raise Refused(_refused(f"The file has changed since you started editing it: {path}"))


def _content(action: Mapping[str, Any]) -> bytes:
    text = str(action["content"])
    return base64.b64decode(text) if action.get("encoding") == "base64" else text.encode()
