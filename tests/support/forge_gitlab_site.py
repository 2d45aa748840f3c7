"""A GitLab on which projects and files are made through the API, as whoever tests a client of GitLab does it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from tests.support.forge_git import NOTHING, commit_files, content_of, git, mode_of, move
from tests.support.forge_gitlab import FakeGitLab
from tests.support.forge_gitlab_git import GitRoutes
from tests.support.forge_pulls import Project
from tests.support.forge_server import Answer, Request


class FakeGitLabSite(FakeGitLab):
    """GitLab with one user, root, and no projects yet; those that are made stand in `folder`."""

    def __init__(self, folder: Path, token: str) -> None:
        super().__init__({}, token)
        self.me, self.people = "root", {"root": 1}
        self._folder = folder
        self._descriptions: dict[str, str] = {}

    def routes(self) -> list[tuple[str, str, Any]]:
        project = rf"{self.prefix}/projects/(?P<project>[^/]+)"
        file = rf"{project}/repository/files/(?P<path>[^/]+)"
        commits = f"{project}/repository/commits"
        return [
            ("GET", rf"{self.prefix}/(?:groups|topics|admin/ci/variables)", lambda _: Answer(200, [])),
            ("GET", rf"{self.prefix}/users", lambda request: self.pages(request, [self.person(self.me)])),
            ("GET", f"{self.prefix}/projects", self._all_projects),
            ("POST", f"{self.prefix}/projects", self._make_project),
            ("PUT", project, self._describe_project),
            ("DELETE", project, self._drop_project),
            ("GET", file, self._file),
            ("POST", file, self._write_file),
            ("GET", commits, self._commits),
            ("GET", rf"{commits}/(?P<commit>[0-9a-f]+)/diff", self._diff),
            ("GET", rf"{commits}/(?P<commit>[0-9a-f]+)/refs", self._refs),
            ("GET", rf"{commits}/[0-9a-f]+/merge_requests", lambda *_, **__: Answer(200, [])),
            *super().routes(),
        ]

    def _all_projects(self, request: Request) -> Answer:
        return self.pages(request, [self._described(project) for project in self.projects.values()])

    def _make_project(self, request: Request) -> Answer:
        name = f"{self.me}/{request.query['name']}"
        path = self._folder / f"{name}.git"
        path.parent.mkdir(parents=True, exist_ok=True)
        git(self._folder, "init", "--quiet", "--bare", "--initial-branch=main", str(path))
        self.projects[name] = Project(name, path, self.rules)
        return Answer(201, self._described(self.projects[name]))

    def _describe_project(self, request: Request, project: str) -> Answer:
        kept = self.project(project)
        self._descriptions[kept.name] = request.body["description"]
        return Answer(200, self._described(kept))

    def _drop_project(self, request: Request, project: str) -> Answer:
        del self.projects[self.project(project).name]
        return Answer(202, {"message": "202 Accepted"})

    def _described(self, project: Project) -> dict[str, Any]:
        return {**self.project_json(project), "description": self._descriptions.get(project.name)}

    def _file(self, request: Request, project: str, path: str) -> Answer:
        kept, ref = self.project(project), request.query.get("ref", "main")
        content = content_of(kept.path, ref, unquote(path))
        if content is None:
            return Answer(404, {"message": "404 File Not Found"})
        said = {"file_path": unquote(path), "ref": ref, "encoding": "base64", "size": len(content)}
        return Answer(200, {**said, "content": base64.b64encode(content).decode()})

    def _write_file(self, request: Request, project: str, path: str) -> Answer:
        """A first file in an empty repository makes its first commit, and the branch."""
        kept, name, asked = self.project(project), unquote(path), request.body
        parent = kept.tip(asked["branch"])
        if parent and mode_of(kept.path, parent, name):
            return Answer(400, {"message": "A file with this name already exists"})
        files = {name: ("100644", asked["content"].encode())}
        commit = commit_files(kept.path, parent, asked["commit_message"], files)
        move(kept.path, asked["branch"], commit, parent or NOTHING)
        return Answer(201, {"file_path": name, "branch": asked["branch"]})

    def _commits(self, request: Request, project: str) -> Answer:
        kept, asked = self.project(project), request.query
        which = "--branches" if asked.get("all", "").lower() == "true" else asked.get("ref_name", "main")
        listed = git(kept.path, "rev-list", which, "--").stdout.split()
        return self.pages(request, [GitRoutes(self).told(kept, commit) for commit in listed])

    def _diff(self, request: Request, project: str, commit: str) -> Answer:
        kept, changes = self.project(project), []
        for path in git(kept.path, "show", "--format=", "--name-only", commit).stdout.split():
            text = git(kept.path, "show", "--format=", commit, "--", path).stdout
            changes.append({"old_path": path, "new_path": path, "diff": text[text.index("@@") :]})
        return Answer(200, changes)

    def _refs(self, request: Request, project: str, commit: str) -> Answer:
        kept = self.project(project)
        names = git(kept.path, "branch", "--contains", commit, "--format=%(refname:lstrip=2)").stdout.split()
        return Answer(200, [{"type": "branch", "name": name} for name in names])
