"""Many workers, each with its part of the repositories: together they do what one does, and may overlap."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry
from tests.support.git_server import Remote, git
from tests.support.reviewed import FORGES, TOKEN, Reviewed
from tests.support.story import DEPLOYMENT, Story

REPOSITORIES = 7


def _estate(story: Story, folder: Path) -> None:
    """Seven repositories, one with a second target in another branch, one that is away, and their configuration."""
    targets = [f"{{name: away, repository: {folder}/nowhere.git}}"]
    for number in range(REPOSITORIES):
        remote = Remote(folder / f"deploy-{number}.git")
        image = story.offers(f"acme/app-{number}", "1.0.0", f"1.{number}.0")
        remote.commit({"app.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0"), "other.txt": f"{number}\n"})
        targets.append(f"{{name: deploy-{number}, repository: {remote.path}, branch: main}}")
    git("branch", "stage", "main", cwd=folder / "deploy-3.git")
    targets.append(f"{{name: stage-3, repository: 'file://{folder}/deploy-3.git/', branch: stage}}")
    (folder / "tagwright.yaml").write_text(
        "version: 1\ndefaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"
        f"targets: [{', '.join(targets)}]\n"
    )


def _left(folder: Path) -> dict[str, str]:
    """What is in the repositories: the commits of each branch with their trees and messages."""
    return {
        f"{path.name} {branch}": git("log", "--format=%T %B", branch, cwd=path)
        for path in sorted(folder.glob("*.git"))
        for branch in git("for-each-ref", "--format=%(refname)", cwd=path).splitlines()
    }


def _told(report: Any) -> dict[str, Any]:
    """What a report says of each target, but for the ids of commits, which hold the time."""
    return {
        target["target"]: {
            "decisions": target["decisions"],
            "problems": [problem["code"] for problem in target["problems"]],
            "outcomes": [(one["key"], one["outcome"]) for one in target["published"]],
        }
        for target in report["targets"]
    }


def test_all_shards_together_do_what_one_worker_does(story: Story) -> None:
    """The same reports, target by target, and the same commits; each target in one of them; an empty shard is fine."""
    first = story.folder / "first"
    first.mkdir()
    _estate(story, first)
    place = story.folder / "estate"  # each time at the same place: it is the address that decides
    wholes = {}
    for count in (1, 2, 3, 16):
        shutil.copytree(first, place)
        (place / "tagwright.yaml").write_text((first / "tagwright.yaml").read_text().replace(str(first), str(place)))
        told: dict[str, Any] = {}
        sizes = []
        for index in range(count):
            ran = story.runs(f"tagwright run --json --config {place}/tagwright.yaml --shard {index}/{count}")
            part = _told(ran.json)
            assert ran.code == (1 if "away" in part else 0), ran
            assert not told.keys() & part.keys(), "each target in one shard"
            assert ("deploy-3" in part) == ("stage-3" in part), "one repository, one writer"
            sizes.append(len(part))
            told |= part
        wholes[count] = told, _left(place)
        assert 0 in sizes or count < 16
        shutil.rmtree(place)
    assert wholes[1][0].keys() == {"away", "stage-3", *(f"deploy-{number}" for number in range(REPOSITORIES))}
    assert wholes[2] == wholes[3] == wholes[16] == wholes[1]


def test_a_worker_learns_its_part_from_its_surroundings(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Indexed Job of Kubernetes and a parallel job of GitLab do as 2/3 does; where nothing is said it is exit 2."""
    _estate(story, story.folder)

    def planned(shard: str) -> set[str]:
        ran = story.runs(f"tagwright plan --json --shard {shard}")
        return {target["target"] for target in ran.json["targets"]}

    want = planned("2/3")
    assert want < {target["target"] for target in story.runs("tagwright plan --json").json["targets"]}
    silent = story.runs("tagwright run --shard auto/3")
    assert (silent.code, "JOB_COMPLETION_INDEX" in silent.err) == (2, True)
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "2")
    assert planned("auto/3") == want
    monkeypatch.delenv("JOB_COMPLETION_INDEX")
    monkeypatch.setenv("CI_NODE_INDEX", "3")
    monkeypatch.setenv("CI_NODE_TOTAL", "3")
    assert planned("auto") == want
    monkeypatch.setenv("TAGWRIGHT_SHARD", "auto")
    assert {target["target"] for target in story.runs("tagwright plan --json").json["targets"]} == want


# ── overlapping ──────────────────────────────────────────────────────────────


class Meeting(EmbeddedRegistry):
    """Answers nobody the list of tags before `party` have asked: all of them have looked at the same commit by then."""

    def __init__(self, party: int) -> None:
        super().__init__()
        self._arrivals = threading.Barrier(party)

    def answer(self, asked: Asked) -> Answer:
        if asked.path.endswith("/tags/list"):
            self._arrivals.wait(60)
        return super().answer(asked)


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    """For two workers."""
    with Meeting(2) as registry:
        yield registry


def test_two_workers_with_the_same_shard_make_one_commit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], meeting: Meeting
) -> None:
    """A pod that was taken for dead and its replacement: nothing is lost, doubled or empty; both end well."""
    story = Story(tmp_path, meeting, capsys)
    image = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.2.0")})
    story.configured()
    arguments = ("run", "--json", "--config", str(tmp_path / "tagwright.yaml"), "--shard", "0/1")

    both = [story.starts(*arguments, "--cache", str(tmp_path / name)) for name in ("one", "two")]
    ended = [one.ends() for one in both]

    assert [one.code for one in ended] == [0, 0], ended
    published = [one for ran in ended for one in ran.json["targets"][0]["published"]]
    assert {one["commit"] for one in published if one["outcome"] == "pushed"} == {story.remote.tip()}, (
        "both may have made the very same commit, in the same second; never another one"
    )
    assert len(story.remote.log()) == 2
    assert story.remote.show("api.yaml") + "\n" == DEPLOYMENT.format(image=f"{image}:1.2.1")


@pytest.mark.parametrize("kind", list(FORGES))
def test_two_workers_with_the_same_shard_open_one_pull_request(
    kind: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    meeting: Meeting,
) -> None:
    """At every forge: one branch, one commit on it, one pull request; who comes second finds it there."""
    monkeypatch.setenv("FORGE_TOKEN", TOKEN)
    story = Reviewed(tmp_path, meeting, capsys, kind)
    with story.forge:
        story.configured()
        image = story.offers("acme/api", "1.2.0", "1.2.1")
        story.deploys(f"{image}:1.2.0")
        arguments = ("run", "--json", "--config", str(tmp_path / "tagwright.yaml"), "--shard", "0/1")

        both = [story.starts(*arguments, "--cache", str(tmp_path / name)) for name in ("one", "two")]
        ended = [one.ends() for one in both]

        assert [one.code for one in ended] == [0, 0], json.dumps([one.json for one in ended], indent=1)
        assert len(story.pulls) == 1
        (branch,) = set(story.remote.branches()) - {"main"}
        assert len(story.remote.log(branch)) == 2
        assert git("diff", "--name-only", "main", branch, cwd=story.remote.path) == "api.yaml"
