"""A direct commit: all change sets of a target as a chain of commits, in one push, by compare-and-swap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import BranchMoved, BranchProtected, TagwrightError
from tagwright.model import Mode, Outcome, Published
from tagwright.publish import commits
from tagwright.publish.result import Result
from tagwright.publish.work import Work

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror


def push(work: Work, place: Mirror) -> Result:
    """One commit a change set, one push for all."""
    changes, target, head = work.plan.changes, work.target, work.head
    try:
        made = commits.chain(changes, head.commit, target, place)
        place.push(made[-1], head.branch, head.commit, options=target.delivery.push_options)
    except TagwrightError as error:
        if isinstance(error, BranchMoved) or (isinstance(error, BranchProtected) and target.delivery.mode is Mode.AUTO):
            raise
        return Result(
            tuple(Published(change.key, Outcome.FAILED) for change in changes),
            tuple(error.problem(change.key) for change in changes),
        )
    return Result(tuple(Published(c.key, Outcome.PUSHED, commit) for c, commit in zip(changes, made, strict=True)))
