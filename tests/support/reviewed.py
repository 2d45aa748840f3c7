"""The stage of stories about pull requests: a forge, the repository it serves, and a configuration that names both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.forge_pulls import Pull
from tests.support.forges import FakeForge, FakeGitea, FakeGitHub, FakeGitLab
from tests.support.story import DEPLOYMENT, Result, Story

TOKEN = "s3cret-token-0123456789"
PROJECT = "acme/deploy"
FORGES: Mapping[str, type[FakeForge]] = {"github": FakeGitHub, "gitlab": FakeGitLab, "gitea": FakeGitea}

DEFAULTS = "defaults: {policy: {compatible: minor}}\n"
TARGET = """\
targets:
  - name: deploy
    repository: {repository}
    branch: main
    forge: {{kind: {kind}, url: "{api}", token_env: FORGE_TOKEN}}
"""


class Reviewed(Story):
    """A story whose repository is served over http and has a forge. FORGE_TOKEN holds the token."""

    def __init__(
        self,
        folder: Path,
        registry: EmbeddedRegistry,
        capsys: pytest.CaptureFixture[str],
        kind: str,
    ) -> None:
        super().__init__(folder, registry, capsys)
        self.kind = kind
        self.forge = FORGES[kind]({PROJECT: self.remote.path}, TOKEN)

    def configured(self, text: str = DEFAULTS, *, delivery: str = "labels: [images]", targets: str = TARGET) -> None:
        """Write tagwright.yaml: `text`, what `delivery` says beside its mode, and the forge's repository as target."""
        where = {"repository": self.forge.url(PROJECT), "kind": self.kind, "api": self.forge.api}
        said = ", ".join(filter(None, ("mode: pull-request", delivery)))
        whole = f"version: 1\n{text}delivery: {{{said}}}\n{targets.format(**where)}"
        (self.folder / "tagwright.yaml").write_text(whole, "utf-8")

    def deploys(self, *images: str) -> None:
        """A commit with a deployment of each image, each in a file named after its repository."""
        self.remote.commit({_path(image): DEPLOYMENT.format(image=image) for image in images}, "Deploy")

    def proposes(self, repository: str = "acme/api") -> str:
        """The thinnest beginning: 1.2.0 stands, 1.2.1 is out, and is proposed. The image's name."""
        image = self.offers(repository, "1.2.0", "1.2.1")
        self.deploys(f"{image}:1.2.0")
        self.configured()
        assert self.runs("tagwright run").code == 0
        return image

    @property
    def pulls(self) -> list[Pull]:
        """Every pull request there ever was, in the order they were opened."""
        return self.forge.pulls(PROJECT)

    def all_pulls(self) -> list[tuple[str, str]]:
        """State and title of each."""
        return [(pull.state, pull.title) for pull in self.pulls]

    def asked(self, line: str) -> tuple[Result, list[str]]:
        """A command, and the method of each request that the forge got by it."""
        before = len(self.forge.exchanges)
        ran = self.runs(line)
        return ran, [one.method for one in self.forge.exchanges[before:]]


def outcomes(ran: Result) -> dict[str, str]:
    """What became of each group, by the last part of its key."""
    return {
        one["key"].rpartition("/")[2]: one["outcome"] for target in ran.json["targets"] for one in target["published"]
    }


@contextmanager
def stage(
    kind: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Reviewed]:
    """A forge that runs, and nothing in its repository yet."""
    monkeypatch.setenv("FORGE_TOKEN", TOKEN)
    with EmbeddedRegistry() as registry:
        story = Reviewed(folder, registry, capsys, kind)
        with story.forge:
            story.configured()
            yield story


def _path(image: str) -> str:
    return f"{image.rpartition('/')[2].partition(':')[0]}.yaml"
