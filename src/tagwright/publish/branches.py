"""A pull request's branch: rebuilt on its base and replaced with a lease, unless a person worked on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright import trailers
from tagwright.errors import BranchMoved, Problem
from tagwright.model import ChangeSet, Head, Target
from tagwright.publish import commits
from tagwright.publish.landing import Made, land

if TYPE_CHECKING:
    from tagwright.forges.base import Forge
    from tagwright.git.mirror import Mirror

_TRIES = 3


def grouped(change: ChangeSet, proposer: str, target: Target) -> ChangeSet:
    """The change set with a word in its message of whose proposal it is: who finds the branch later must know."""
    group = trailers.Group(proposer, target.name, change.base, change.key)
    return replace(change, message=trailers.with_group(change.message, group))


def is_ours(place: Mirror, tip: Head, head: Head, target: Target) -> bool:
    """Is there nothing on a branch but what Tagwright put there, and what the base, now at `head`, has anyway?"""
    place.fetch(tip)
    return (
        _made_here(place, tip.commit, target)
        or _only_caught_up(place, tip, head, target)
        or _is_behind(place, tip.commit, head)
    )


def _is_behind(place: Mirror, commit: str, head: Head) -> bool:
    """Whether the base has the commit: whoever made it, it was merged."""
    return commit == head.commit or any(one.oid == commit for one in place.history.commits(head))


def _made_here(place: Mirror, commit: str, target: Target) -> bool:
    """Did Tagwright make the commit? Its trailers tell, and a committer who is no person:

    amending or rebasing keeps the trailers and signs as whoever did it. Where a forge made it, that is the forge
    itself (noreply@…) or, with the forge's commits switched on, its author as well.
    """
    if not trailers.read(place.message(commit)):
        return False
    made_by = place.committer(commit)
    by_forge = made_by[1].startswith("noreply@")
    own = place.author(commit) if target.delivery.by_api else commits.committer(target)
    return by_forge or made_by == own


def _only_caught_up(place: Mirror, tip: Head, head: Head, target: Target) -> bool:
    """Whether the tip merges the base into our commit, as a forge's button does, and adds nothing to either."""
    place.fetch_all([tip])
    parents = place.parents(tip.commit)
    if len(parents) != 2 or not _made_here(place, parents[0], target):
        return False
    ours, theirs = parents
    differs = place.changed(theirs, tip.commit)
    proposed = {entry.path: entry.oid for entry in place.files(ours)}
    added = differs.gone or any(proposed.get(entry.path) != entry.oid for entry in differs.there)
    return not added and _is_behind(place, theirs, head)


def touched(place: Mirror, tip: Head) -> frozenset[str]:
    """The files that a branch of ours changes: what its last commit does, or adds to the base that was merged in."""
    place.fetch_all([tip])
    return files_of(place, tip.commit)


def files_of(place: Mirror, commit: str) -> frozenset[str]:
    """The same of a commit that `fetch_all` brought here."""
    changed = place.changed((place.parents(commit) or (commit,))[-1], commit)
    return frozenset((*(entry.path for entry in changed.there), *changed.gone))


def _same_proposal(place: Mirror, change: ChangeSet, one: str, other: str) -> bool:
    """Whether two fetched commits say the same and leave the files of the change set the same, on whatever base."""
    if not place.same_words(one, other):
        return False
    paths = {file.path for file in change.files}
    first, second = (
        {(entry.path, entry.mode, entry.oid) for entry in place.files(commit) if entry.path in paths}
        for commit in (one, other)
    )
    return first == second


def rebuild(
    change: ChangeSet,
    commit: str,
    target: Target,
    head: Head,
    place: Mirror,
    there: str | None,
    forge: Callable[[], Forge],
    *,
    rebase: bool,
    force: bool,
    merged: str = "",
) -> tuple[str, bool] | None:
    """Bring the change set's branch, now at `there`, up to its `commit`: the one there then, and whether it moved.

    None where a person worked on it, whose commits only `force` throws away; those up to `merged` are merged. Without
    `rebase` a branch that holds the same change stays on the base it is on; one that is already right is left alone.
    Raises BranchMoved where another writer never stops moving it.
    """
    made = Made(head.commit, (change,), (commit,))
    for tried in range(_TRIES):
        tip = Head(change.branch, there) if there else None
        if tip and place.same_change(commit, tip):
            return tip.commit, False
        if tip and not force and tip.commit != merged and not is_ours(place, tip, head, target):
            return None
        if tip and not rebase and _same_proposal(place, change, tip.commit, commit):
            return tip.commit, False
        try:
            (landed,) = land(made, (change.branch, there), target, place, forge)
        except BranchMoved:
            if tried + 1 == _TRIES:
                raise
            there = place.remote(change.branch)
        else:
            return landed, True
    raise AssertionError("the last try returns or raises")


def edited(change: ChangeSet) -> Problem:
    """What is said where a person worked on the branch."""
    return Problem(
        change.key,
        "branch-edited",
        f"{change.branch} ends in a commit that is not Tagwright's, so it is left alone",
        "merge it, or tick the box in its pull request to have it rebuilt; where none is open, delete the branch",
    )
