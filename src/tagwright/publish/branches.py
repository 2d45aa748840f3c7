"""A pull request's branch: rebuilt on its base and replaced with a lease, unless a person worked on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright import trailers
from tagwright.errors import BranchMoved, Problem
from tagwright.model import ChangeSet, Head, Target
from tagwright.publish import commits

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror

_TRIES = 3


def signed(change: ChangeSet, proposer: str, target: Target) -> ChangeSet:
    """The change set with a word in its message of whose proposal it is: who finds the branch later must know."""
    group = trailers.Group(proposer, target.name, change.base, change.key)
    return replace(change, message=trailers.with_group(change.message, group))


def is_ours(place: Mirror, tip: Head, target: Target) -> bool:
    """Did Tagwright make the commit a branch is at? Its trailers tell, and a committer who is no person:

    amending or rebasing keeps the trailers and signs as whoever did it.
    """
    place.fetch(tip)
    return bool(trailers.read(place.message(tip.commit))) and place.committer(tip.commit) == commits.committer(target)


def _same_proposal(place: Mirror, change: ChangeSet, one: str, other: str) -> bool:
    """Whether two fetched commits say the same and leave the files of the change set the same, on whatever base."""
    if place.message(one) != place.message(other):
        return False
    paths = {file.path for file in change.files}
    first, second = (
        {(entry.path, entry.mode, entry.oid) for entry in place.files(commit) if entry.path in paths}
        for commit in (one, other)
    )
    return first == second


def rebuild(
    change: ChangeSet, target: Target, head: Head, place: Mirror, there: str | None, *, rebase: bool, force: bool
) -> tuple[str, bool] | None:
    """Bring the change set's branch, now at `there`, up to it: its commit, and whether the branch moved.

    None where a person worked on it, whose commits only `force` throws away. Without `rebase` a branch that holds the
    same change stays on the base it is on. The commit takes the base commit's date, so the same change on the same
    base is the same commit, but for its signature, and a branch that is already right is left alone. Raises
    BranchMoved where another writer never stops moving it.
    """
    commit = commits.make(change, head.commit, target, place, place.date(head.commit))
    for tried in range(_TRIES):
        tip = Head(change.branch, there) if there else None
        if tip and place.same_change(commit, tip):
            return tip.commit, False
        if tip and not force and not is_ours(place, tip, target):
            return None
        if tip and not rebase and _same_proposal(place, change, tip.commit, commit):
            return tip.commit, False
        try:
            place.push(commit, change.branch, there, force=there is not None, options=target.delivery.push_options)
        except BranchMoved:
            if tried + 1 == _TRIES:
                raise
            there = place.remote(change.branch)
        else:
            return commit, True
    raise AssertionError("the last try returns or raises")


def edited(change: ChangeSet) -> Problem:
    """What is said where a person worked on the branch."""
    return Problem(
        change.key,
        "branch-edited",
        f"{change.branch} ends in a commit that is not Tagwright's, so it is left alone",
        "merge it, or tick the box in its pull request (or delete the branch) to have it rebuilt",
    )
