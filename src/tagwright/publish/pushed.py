"""Proposals where the forge has no API for us: a branch and what its push asks for, or AGit's push without a branch.

What became of a proposal cannot be asked, so a branch that is there counts as one that is proposed and open. One that
nothing proposes any longer is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tagwright.errors import BranchMoved, Problem, TagwrightError
from tagwright.forges.base import Draft
from tagwright.forges.by_push import AGIT, BRANCH, Push, push_for
from tagwright.model import ChangeSet, Outcome, Published, Target
from tagwright.publish import branches, commits
from tagwright.publish.leftovers import FOLLOWS, Leftovers
from tagwright.publish.result import Result
from tagwright.publish.work import Work

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror


def propose(work: Work, place: Mirror) -> Result:
    """A push for each change set; one that fails leaves the others be."""
    there = place.branches(work.target.delivery.branch_prefix)
    leftovers, desk = Leftovers.of(work, place, there), _Desk(work, place, there)
    leftovers.delete()
    now, later = desk.fitting([branches.grouped(one, work.proposer, work.target) for one in work.plan.changes])
    published = (*map(desk.deliver, now), *map(desk.wait, later), *leftovers.published)
    return Result(published, (*desk.problems, *leftovers.problems), (*desk.notes, *leftovers.notes))


@dataclass(slots=True)
class _Desk:
    """Where a target's proposals are pushed from. `there` are its branches and their commits."""

    work: Work
    place: Mirror
    there: dict[str, str]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def fitting(self, changes: list[ChangeSet]) -> tuple[list[ChangeSet], list[ChangeSet]]:
        """What may be delivered now, those first that have a branch; and what must wait, as many are open as may be.

        Of AGit's requests nobody knows how many are open.
        """
        delivery, forge = self.work.target.delivery, self.work.target.forge
        if forge.kind == AGIT:
            return changes, []
        changes = sorted(changes, key=lambda one: one.branch not in self.there)
        count = sum(one.branch in self.there for one in changes)
        room = max(0, min(delivery.max_open - count, delivery.max_new or delivery.max_open))
        return changes[: count + room], changes[count + room :]

    def wait(self, change: ChangeSet) -> Published:
        """What is told of one that there is no room for."""
        return Published(change.key, Outcome.WAITING, detail=f"max_open: {self.work.target.delivery.max_open}")

    def deliver(self, change: ChangeSet) -> Published:
        """One change set, and what became of it."""
        push = push_for(self.work.target.forge.kind, _draft(change, self.work.target))
        try:
            made = self._offered(change, push) if push.ref else self._branched(change, push)
        except BranchMoved:
            raise
        except TagwrightError as error:
            self.problems.append(error.problem(change.key))
            return Published(change.key, Outcome.FAILED)
        if made.outcome in (Outcome.OPENED, Outcome.PUSHED, Outcome.UPDATED):
            self.problems += push.problems
        return made

    def _offered(self, change: ChangeSet, push: Push) -> Published:
        """AGit: the server knows whether it has the commit already."""
        work, place = self.work, self.place
        (commit,) = commits.proposals([change], work.head.commit, work.target, place)
        new = place.offer(commit, push.ref, self._options(push))
        return Published(change.key, Outcome.OPENED if new else Outcome.UNCHANGED, commit)

    def _branched(self, change: ChangeSet, push: Push) -> Published:
        work, there = self.work, self.there.get(change.branch)
        if change.waiting and there:
            return Published(change.key, Outcome.UNCHANGED, there)
        asking = replace(work.target, delivery=replace(work.target.delivery, push_options=self._options(push)))
        forge = partial(work.forge_for, work.target)
        (made,) = commits.proposals([change], work.head.commit, work.target, self.place)
        rebuilt = branches.rebuild(change, made, asking, work.head, self.place, there, forge, rebase=True, force=False)
        if rebuilt is None:
            return self._stepped_back(change, there)
        commit, moved = rebuilt
        if moved:
            outcome = Outcome.UPDATED if there else Outcome.OPENED
            return Published(change.key, Outcome.PUSHED if work.target.forge.kind == BRANCH else outcome, commit)
        return Published(change.key, Outcome.UNCHANGED, commit)

    def _options(self, push: Push) -> tuple[str, ...]:
        return (*self.work.target.delivery.push_options, *push.options)

    def _stepped_back(self, change: ChangeSet, there: str | None) -> Published:
        """A person worked on the branch: to `set` that is a failure."""
        if self.work.proposer != FOLLOWS:
            self.problems.append(branches.edited(change))
            return Published(change.key, Outcome.FAILED)
        self.notes.append(branches.edited(change))
        return Published(change.key, Outcome.UNCHANGED, there or "")


def _draft(change: ChangeSet, target: Target) -> Draft:
    delivery = target.delivery
    return Draft(
        head=change.branch,
        base=change.base,
        title=change.title,
        body="",
        labels=delivery.labels,
        reviewers=delivery.reviewers,
        assignees=delivery.assignees,
        draft=delivery.draft,
        auto_merge=delivery.auto_merge,
    )
