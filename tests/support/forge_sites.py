"""A project on a forge that Git and the API alone can reach: on the stage, or on a real server.

A real one is used where TAGWRIGHT_TEST_GITHUB_URL, _TOKEN and _PROJECT (or GITLAB, GITEA) are in the environment: the
address as `forge.url` takes it, a token that may write, and an existing "owner/name" with a branch main, in which
branches under tagwright-test/ come and go. _GIT is the repository's address where the API's host has it elsewhere.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from tagwright.forges import Forges
from tagwright.forges.base import Draft, Forge
from tagwright.model import ForgeSettings, Secret
from tests.support.forges import FakeForge, FakeGitea, FakeGitHub, FakeGitLab, git
from tests.support.git_server import Remote

T = TypeVar("T")
FAKES: dict[str, type[FakeForge]] = {"github": FakeGitHub, "gitlab": FakeGitLab, "gitea": FakeGitea}
_NAMES = ("URL", "TOKEN", "PROJECT", "GIT")
PROJECT, TOKEN = "acme/deploy", "s3cret-token-0123456789"
# Read when the tests are collected: every test itself runs without our variables.
REAL = {kind: {name: os.environ.get(f"TAGWRIGHT_TEST_{kind.upper()}_{name}", "") for name in _NAMES} for kind in FAKES}


@dataclass(frozen=True)
class Site:
    """One project: `api` as `forge.url` takes it, `work` a clone; `mark` tells a test's branches from all others."""

    kind: str
    api: str
    project: str
    token: str = field(repr=False)
    work: Path
    mark: str = field(default_factory=lambda: f"tagwright-test/{uuid.uuid4().hex[:12]}")

    @property
    def base(self) -> str:
        """A branch that this test alone merges into."""
        return f"{self.mark}/base"

    def forge(self) -> Forge:
        """Our own member for it, as another run would have it."""
        settings = ForgeSettings(kind=self.kind, url=self.api, token=Secret(env="T"))
        return Forges({"T": self.token}).open(settings, f"https://git.example.com/{self.project}.git")

    def branch(self, name: str, text: str) -> str:
        """A branch one commit ahead of the base; its whole name."""
        branch = f"{self.mark}/{name}"
        git(self.work, "checkout", "--quiet", "-B", branch, f"origin/{self.base}")
        (self.work / "image.yaml").write_text(text)
        git(self.work, "add", "image.yaml")
        git(self.work, "commit", "--quiet", "-m", f"Update {name}")
        git(self.work, "push", "--quiet", "--force", "origin", branch)
        return branch

    def draft(self, name: str, **said: Any) -> Draft:
        """A pull request for a new branch."""
        head = self.branch(name, f"image: {name}:2\n")
        return Draft(**{"head": head, "base": self.base, "title": f"Update {name}", "body": "Why\n", **said})

    def drop(self, branch: str) -> None:
        """Delete a branch."""
        git(self.work, "push", "--quiet", "origin", f":refs/heads/{branch}")

    def shown(self, path: str = "image.yaml") -> str:
        """A file on the base as the server has it."""
        git(self.work, "fetch", "--quiet", "origin")
        return git(self.work, "show", f"origin/{self.base}:{path}").stdout

    def close(self, number: int) -> None:
        """A person's "no"."""
        self._ask("PUT" if self.kind == "gitlab" else "PATCH", self._one(number), self._closing())

    def merge(self, number: int) -> None:
        """A person's "yes"."""
        gitea = self.kind == "gitea"
        self._ask("POST" if gitea else "PUT", f"{self._one(number)}/merge", {"Do": "merge"} if gitea else None)

    def comments(self, number: int) -> list[str]:
        """What was said in a pull request."""
        notes = f"{self._one(number)}/notes" if self.kind == "gitlab" else f"{self._issue(number)}/comments"
        return [one["body"] for one in self._ask("GET", notes).json() if not one.get("system")]

    def _closing(self) -> dict[str, str]:
        return {"state_event": "close"} if self.kind == "gitlab" else {"state": "closed"}

    def _one(self, number: int) -> str:
        kinds = {"github": "pulls", "gitlab": "merge_requests", "gitea": "pulls"}
        return f"{self._root()}/{kinds[self.kind]}/{number}"

    def _issue(self, number: int) -> str:
        return f"{self._root()}/issues/{number}"

    def _root(self) -> str:
        if self.kind == "gitlab":
            return f"{self.api}/api/v4/projects/{self.project.replace('/', '%2F')}"
        return f"{self.api}{'/api/v1' if self.kind == 'gitea' else ''}/repos/{self.project}"

    def _ask(self, method: str, url: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"{'token' if self.kind == 'gitea' else 'Bearer'} {self.token}"}
        answer = soon(lambda: requests.request(method, url, json=body, headers=headers, timeout=30), lambda one: one.ok)
        answer.raise_for_status()
        return answer


def soon(look: Callable[[], T], fits: Callable[[T], bool], seconds: float = 15.0) -> T:
    """What `look` sees as soon as it fits, or at last: real servers take their time with what was pushed."""
    end = time.monotonic() + seconds
    while not fits(seen := look()) and time.monotonic() < end:
        time.sleep(0.3)
    return seen


@contextmanager
def staged(kind: str, folder: Path) -> Iterator[Site]:
    """A project on a fake."""
    remote = Remote(folder / "deploy.git")
    remote.commit({"README.md": "deploy\n"})
    with FAKES[kind]({PROJECT: remote.path}, TOKEN) as fake, _cloned(fake.url(PROJECT), TOKEN, folder) as work:
        yield _based(Site(kind, fake.api, PROJECT, TOKEN, work))


@contextmanager
def real(kind: str, folder: Path) -> Iterator[Site]:
    """The project that the environment names; what a test left under its mark is deleted at the end."""
    said = REAL[kind]
    address = urlsplit(said["URL"])
    host = address.netloc.removeprefix("api.")
    remote = said["GIT"] or f"{address.scheme}://{host}/{said['PROJECT']}.git"
    with _cloned(remote, said["TOKEN"], folder) as work:
        site = _based(Site(kind, said["URL"].rstrip("/"), said["PROJECT"], said["TOKEN"], work))
        try:
            yield site
        finally:
            left = git(work, "ls-remote", "origin", f"refs/heads/{site.mark}/*").stdout.split()[1::2]
            git(work, "push", "--quiet", "origin", *(f":{ref}" for ref in left))


@contextmanager
def _cloned(remote: str, token: str, folder: Path) -> Iterator[Path]:
    git(folder, "clone", "--quiet", remote.replace("://", f"://tagwright:{token}@"), "work")
    yield folder / "work"


def _based(site: Site) -> Site:
    git(site.work, "push", "--quiet", "origin", f"origin/main:refs/heads/{site.base}")
    git(site.work, "fetch", "--quiet", "origin")
    return site
