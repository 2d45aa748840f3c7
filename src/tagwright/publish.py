"""ChangeSets -> commits and pull requests.

A direct commit is a compare-and-swap on the base branch: all change sets of a target as a
chain of commits in one push. A pull request's branch is rebuilt on the base and replaced
with a lease; nothing is pushed, and the forge not asked to edit, when nothing differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tagwright import trailers
from tagwright.errors import BranchMoved, BranchProtected, GitError, Problem, TagwrightError
from tagwright.folder import Folder
from tagwright.model import ChangeSet, FileChange, Head, Mode, Outcome, Published, Target
from tagwright.plan import Plan
from tagwright.survey import Place
from tagwright.views.markdown import body

if TYPE_CHECKING:
    from tagwright.forges.base import Draft, Forge, PullRequest
    from tagwright.git.mirror import Mirror


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
        place.write(_whole(plan.changes))
        return Result(tuple(Published(change.key, Outcome.UPDATED) for change in plan.changes))
    if target.delivery.mode is Mode.PULL_REQUEST:
        return _pull_requests(plan.changes, target, head, place, forge_for)
    return _direct(plan.changes, target, head, place)


def _whole(changes: tuple[ChangeSet, ...]) -> Iterable[FileChange]:
    """Each file once, from before the first change set to after the last: they build on one another."""
    files: dict[str, FileChange] = {}
    for change in changes:
        for file in change.files:
            files[file.path] = replace(file, before=files.get(file.path, file).before)
    return files.values()


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
    commit, and a branch that is already right is left alone. So is one a person committed to.
    """
    commit = _commit(change, head.commit, target, place, place.date(head.commit))
    if there == commit:
        return commit, False
    if there and not _is_ours(place, Head(change.branch, there), _author(target)):
        raise GitError(
            f"{change.branch} ends in a commit that is not Tagwright's",
            hint="merge it, or delete the branch to have it rebuilt",
            code="branch-edited",
        )
    place.push(commit, change.branch, there, force=there is not None)
    return commit, True


def _pull_request(draft: Draft, moved: bool, forge: Forge) -> tuple[Outcome, PullRequest]:
    """Find the branch's pull request and bring it up to the draft, or open one."""
    found = forge.find(draft.head, draft.base)
    if found is None:
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


def _commit(change: ChangeSet, parent: str, target: Target, place: Mirror, when: datetime | None = None) -> str:
    files = {file.path: (file.mode, file.after) for file in change.files}
    return place.commit(parent, files, change.message, _author(target), when)


def _author(target: Target) -> tuple[str, str]:
    return target.delivery.author_name, target.delivery.author_email


def _is_ours(place: Mirror, tip: Head, author: tuple[str, str]) -> bool:
    """Did Tagwright make the commit a branch is at? Its trailers tell, and a committer who is no person:

    amending or rebasing keeps the trailers and signs as whoever did it.
    """
    place.fetch(tip)
    return bool(trailers.read(place.message(tip.commit))) and place.committer(tip.commit) == author
