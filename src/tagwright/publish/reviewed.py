"""Pull requests: a branch and a pull request for each change set, kept current in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tagwright import trailers
from tagwright.errors import BranchMoved, GitError, Problem, TagwrightError
from tagwright.model import ChangeSet, Head, Outcome, Published, Target
from tagwright.publish import commits
from tagwright.publish.result import Result
from tagwright.views.pull_request import body

if TYPE_CHECKING:
    from tagwright.forges.base import Draft, Forge, PullRequest
    from tagwright.git.mirror import Mirror


def propose(
    changes: tuple[ChangeSet, ...],
    target: Target,
    head: Head,
    place: Mirror,
    forge_for: Callable[[Target], Forge],
) -> Result:
    """A branch and a pull request for each change set; one that fails leaves the others be."""
    forge = forge_for(target)
    there = place.branches(target.delivery.branch_prefix)
    published: list[Published] = []
    problems: list[Problem] = []
    for change in changes:
        if change.waiting and change.branch in there:
            published.append(Published(change.key, Outcome.UNCHANGED, there[change.branch]))
            continue
        try:
            commit, moved = _branch(change, target, head, place, there.get(change.branch))
            outcome, pull_request = _pull_request(_draft(change, target), moved, forge)
        except BranchMoved:
            raise
        except TagwrightError as error:
            published.append(Published(change.key, Outcome.FAILED))
            problems.append(error.problem(change.key))
        else:
            published.append(Published(change.key, outcome, commit, pull_request.url))
            problems += pull_request.problems
    return Result(tuple(published), tuple(problems))


def _branch(change: ChangeSet, target: Target, head: Head, place: Mirror, there: str | None) -> tuple[str, bool]:
    """Bring the change set's branch, now at `there`, up to it: its commit, and whether the branch moved.

    The commit takes the base commit's date, so the same change on the same base is the same
    commit, but for its signature, and a branch that is already right is left alone. So is one a person committed to.
    """
    commit = commits.make(change, head.commit, target, place, place.date(head.commit))
    if there and place.same_change(commit, Head(change.branch, there)):
        return there, False
    if there and not _is_ours(place, Head(change.branch, there), commits.committer(target)):
        raise GitError(
            f"{change.branch} ends in a commit that is not Tagwright's",
            hint="merge it, or delete the branch to have it rebuilt",
            code="branch-edited",
        )
    place.push(commit, change.branch, there, force=there is not None, options=target.delivery.push_options)
    return commit, True


def _pull_request(draft: Draft, moved: bool, forge: Forge) -> tuple[Outcome, PullRequest]:
    """Find the branch's pull request and bring it up to the draft, or open one."""
    found = forge.find(draft.head, draft.base)
    if found is None or found.state != "open":
        return Outcome.OPENED, forge.open(draft)
    edited = forge.edit(found, draft)
    return Outcome.UPDATED if moved or edited is not found else Outcome.UNCHANGED, edited


def _draft(change: ChangeSet, target: Target) -> Draft:
    from tagwright.forges.base import Draft

    delivery = target.delivery
    return Draft(
        head=change.branch,
        base=change.base,
        title=change.title,
        body=body(change),
        labels=delivery.labels,
        reviewers=delivery.reviewers,
        assignees=delivery.assignees,
        draft=delivery.draft,
    )


def _is_ours(place: Mirror, tip: Head, committer: tuple[str, str]) -> bool:
    """Did Tagwright make the commit a branch is at? Its trailers tell, and a committer who is no person:

    amending or rebasing keeps the trailers and signs as whoever did it.
    """
    place.fetch(tip)
    return bool(trailers.read(place.message(tip.commit))) and place.committer(tip.commit) == committer
