"""A branch that takes no direct push: `--auto` proposes the update instead, where that is a way round at all."""

from __future__ import annotations

import pytest

from tests.support.reviewed import Reviewed
from tests.support.story import Story

PROTECTED = "GitLab: You are not allowed to push code to protected branches on this project."
SECRETS = "error: GH013: Repository rule violations found for refs/heads/main. - Push cannot contain secrets"
OTHERWISE = {
    SECRETS: "push-refused",
    "error: GH001: Large files detected.": "push-refused",
    "Forgejo: Quota exceeded": "push-refused",
    "GitLab: You are not allowed to push code to this project.": "git-denied",
}
SET = "tagwright set ghcr.io/acme/api:1.2.1"


def refuse(story: Story, words: str) -> None:
    """The server takes no push to main, and says why."""
    story.remote.commit({"api.yaml": "image: ghcr.io/acme/api:1.2.0\n"})
    story.remote.hook("update", f'[ "$1" = refs/heads/main ] || exit 0\necho "{words}" >&2; exit 1\n')


def test_auto_proposes_once_and_then_leaves_it(reviewed: Reviewed) -> None:
    """Through each forge: one pull request, which a second pipeline with the same wish finds as it should be."""
    refuse(reviewed, PROTECTED)
    line = f"{SET} --auto --json --config {reviewed.folder}/tagwright.yaml"
    first, second = reviewed.runs(line), reviewed.runs(line)
    assert (first.code, second.code) == (0, 0), first
    outcomes = [ran.json["targets"][0]["published"][0]["outcome"] for ran in (first, second)]
    assert outcomes == ["opened", "unchanged"]
    assert reviewed.all_pulls() == [("open", "Update ghcr.io/acme/api to 1.2.1")]
    assert reviewed.remote.log() == ["Seed"]


@pytest.mark.parametrize("words", OTHERWISE)
def test_auto_proposes_nothing_that_would_be_refused_as_well(reviewed: Reviewed, words: str) -> None:
    """Secrets, sizes, quotas, missing rights: a problem in the server's words, no branch, no pull request."""
    refuse(reviewed, words)
    ran = reviewed.runs(f"{SET} --auto --json --config {reviewed.folder}/tagwright.yaml")
    (problem,) = ran.json["targets"][0]["problems"]
    assert (ran.code, problem["code"]) == (1, OTHERWISE[words])
    assert words[:40] in problem["message"]
    assert reviewed.all_pulls() == []
    assert reviewed.remote.branches() == ["main"]


def test_a_commit_that_is_refused_names_the_way_out(story: Story) -> None:
    """Mode commit does what it was told, and no more: exit 1, with the flag that would have proposed it."""
    refuse(story, PROTECTED)
    ran = story.runs(f"{SET} --json --repo {story.remote.path}")
    (problem,) = ran.json["targets"][0]["problems"]
    assert (ran.code, problem["code"]) == (1, "branch-protected")
    assert "--auto" in problem["hint"]
    assert story.remote.branches() == ["main"]
