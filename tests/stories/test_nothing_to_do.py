"""A pass that finds nothing to do asks Git once and each registry once, whatever the size of the repository."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from tagwright import scan
from tagwright.git.mirror import Mirror
from tagwright.model import Binding, Scanned
from tests.support.story import DEPLOYMENT, Story


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that gets a line for each git that Tagwright starts."""
    noted, folder = tmp_path / "started", tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\necho "$1" >> {noted}\nexec {shutil.which("git")} "$@"\n')
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return noted


@contextmanager
def reading_noted() -> Iterator[list[str]]:
    """The paths that are parsed and the blobs that are asked for meanwhile."""
    noted: list[str] = []
    parse, read = scan.scan_file, Mirror.read

    def noting_parse(path: str, data: bytes, bindings: tuple[Binding, ...] = ()) -> Scanned:
        noted.append(path)
        return parse(path, data, bindings)

    def noting_read(self: Mirror, oids: list[str], limit: int = sys.maxsize) -> Iterator[tuple[str, bytes]]:
        wanted = list(oids)
        noted.extend(wanted)
        return read(self, wanted, limit)

    with (
        patch.object(scan, "scan_file", noting_parse),
        patch.object(Mirror, "read", noting_read),
    ):
        yield noted


def test_a_warm_pass_starts_git_once_and_reads_nothing(story: Story, started: Path) -> None:
    """With a cache folder and nothing moved: one ls-remote, no blob, no parse; one request an image."""
    image = story.offers("acme/api", "1.0.0")
    story.configured()
    story.remote.commit({f"{n}.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0") for n in range(20)})
    command = f"tagwright run --cache {story.folder}/cache"
    with reading_noted() as noted:
        assert story.runs(command).code == 0
    assert {"0.yaml", "19.yaml"} <= set(noted)
    asked = len(story.registry.requests)
    started.write_text("")

    with reading_noted() as noted:
        assert story.runs(command).code == 0

    assert started.read_text().split() == ["ls-remote"]
    assert noted == []
    assert len(story.registry.requests) - asked == 1


def test_a_pass_after_a_push_reads_what_changed_alone(story: Story, started: Path) -> None:
    """A person's commit of one file among twenty is one blob and one parse."""
    image = story.offers("acme/api", "1.0.0")
    story.configured()
    story.remote.commit({f"{n}.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0") for n in range(20)})
    command = f"tagwright run --cache {story.folder}/cache"
    assert story.runs(command).code == 0
    story.remote.commit({"7.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0") + "# mine\n"})

    with reading_noted() as noted:
        assert story.runs(command).code == 0

    assert len(noted) == 2
    assert "7.yaml" in noted


def test_the_first_pass_over_another_branch_reads_what_differs_alone(story: Story) -> None:
    """Of twenty files nineteen are the same blobs under the same paths; their references are known all the same."""
    image = story.offers("acme/api", "1.0.0", "1.0.1")
    story.configured()
    seed = story.remote.commit({f"{n}.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0") for n in range(20)})
    assert story.runs(f"tagwright plan --cache {story.folder}/cache").code == 0
    story.remote.commit({"7.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0") + "# mine\n"}, branch="stable", onto=seed)
    settings = story.folder / "tagwright.yaml"
    settings.write_text(settings.read_text("utf-8").replace("branch: main", "branch: stable"), "utf-8")

    with reading_noted() as noted:
        done = story.runs(f"tagwright plan --json --cache {story.folder}/cache")

    assert [one for one in noted if one.endswith(".yaml")] == ["7.yaml"]
    assert done.out.count(f"{image}:1.0.1") >= 20


def test_what_is_remembered_serves_a_run_without_the_mirror(story: Story) -> None:
    """A cache folder that lost its mirror, or whose mirror another run is using, still leads to the commit."""
    image = story.offers("acme/api", "1.0.0")
    story.configured()
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    command = f"tagwright run --cache {story.folder}/cache"
    assert story.runs(command).code == 0
    shutil.rmtree(story.folder / "cache" / "git")
    story.offers("acme/api", "1.0.1")

    assert story.runs(command).code == 0

    assert f"{image}:1.0.1" in story.remote.show("api.yaml")
