"""ChangeSets -> commits and pull requests.

A direct commit is a compare-and-swap on the base branch: all change sets of a target as a
chain of commits in one push. A pull request's branch is rebuilt on the base and replaced
with a lease; nothing is pushed, and the forge not asked to edit, when nothing differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from tagwright import trailers
from tagwright.errors import BranchMoved, BranchProtected, GitError, Problem, TagwrightError
from tagwright.folder import Folder
from tagwright.forges.base import Draft, Forge
from tagwright.git import Mirror
from tagwright.model import ChangeSet, Head, Mode, Outcome, Published, Target
from tagwright.plan import Plan
from tagwright.survey import Place
from tagwright.views.markdown import body


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the change sets, and what went wrong with some."""

    published: tuple[Published, ...] = ()
    problems: tuple[Problem, ...] = ()


def publish(plan: Plan, target: Target, head: Head, place: Place, forge_for: Callable[[Target], Forge]) -> Result:
    """Deliver every change set the way the target wants it.

    Raises BranchMoved when someone pushed first (nothing is lost: look again), and
    BranchProtected in mode `auto`, where the caller has another way to deliver.
    """
    if not plan.changes:
        return Result()
    if isinstance(place, Folder):
        place.write(file for change in plan.changes for file in change.files)
        return Result(tuple(Published(change.key, Outcome.UPDATED) for change in plan.changes))
    if target.delivery.mode is Mode.PULL_REQUEST:
        return _pull_requests(plan.changes, target, head, place, forge_for)
    return _direct(plan.changes, target, head, place)


def _direct(changes: tuple[ChangeSet, ...], target: Target, head: Head, place: Mirror) -> Result:
    """One commit a change set, one push for all."""
    commits: list[str] = []
    try:
        for change in changes:
            commits.append(_commit(change, commits[-1] if commits else head.commit, target, place))
        place.push(commits[-1], head.branch, head.commit)
    except TagwrightError as error:
        if isinstance(error, BranchMoved) or (isinstance(error, BranchProtected) and target.delivery.mode is Mode.AUTO):
            raise
        return Result(
            tuple(Published(change.key, Outcome.FAILED) for change in changes),
            tuple(error.problem(change.key) for change in changes),
        )
    return Result(tuple(Published(c.key, Outcome.PUSHED, commit) for c, commit in zip(changes, commits, strict=True)))


def _pull_requests(
    changes: tuple[ChangeSet, ...],
    target: Target,
    head: Head,
    place: Mirror,
    forge_for: Callable[[Target], Forge],
) -> Result:
    """A branch and a pull request for each change set; one that fails leaves the others be."""
    forge = forge_for(target)
    published, problems = [], []
    for change in changes:
        try:
            published.append(_pull_request(change, target, head, place, forge))
        except BranchMoved:
            raise
        except TagwrightError as error:
            published.append(Published(change.key, Outcome.FAILED))
            problems.append(error.problem(change.key))
    return Result(tuple(published), tuple(problems))


def _pull_request(change: ChangeSet, target: Target, head: Head, place: Mirror, forge: Forge) -> Published:
    """Bring one branch and its pull request up to the change set.

    The commit takes the base commit's date, so the same change on the same base is the same
    commit, and a branch that is already right is left alone.
    """
    commit = _commit(change, head.commit, target, place, place.date(head.commit))
    there = place.remote(change.branch)
    if there != commit:
        if there and not _is_ours(place, Head(change.branch, there)):
            raise GitError(
                f"{change.branch} holds a commit that is not Tagwright's",
                hint="merge it, or delete the branch to have it rebuilt",
                code="branch-edited",
            )
        place.push(commit, change.branch, there, force=there is not None)
    draft = _draft(change, target)
    found = forge.find(change.branch, change.base)
    if found is None:
        return Published(change.key, Outcome.OPENED, commit, forge.open(draft).url)
    edited = forge.edit(found, draft)
    outcome = Outcome.UNCHANGED if there == commit and edited == found else Outcome.UPDATED
    return Published(change.key, outcome, commit, edited.url)


def _draft(change: ChangeSet, target: Target) -> Draft:
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


def _commit(change: ChangeSet, parent: str, target: Target, place: Mirror, when: datetime | None = None) -> str:
    files = {file.path: (file.mode, file.after) for file in change.files}
    author = (target.delivery.author_name, target.delivery.author_email)
    return place.commit(parent, files, change.message, author, when)


def _is_ours(place: Mirror, tip: Head) -> bool:
    """Did Tagwright make the commit a branch is at? Its trailers tell."""
    place.fetch(tip)
    return bool(trailers.read(place.message(tip.commit)))
