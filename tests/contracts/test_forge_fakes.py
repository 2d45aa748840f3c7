"""The forges on the stage do with branches what the real ones do, and keep nothing that Git knows better."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.forge_git import content_of
from tests.support.forges import FakeForge, FakeGitea, FakeGitHub, FakeGitLab, git, tip
from tests.support.git_server import Remote

TOKEN = "s3cret-token-0123456789"
PROJECT = "acme/deploy"
KINDS: dict[str, type[FakeForge]] = {"github": FakeGitHub, "gitlab": FakeGitLab, "gitea": FakeGitea}


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A repository with main, and a branch `update` one commit ahead."""
    made = Remote(tmp_path / "deploy.git")
    base = made.commit({"api.yaml": "image: api:1.2.0\n", "run.sh": "exit 0\n"}, modes={"run.sh": "100755"})
    made.reset("update", base)
    made.commit({"api.yaml": "image: api:1.2.1\n"}, branch="update")
    return made


@pytest.fixture(params=list(KINDS))
def forge(request: pytest.FixtureRequest, remote: Remote) -> Iterator[FakeForge]:
    with KINDS[request.param]({PROJECT: remote.path}, TOKEN) as made:
        yield made


@pytest.fixture
def github(remote: Remote) -> Iterator[FakeGitHub]:
    with FakeGitHub({PROJECT: remote.path}, TOKEN) as made:
        yield made


@pytest.fixture
def gitlab(remote: Remote) -> Iterator[FakeGitLab]:
    with FakeGitLab({PROJECT: remote.path}, TOKEN) as made:
        yield made


def ask(forge: FakeForge, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and JSON of one request, shown the right token."""
    kind = "token" if isinstance(forge, FakeGitea) else "Bearer"
    headers = {"Authorization": f"{kind} {TOKEN}"}
    answer = requests.request(method, forge.address + path, json=body, headers=headers, timeout=10)
    return answer.status_code, answer.json() if answer.content else None


def query(forge: FakeGitHub, text: str, **variables: Any) -> dict[str, Any]:
    """GitHub's answer to a GraphQL request."""
    status, answer = ask(forge, "POST", "/api/graphql", {"query": text, "variables": variables})
    assert status == 200
    assert isinstance(answer, dict)
    return answer


def test_git_and_the_api_are_one_host(forge: FakeForge, remote: Remote, tmp_path: Path) -> None:
    """What is pushed with the token as a password is what the API says of the branch; a wrong one is refused."""
    forge.add_pull(PROJECT, "update")
    site = forge.url(PROJECT).replace("://", f"://anybody:{TOKEN}@")
    git(tmp_path, "clone", "--quiet", "--branch", "update", site, "work")
    git(tmp_path / "work", "commit", "--quiet", "--allow-empty", "-m", "More")
    git(tmp_path / "work", "push", "--quiet", "origin", "update")
    assert forge.pulls(PROJECT)[0].sha == remote.tip("update") == tip(tmp_path / "work", "update")
    wrong = git(tmp_path, "ls-remote", site.replace(TOKEN, "wrong"), check=False)
    assert "Authentication failed" in wrong.stderr


def test_a_deleted_branch_closes_its_pull_request(forge: FakeForge, remote: Remote) -> None:
    """On all three; what it last held is remembered."""
    pull, last = forge.add_pull(PROJECT, "update"), remote.tip("update")
    git(remote.path, "update-ref", "-d", "refs/heads/update")
    forge.pulls(PROJECT)
    assert (pull.state, pull.sha) == ("closed", last)


def test_a_branch_without_commits_of_its_own(forge: FakeForge, remote: Remote) -> None:
    """GitHub closes a pull request whose branch was forced to its base; the others leave it open."""
    pull = forge.add_pull(PROJECT, "update")
    remote.reset("update", remote.tip() or "")
    forge.pulls(PROJECT)
    assert pull.state == ("closed" if isinstance(forge, FakeGitHub) else "open")


def test_a_merge_that_came_another_way(forge: FakeForge, remote: Remote) -> None:
    """GitHub and GitLab see that the base has all its commits; Gitea, as it is installed, does not."""
    pull = forge.add_pull(PROJECT, "update")
    remote.reset("main", remote.tip("update") or "")
    forge.pulls(PROJECT)
    assert pull.state == ("open" if isinstance(forge, FakeGitea) else "merged")


def test_a_protected_branch_takes_no_push(forge: FakeForge, tmp_path: Path) -> None:
    """Each refuses in its own words, and takes any other branch."""
    forge.protect(PROJECT, "main")
    site = forge.url(PROJECT).replace("://", f"://bot:{TOKEN}@")
    git(tmp_path, "clone", "--quiet", site, "work")
    git(tmp_path / "work", "commit", "--quiet", "--allow-empty", "-m", "More")
    refused = git(tmp_path / "work", "push", "origin", "main", check=False)
    assert refused.returncode == 1
    assert "rotected branch" in refused.stderr
    assert git(tmp_path / "work", "push", "origin", "main:other").returncode == 0


def test_an_approval_merges_what_was_told_to_merge_by_itself(forge: FakeForge, remote: Remote) -> None:
    """Not before, and by the forge's own commit."""
    forge.protect(PROJECT, "main")
    pull = forge.add_pull(PROJECT, "update")
    pull.auto = "merge"
    before = remote.tip()
    forge.pulls(PROJECT)
    assert remote.tip() == before
    forge.approve(PROJECT, 1)
    assert pull.state == "merged"
    assert remote.tip() == pull.merge_commit != before


def test_a_push_ends_auto_merge_on_gitlab(forge: FakeForge, remote: Remote) -> None:
    """The others keep to what they were told."""
    forge.protect(PROJECT, "main")
    pull = forge.add_pull(PROJECT, "update")
    pull.auto = "merge"
    remote.commit({"api.yaml": "image: api:1.2.2\n"}, branch="update")
    forge.pulls(PROJECT)
    assert pull.auto == ("" if isinstance(forge, FakeGitLab) else "merge")


COMMIT = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid url } } }"


def _commit_input(expected: str | None, **files: str) -> dict[str, Any]:
    added = [{"path": path, "contents": base64.b64encode(text.encode()).decode()} for path, text in files.items()]
    return {
        "branch": {"repositoryNameWithOwner": PROJECT, "branchName": "update"},
        "expectedHeadOid": expected,
        "message": {"headline": "Update api", "body": "Why"},
        "fileChanges": {"additions": added, "deletions": []},
    }


def test_a_commit_by_graphql_is_a_compare_and_swap(github: FakeGitHub, remote: Remote) -> None:
    """On the expected head it lands, byte-exact; on any other the answer is 200 with STALE_DATA, and nothing moved."""
    first = remote.tip("update")
    wanted = _commit_input(first, **{"api.yaml": "image: api:1.3.0\r\n"})
    done = query(github, COMMIT, input=wanted)
    assert done["data"]["createCommitOnBranch"]["commit"]["oid"] == remote.tip("update") != first
    assert content_of(remote.path, "update", "api.yaml") == b"image: api:1.3.0\r\n"
    assert remote.log("update")[0] == "Update api"
    landed = remote.tip("update")
    late = query(github, COMMIT, input=wanted)
    assert [error["type"] for error in late["errors"]] == ["STALE_DATA"]
    assert late["data"] == {"createCommitOnBranch": None}
    assert remote.tip("update") == landed


def test_a_commit_by_graphql_keeps_modes_and_needs_a_branch(github: FakeGitHub, remote: Remote) -> None:
    """An executable file stays one; a branch that is not there is NOT_FOUND."""
    query(github, COMMIT, input=_commit_input(remote.tip("update"), **{"run.sh": "exit 1\n"}))
    assert remote.mode("run.sh", "update") == "100755"
    wanted = _commit_input(remote.tip("update"))
    wanted["branch"]["branchName"] = "none"
    assert query(github, COMMIT, input=wanted)["errors"][0]["type"] == "NOT_FOUND"


def test_a_graphql_request_that_github_would_not_know(github: FakeGitHub) -> None:
    """A misspelled field is an error, never an answer."""
    assert "Cannot query field" in json.dumps(query(github, "query { viewer { name_of_login } }"))


def test_auto_merge_needs_something_to_wait_for(github: FakeGitHub) -> None:
    """GitHub refuses what could be merged at once, and takes it on a protected base."""
    github.add_pull(PROJECT, "update")
    text = (
        "mutation($id: ID!) { enablePullRequestAutoMerge(input: {pullRequestId: $id, mergeMethod: SQUASH}) "
        "{ pullRequest { autoMergeRequest { mergeMethod } } } }"
    )
    _, found = ask(github, "GET", f"/api/v3/repos/{PROJECT}/pulls/1")
    refused = query(github, text, id=found["node_id"])
    assert "clean status" in refused["errors"][0]["message"]
    github.protect(PROJECT, "main")
    query(github, text, id=found["node_id"])
    assert github.pulls(PROJECT)[0].auto == "squash"


def test_references_by_rest(github: FakeGitHub, remote: Remote) -> None:
    """Made, moved (forward, or by force) and deleted as docs.github.com/rest/git/refs says."""
    refs, new, old = f"/api/v3/repos/{PROJECT}/git/refs", remote.tip("update"), remote.tip()
    assert ask(github, "POST", refs, {"ref": "refs/heads/more", "sha": new})[0] == 201
    assert ask(github, "POST", refs, {"ref": "refs/heads/more", "sha": new})[0] == 422
    assert ask(github, "PATCH", f"{refs}/heads/more", {"sha": old})[1]["message"] == "Update is not a fast forward"
    assert ask(github, "PATCH", f"{refs}/heads/more", {"sha": old, "force": True})[0] == 200
    assert remote.tip("more") == old
    assert ask(github, "DELETE", f"{refs}/heads/more")[0] == 204
    assert ask(github, "DELETE", f"{refs}/heads/more")[1]["message"] == "Reference does not exist"


def test_a_commit_by_gitlabs_api(gitlab: FakeGitLab, remote: Remote) -> None:
    """A new branch from a start; over one that is there only by force; actions must fit what is there."""
    commits = "/api/v4/projects/acme%2Fdeploy/repository/commits"
    update = {"action": "update", "file_path": "run.sh", "content": "exit 2\n"}
    wanted = {"branch": "tagwright/x", "start_branch": "main", "commit_message": "Update", "actions": [update]}
    status, made = ask(gitlab, "POST", commits, wanted)
    assert (status, made["id"]) == (201, remote.tip("tagwright/x"))
    assert remote.mode("run.sh", "tagwright/x") == "100755"
    assert "already exists" in ask(gitlab, "POST", commits, wanted)[1]["message"]
    assert ask(gitlab, "POST", commits, {**wanted, "force": True})[0] == 201
    create = {**update, "action": "create"}
    assert ask(gitlab, "POST", commits, {**wanted, "force": True, "actions": [create]})[0] == 400
    gitlab.protect(PROJECT, "main")
    assert "not allowed" in ask(gitlab, "POST", commits, {**wanted, "branch": "main"})[1]["message"]


def test_what_gitea_knows_of_two_branches(remote: Remote) -> None:
    """The oldest pull request between them, whatever its state; and a branch that is gone has another name."""
    with FakeGitea({PROJECT: remote.path}, TOKEN) as gitea:
        first = gitea.add_pull(PROJECT, "update")
        first.end("closed", "ann")
        gitea.add_pull(PROJECT, "update")
        _, found = ask(gitea, "GET", f"/api/v1/repos/{PROJECT}/pulls/main/update")
        assert (found["number"], found["state"], found["head"]["ref"]) == (1, "closed", "update")
        git(remote.path, "update-ref", "-d", "refs/heads/update")
        _, found = ask(gitea, "GET", f"/api/v1/repos/{PROJECT}/pulls/1")
        assert (found["head"]["label"], found["head"]["ref"]) == ("update", "refs/pull/1/head")
