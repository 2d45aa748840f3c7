"""Updates for review where there is no API: a push asks GitLab or Gitea for it, or leaves a branch for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import agit
from tests.support.forge_git import git
from tests.support.story import DEPLOYMENT, Story


def _story(story: Story, kind: str, delivery: str = "labels: [images], assignees: [ann]") -> str:
    """A repository an image of which is a patch behind, and a configuration; the image's name."""
    image = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.2.0")})
    (story.folder / "tagwright.yaml").write_text(
        "version: 1\ndefaults: {policy: {compatible: minor}}\n"
        f"delivery: {{mode: pull-request, {delivery}}}\n"
        f"targets: [{{name: deploy, repository: {story.remote.path}, branch: main, forge: {{kind: {kind}}}}}]\n"
    )
    return image


def _options(story: Story) -> Path:
    """Record the options of every push."""
    git(story.remote.path, "config", "receive.advertisePushOptions", "true")
    record = story.folder / "options.txt"
    hook = story.remote.path / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    each = 'eval "echo \\"\\$GIT_PUSH_OPTION_$i\\""; i=$((i+1))'
    loop = f'i=0; while [ $i -lt "${{GIT_PUSH_OPTION_COUNT:-0}}" ]; do {each}; done'
    hook.write_text(f"#!/bin/sh\n({loop}; echo .) >> {record}\n")
    hook.chmod(0o755)
    return record


def _outcomes(story: Story) -> list[str]:
    ran = story.runs("tagwright run --json")
    return [one["outcome"] for one in ran.json["targets"][0]["published"]]


def test_gitlab_opens_a_merge_request_for_what_is_pushed(story: Story) -> None:
    """With target, title, labels and people; a second run pushes nothing, a newer version asks again."""
    image, record = _story(story, "push-options"), _options(story)
    assert _outcomes(story) == ["opened"]
    asked = record.read_text().splitlines()
    assert asked == [
        "merge_request.create",
        "merge_request.target=main",
        f"merge_request.title=Update {image} to 1.2.1",
        "merge_request.label=images",
        "merge_request.assign=ann",
        ".",
    ]
    assert _outcomes(story) == ["unchanged"]
    assert record.read_text().splitlines() == asked
    story.offers("acme/api", "1.2.0", "1.2.1", "1.2.2")
    assert _outcomes(story) == ["updated"]
    assert f"merge_request.title=Update {image} to 1.2.2" in record.read_text()


def test_what_no_push_can_ask_for_is_a_problem(story: Story) -> None:
    """Once, when it is pushed; the rest is done."""
    _story(story, "push-options", "reviewers: [ann]")
    _options(story)
    ran = story.runs("tagwright run --json")
    assert [one["code"] for one in ran.json["targets"][0]["problems"]] == ["forge-by-push"]
    assert ran.json["targets"][0]["published"][0]["outcome"] == "opened"
    assert story.runs("tagwright run --json").json["targets"][0]["problems"] == []


def test_gitea_opens_a_pull_request_without_a_branch(story: Story) -> None:
    """The same commit is no news, a newer one replaces it under the same topic."""
    image = _story(story, "agit", "group: image")
    record = agit.install(story.remote.path)
    assert _outcomes(story) == ["opened"]
    assert _outcomes(story) == ["unchanged"]
    story.offers("acme/api", "1.2.0", "1.2.1", "1.2.2")
    assert _outcomes(story) == ["opened"]
    first, second = map(json.loads, record.read_text().splitlines())
    assert (first["base"], first["title"]) == ("main", f"Update {image} to 1.2.1")
    assert second["title"] == f"Update {image} to 1.2.2"
    assert first["topic"] == second["topic"]
    assert f"{image}:1.2.2" in git(story.remote.path, "show", f"{second['commit']}:api.yaml").stdout
    assert story.remote.show("api.yaml").count(":1.2.0") == 1
    assert git(story.remote.path, "for-each-ref", "--format=%(refname)", "refs/heads").stdout.split() == [
        "refs/heads/main"
    ]


def test_a_branch_waits_for_people(story: Story) -> None:
    """On any forge, without a token and without options."""
    image = _story(story, "branch", "group: image")
    ran = story.runs("tagwright run")
    assert "pushed" in ran.out
    (branch,) = [one for one in story.remote.branches() if one != "main"]
    assert branch.startswith("tagwright/")
    assert f"{image}:1.2.1" in story.remote.show("api.yaml", branch)
    assert _outcomes(story) == ["unchanged"]


@pytest.mark.parametrize("kind", ["push-options", "branch"])
def test_a_persons_commit_on_the_branch_is_kept(story: Story, kind: str) -> None:
    """And said, as with an API."""
    _story(story, kind, "group: image")
    _options(story)
    _outcomes(story)
    (branch,) = [one for one in story.remote.branches() if one != "main"]
    mine = story.remote.commit({"mine.txt": "mine\n"}, branch=branch)
    story.offers("acme/api", "1.2.0", "1.2.1", "1.2.2")
    ran = story.runs("tagwright run --json")
    assert [one["code"] for one in ran.json["targets"][0]["notes"]] == ["branch-edited"]
    assert story.remote.tip(branch) == mine


@pytest.mark.parametrize("kind", ["push-options", "branch"])
def test_a_branch_that_proposes_nothing_any_longer_is_deleted(story: Story, kind: str) -> None:
    """Merged or done by hand: the base says it, and the report says that it went, and why."""
    image = _story(story, kind, "group: image")
    _options(story)
    _outcomes(story)
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.2.1")})

    (published,) = story.runs("tagwright run --json").json["targets"][0]["published"]

    assert (published["outcome"], published["detail"]) == ("superseded", "Closed: `main` says this already.")
    assert story.remote.branches() == ["main"]
    assert _outcomes(story) == []


def test_as_many_branches_wait_as_may_be_open(story: Story) -> None:
    """A branch that is there counts as open; the others are told to wait."""
    _story(story, "branch", "max_open: 1")
    web = story.offers("acme/web", "1.0.0", "1.1.0")
    story.remote.commit({"web.yaml": DEPLOYMENT.format(image=f"{web}:1.0.0")})

    assert _outcomes(story) == ["pushed", "waiting"]
    assert _outcomes(story) == ["unchanged", "waiting"]
    assert len(story.remote.branches()) == 2
