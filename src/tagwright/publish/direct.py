"""A direct commit: all change sets of a target as a chain of commits, in one push, by compare-and-swap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import BranchMoved, BranchProtected, TagwrightError
from tagwright.model import Mode, Outcome, Published
from tagwright.publish import commits
from tagwright.publish.landing import Made, land
from tagwright.publish.result import Result
from tagwright.publish.work import Work

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror


def push(work: Work, place: Mirror) -> Result:
    """One commit a change set, one push for all. The forge is asked only where it makes the commits."""
    changes, target, head = work.plan.changes, work.target, work.head
    try:
        made = Made(head.commit, changes, commits.chain(changes, head.commit, target, place))
        landed = land(made, (head.branch, head.commit), target, place, lambda: work.forge_for(target))
    except TagwrightError as error:
        if isinstance(error, BranchMoved) or (isinstance(error, BranchProtected) and target.delivery.mode is Mode.AUTO):
            raise
        return Result(
            tuple(Published(change.key, Outcome.FAILED) for change in changes),
            tuple(error.problem(change.key) for change in changes),
        )
    return Result(tuple(Published(c.key, Outcome.PUSHED, commit) for c, commit in zip(changes, landed, strict=True)))
