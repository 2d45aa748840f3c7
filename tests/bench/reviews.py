"""B9: 55 pull requests opened in one run, and the second run with nothing new, on each forge of the tests.

Every request to the forge is counted. The peer is a plain sequence that knows everything beforehand: for each pull
request one commit, one `git push` and one POST. Renovate needed 3.2 requests each and 63 seconds for 55 where that was
measured. Forge and Git are one host on this machine, so that seconds are those of the program, of git and of the fake.
Run with `python -m tests.bench.reviews [COUNT]`.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import requests

from tagwright.cli import main as tagwright
from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.forges import FakeForge, FakeGitea, FakeGitHub, FakeGitLab
from tests.support.git_server import Remote, git

TOKEN = "forge-token-0123456789"
PROJECT = "acme/deploy"
KINDS: dict[str, type[FakeForge]] = {"github": FakeGitHub, "gitlab": FakeGitLab, "gitea": FakeGitea}
# what a pull request is given beside its text, and how many requests each may take
SETTINGS = {"plain": ("", 2), "labels": ("labels: [images], ", 3), "both": ("labels: [images], reviewers: [ann], ", 4)}
PER_RUN, PER_OPEN, PER_SECOND_RUN = 3, 1, 2

CONFIGURATION = """\
version: 1
defaults: {{policy: {{compatible: minor}}}}
delivery: {{mode: pull-request, {given}max_open: {count}}}
targets:
  - name: deploy
    repository: {repository}
    branch: main
    forge: {{kind: {kind}, url: "{api}", token_env: FORGE_TOKEN}}
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """A pass: seconds, and the requests to the forge by method."""

    seconds: float
    requests: Counter[str]

    @property
    def asked(self) -> int:
        """All requests."""
        return sum(self.requests.values())

    @property
    def writes(self) -> int:
        """Those that changed something."""
        return self.asked - self.requests["GET"]


@contextmanager
def stage(kind: str, count: int, registry: EmbeddedRegistry, given: str) -> Iterator[tuple[FakeForge, Remote, Path]]:
    """A repository of `count` files with an image each, on a forge; and the configuration that has it updated."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        remote = Remote(folder / "deploy.git")
        remote.commit({f"apps/{one}.yaml": f"image: {registry.host}/acme/app-{one}:1.0.0\n" for one in range(count)})
        with KINDS[kind]({PROJECT: remote.path}, TOKEN) as forge:
            text = CONFIGURATION.format(
                kind=kind, api=forge.api, repository=forge.url(PROJECT), given=given, count=count
            )
            (folder / "tagwright.yaml").write_text(text)
            yield forge, remote, folder


def passed(forge: FakeForge, folder: Path) -> Passed:
    """One `tagwright run`, with a cache as a service has it."""

    def run() -> None:
        said = io.StringIO()
        arguments = ["run", "--config", str(folder / "tagwright.yaml"), "--cache", str(folder / "cache")]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = tagwright(arguments)
        assert code == 0, said.getvalue()

    with patch.dict(os.environ, {"FORGE_TOKEN": TOKEN}):
        return counted(forge, run)


def plain(forge: FakeForge, remote: Remote, folder: Path, count: int) -> Passed:
    """The peer: commits, pushes and POSTs, one after another, with nothing looked up."""
    site = forge.url(PROJECT).replace("://", f"://bot:{TOKEN}@")
    git("clone", "--quiet", site, "work", cwd=folder)
    work, session = folder / "work", requests.Session()
    session.headers["Authorization"] = f"{'token' if isinstance(forge, FakeGitea) else 'Bearer'} {TOKEN}"

    def run() -> None:
        for one in range(count):
            git("checkout", "--quiet", "-b", f"plain/{one}", "origin/main", cwd=work)
            file = work / f"apps/{one}.yaml"
            file.write_text(file.read_text().replace("1.0.0", "1.0.1"))
            git("commit", "--quiet", "--all", "--message=Update", cwd=work)
            git("push", "--quiet", "origin", f"plain/{one}", cwd=work)
            session.post(*_opening(forge, one), timeout=30).raise_for_status()

    return counted(forge, run)


def _opening(forge: FakeForge, one: int) -> tuple[str, None, dict[str, str]]:
    """The address of a POST that opens a pull request, and its JSON."""
    if isinstance(forge, FakeGitLab):
        wanted = {"source_branch": f"plain/{one}", "target_branch": "main", "title": "Update", "description": "why"}
        return f"{forge.address}/api/v4/projects/{PROJECT.replace('/', '%2F')}/merge_requests", None, wanted
    wanted = {"head": f"plain/{one}", "base": "main", "title": "Update", "body": "why"}
    return f"{forge.address}{forge.prefix}/repos/{PROJECT}/pulls", None, wanted


def counted(forge: FakeForge, work: Callable[[], object]) -> Passed:
    """Seconds and requests of something."""
    before, begun = len(forge.exchanges), time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    return Passed(seconds, Counter(one.method for one in forge.exchanges[before:]))


def measure(kind: str, setting: str, count: int, registry: EmbeddedRegistry) -> bool:
    """Print the lines of one forge; whether the requests are inside the limits."""
    given, each = SETTINGS[setting]
    with stage(kind, count, registry, given) as (forge, remote, folder):
        first, second = passed(forge, folder), passed(forge, folder)
        opened = [pull for pull in forge.pulls(PROJECT) if pull.is_open]
        assert len(opened) == count, len(opened)
        peer = None if given else plain(forge, remote, folder, count)
    at_most, again = each * count + PER_RUN, PER_OPEN * count + PER_SECOND_RUN
    what = f"B9 {kind:<7}{setting:<7}"
    print(
        f"{what}{count} opened {first.seconds:5.1f} s, {first.asked} requests, {first.asked / count:.2f} each "
        f"(at most {at_most}); nothing new {second.seconds:.2f} s, {second.asked} requests (at most {again}), "
        f"{second.writes} writes"
    )
    if peer:
        ratio = first.seconds / peer.seconds
        print(f"{what}plain git and POST, knowing all: {peer.seconds:.1f} s, {peer.asked} requests; ours {ratio:.2f}x")
    return first.asked <= at_most and second.asked <= again and second.writes == 0


def main(count: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    with EmbeddedRegistry() as registry:
        for one in range(count):
            for tag in ("1.0.0", "1.0.1"):
                registry.add(f"acme/app-{one}", tag)
        fine = [measure(kind, setting, count, registry) for setting in SETTINGS for kind in KINDS]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 55))
