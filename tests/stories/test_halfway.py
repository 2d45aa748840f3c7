"""What may become of a repository between look and push: each has its promised end, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagwright.git.mirror import Mirror
from tests.support.git_http import GitHttp
from tests.support.git_server import git
from tests.support.story import Story

SET = "tagwright set ghcr.io/acme/api:1.1.0 --json"
FILES = {"api.yaml": "image: ghcr.io/acme/api:1.0.0\n", "notes.yaml": "a: b\n"}

Meanwhile = Callable[[Callable[[], object]], list[str]]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Something happens right before the first push leaves; what is returned grows by each push."""
    push = Mirror.push

    def arranged(what: Callable[[], object]) -> list[str]:
        pushed: list[str] = []

        def disturbed(mirror: Mirror, commit: str, *rest: Any, **named: Any) -> None:
            pushed.append(commit)
            if len(pushed) == 1:
                what()
            push(mirror, commit, *rest, **named)

        monkeypatch.setattr(Mirror, "push", disturbed)
        return pushed

    return arranged


@pytest.fixture
def deploy(story: Story) -> Story:
    """A repository with one thing to update."""
    story.remote.commit(FILES)
    return story


def codes(ran: Any) -> list[str]:
    """The codes of the problems."""
    return [one["code"] for one in ran.json["targets"][0]["problems"]]


def test_a_branch_that_was_deleted_is_not_made_again(deploy: Story, meanwhile: Meanwhile) -> None:
    """Exit 1, and the branch stays away."""
    meanwhile(lambda: git("update-ref", "-d", "refs/heads/main", cwd=deploy.remote.path))
    ran = deploy.runs(f"{SET} --repo {deploy.remote.path} --branch main")
    assert (ran.code, codes(ran)) == (1, ["branch-unknown"])
    assert deploy.remote.branches() == []


def test_a_branch_that_was_forced_back_is_worked_on_as_it_is_now(deploy: Story, meanwhile: Meanwhile) -> None:
    """The commit a person took away does not come back below ours."""
    first = deploy.remote.tip()
    deploy.remote.commit({"notes.yaml": "a: mistake\n"}, "Mistake")
    meanwhile(lambda: deploy.remote.reset("main", first or ""))
    assert deploy.runs(f"{SET} --repo {deploy.remote.path}").code == 0
    assert deploy.remote.log() == ["Update ghcr.io/acme/api to 1.1.0", "Seed"]


def test_a_default_branch_that_was_renamed_is_followed(deploy: Story, meanwhile: Meanwhile) -> None:
    """Who named no branch means the default one, whatever it is called; who named it is told that it is gone."""

    def rename() -> None:
        git("branch", "--move", "main", "trunk", cwd=deploy.remote.path)
        git("symbolic-ref", "HEAD", "refs/heads/trunk", cwd=deploy.remote.path)

    meanwhile(rename)
    assert deploy.runs(f"{SET} --repo {deploy.remote.path}").code == 0
    assert deploy.remote.branches() == ["trunk"]
    assert deploy.remote.show("api.yaml", "trunk") == "image: ghcr.io/acme/api:1.1.0"
    assert codes(deploy.runs(f"{SET} --repo {deploy.remote.path} --branch main")) == ["branch-unknown"]


def test_a_file_that_was_moved_is_updated_where_it_is(deploy: Story, meanwhile: Meanwhile) -> None:
    """And is not brought back where it was."""
    moved = {"apps/api.yaml": FILES["api.yaml"] + "replicas: 3\n"}
    meanwhile(lambda: deploy.remote.commit(moved, "Move", alone=True))
    assert deploy.runs(f"{SET} --repo {deploy.remote.path}").code == 0
    assert deploy.remote.show("apps/api.yaml") == "image: ghcr.io/acme/api:1.1.0\nreplicas: 3"
    assert deploy.remote.touched() == ["apps/api.yaml"]


def test_a_reference_that_vanished_is_said_to_be_missing(deploy: Story, meanwhile: Meanwhile) -> None:
    """Exit 4 as if it had never been there; nothing is pushed over the person's commit."""
    meanwhile(lambda: deploy.remote.commit({"notes.yaml": "a: b\n"}, "Away with it", alone=True))
    ran = deploy.runs(f"{SET} --repo {deploy.remote.path}")
    assert (ran.code, ran.json["unmatched"]) == (4, ["ghcr.io/acme/api:1.1.0"])
    assert deploy.remote.log()[0] == "Away with it"


@pytest.mark.parametrize("patience", ["0s", "1h"])
def test_patience_is_as_long_as_it_was_given(deploy: Story, meanwhile: Meanwhile, patience: str) -> None:
    """Without any, a lost race is a problem at once: one push, exit 1, and what to do. With some, it lands."""
    pushed = meanwhile(lambda: deploy.remote.commit({"notes.yaml": "c: d\n"}, "Faster"))
    ran = deploy.runs(f"{SET} --repo {deploy.remote.path} --retry-for {patience}")
    if patience == "0s":
        assert (ran.code, codes(ran), len(pushed)) == (1, ["branch-moved"], 1)
        assert deploy.remote.log()[0] == "Faster"
    else:
        assert (ran.code, len(pushed)) == (0, 2)


def test_a_repository_that_cannot_be_reached_any_more(tmp_path: Path, deploy: Story, meanwhile: Meanwhile) -> None:
    """Exit 1 and nothing there; when it is back, the same command does it."""
    with GitHttp(deploy.remote.path.parent) as site:

        def away() -> None:
            site.answer = lambda handler: handler.reply(503)

        pushed = meanwhile(away)
        line = f"{SET} --repo {site.url('deploy.git')} --cache {tmp_path}/cache"
        ran = deploy.runs(line)
        assert (ran.code, codes(ran), len(pushed)) == (1, ["git-unreachable"], 1)
        assert deploy.remote.log() == ["Seed"]
        site.answer = lambda _: False
        assert deploy.runs(line).code == 0
    assert deploy.remote.log() == ["Update ghcr.io/acme/api to 1.1.0", "Seed"]


@pytest.mark.parametrize("lost", [1, 2])
def test_a_push_of_which_nobody_heard(deploy: Story, lost: int) -> None:
    """It landed: success, and one commit, whatever the client sent again by itself."""
    with GitHttp(deploy.remote.path.parent) as site:
        site.lose_answers = lost
        ran = deploy.runs(f"{SET} --repo {site.url('deploy.git')}")
        assert (ran.code, site.lose_answers) == (0, 0)
    assert ran.json["targets"][0]["published"][0]["commit"] == deploy.remote.tip()
    assert deploy.remote.log() == ["Update ghcr.io/acme/api to 1.1.0", "Seed"]


def test_a_race_that_is_lost_before_the_branch_refuses_is_proposed(deploy: Story, meanwhile: Meanwhile) -> None:
    """Being slower is no refusal, and a refusal after it is no race: without `--auto` it is told as what it is."""

    def protect() -> None:
        deploy.remote.commit({"notes.yaml": "c: d\n"}, "Faster")
        deploy.remote.hook("update", "echo 'GH006: Protected branch update failed' >&2; exit 1\n")

    pushed = meanwhile(protect)
    ran = deploy.runs(f"{SET} --repo {deploy.remote.path}")
    assert (ran.code, codes(ran), len(pushed)) == (1, ["branch-protected"], 2)
    assert deploy.remote.log()[0] == "Faster"
