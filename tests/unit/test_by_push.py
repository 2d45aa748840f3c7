"""What a push asks a forge for: options of one line each, and a word where a wish cannot be asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tagwright.forges.base import Draft
from tagwright.forges.by_push import push_for

DRAFT = Draft("tagwright/api", "main", "Update api to 1.2.1", "body")


def test_gitlab_is_asked_by_options() -> None:
    """A draft by its title, auto-merge only of what is none."""
    push = push_for("push-options", replace(DRAFT, auto_merge=True, labels=("a", "b"), assignees=("ann",)))
    assert push.options == (
        "merge_request.create",
        "merge_request.target=main",
        "merge_request.title=Update api to 1.2.1",
        "merge_request.label=a",
        "merge_request.label=b",
        "merge_request.assign=ann",
        "merge_request.merge_when_pipeline_succeeds",
    )
    assert (push.ref, push.problems) == ("", ())
    draft = push_for("push-options", replace(DRAFT, auto_merge=True, draft=True)).options
    assert "merge_request.title=Draft: Update api to 1.2.1" in draft
    assert "merge_request.merge_when_pipeline_succeeds" not in draft


def test_gitea_is_asked_by_a_ref_and_a_topic() -> None:
    """The topic is the branch that is not made, so that the next push finds the same pull request."""
    push = push_for("agit", replace(DRAFT, base="release/1.2", draft=True))
    assert push.ref == "refs/for/release/1.2"
    assert push.options == ("topic=tagwright/api", "title=WIP: Update api to 1.2.1", "force-push=true")


def test_a_branch_asks_for_nothing() -> None:
    """Servers that know no options refuse a push with any."""
    push = push_for("branch", DRAFT)
    assert (push.options, push.ref, push.problems) == ((), "", ())


@pytest.mark.parametrize("kind", ["push-options", "agit"])
def test_no_text_makes_a_line_of_its_own(kind: str) -> None:
    """A title with line breaks and controls is one option still."""
    for option in push_for(kind, replace(DRAFT, title="a\nmerge_request.target=evil\x00\x1b[31m")).options:
        assert option.isprintable()
    assert len(push_for(kind, DRAFT).options) == 3


@pytest.mark.parametrize(
    ("kind", "wishes", "named"),
    [
        ("push-options", Draft("h", "b", "t", "", reviewers=("ann",), labels=("x",)), "reviewers"),
        ("agit", Draft("h", "b", "t", "", labels=("x",), assignees=("ann",)), "labels, assignees"),
        ("branch", Draft("h", "b", "t", "", auto_merge=True), "auto_merge"),
    ],
)
def test_what_cannot_be_asked_for_is_named(kind: str, wishes: Draft, named: str) -> None:
    """Once for all of it."""
    (problem,) = push_for(kind, wishes).problems
    assert problem.message == f"forge.kind {kind} cannot ask for {named}"
    assert problem.about == "h"
