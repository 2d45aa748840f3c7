"""The judge of GitHub's API finds fault: with what nobody may ask, and with answers that GitHub would not give."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.forge_github import FakeGitHub
from tests.support.forge_github_json import Shapes
from tests.support.forge_pulls import Note, Project, Pull
from tests.support.forge_server import Exchange
from tests.support.judged import complaints
from tests.support.parts import require_published

ROOT = "/api/v3/repos/acme/deploy"
COMMENT = Exchange("POST", f"{ROOT}/issues/1/comments", {}, {"body": "why"}, 201, {})
NONE = Exchange("GET", f"{ROOT}/pulls", {"state": "open", "base": "main"}, None, 200, [])


@pytest.fixture(autouse=True)
def at_hand() -> None:
    """The description; else these tests are skipped, with a reason."""
    require_published("api.github.com.json", "github-openapi")


def test_what_github_describes_is_right() -> None:
    """An empty list, and an error that any request may end in."""
    assert list(complaints(NONE)) == []
    lost = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}
    assert list(complaints(replace(NONE, status=404, answer=lost))) == []


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (replace(NONE, query={"state": "merged"}), "'merged' is not one of"),
        (replace(NONE, query={"source_branch": "x"}), "no parameter source_branch"),
        (replace(NONE, path=f"{ROOT}/pull_requests"), "no such operation"),
        (replace(NONE, method="PUT"), "no such operation"),
        (replace(NONE, answer=[{"number": 1}]), "is a required property"),
        (replace(NONE, status=418, answer={}), "no answer of that status"),
        (COMMENT, "is a required property"),
        (replace(COMMENT, body={"text": "why"}), "text is no field of it"),
        (
            replace(COMMENT, method="DELETE", path=f"{ROOT}/issues/comments/1", status=204, answer={}),
            "none is described",
        ),
    ],
)
def test_what_github_does_not_describe_is_told(exchange: Exchange, words: str) -> None:
    """Parameters, paths, methods, bodies, statuses and answers."""
    assert words in "\n".join(complaints(exchange))


def test_an_answer_with_a_field_too_much_or_of_another_type() -> None:
    """As the stage's GitHub would give it if somebody spoiled it."""
    comment = _comment()
    asked = replace(COMMENT, answer=comment)
    assert list(complaints(asked)) == []
    assert "upvotes is no field" in "\n".join(complaints(replace(asked, answer={**comment, "upvotes": 3})))
    assert "is not of type" in "\n".join(complaints(replace(asked, answer={**comment, "id": "3"})))


def test_a_graphql_request_by_the_public_schema() -> None:
    """The name of a field, and the type of a variable."""
    require_published("github.graphql", "github-graphql")
    text = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { %s } }"
    asked = {"query": text % "pullRequest { isDraft }", "variables": {"id": "PR_1"}}
    exchange = Exchange("POST", "/api/graphql", {}, asked, 200, {"data": {"markPullRequestReadyForReview": {}}})
    assert list(complaints(exchange)) == []
    assert "ready" in "\n".join(complaints(replace(exchange, body={**asked, "query": text % "ready"})))
    assert "$id" in "\n".join(complaints(replace(exchange, body={**asked, "variables": {}})))


def _comment() -> dict[str, Any]:
    project = Project("acme/deploy", Path("/nonexistent"), FakeGitHub.rules)
    shapes = Shapes("http://127.0.0.1:1", "http://127.0.0.1:1/api/v3", {"acme/deploy": project})
    pull = Pull(1, "update", "main", "t", "", "acme/deploy")
    return shapes.comment(project, pull, 1, Note("ann", "why"))
