"""Pull requests: one for each group, kept current in place, closed when nothing is left to propose.

First every pull request is found, by its branch: what people answered must be known before anything is written. Then
those that nothing proposes any longer are closed, the open ones brought up to date, and new ones opened, the longest
waiting first, as far as the limits go. A second pass with nothing new asks one question a group, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tagwright import trailers
from tagwright.decide import order
from tagwright.errors import BranchMoved, Problem, TagwrightError
from tagwright.forges.base import Draft, PullRequest, State
from tagwright.model import ChangeSet, Delivery, Head, Outcome, Published, Told, Verdict
from tagwright.plan import MAJOR, group_of
from tagwright.publish import answers, branches, commits
from tagwright.publish.leftovers import FOLLOWS, Leftovers
from tagwright.publish.result import Result
from tagwright.publish.work import Work
from tagwright.trailers import Landed
from tagwright.views.pull_request import body, fingerprint, marks, notes

if TYPE_CHECKING:
    from tagwright.forges.base import Forge
    from tagwright.git.mirror import Mirror

_NEVER = datetime.max.replace(tzinfo=UTC)


def propose(work: Work, place: Mirror) -> Result:
    """A branch and a pull request for each change set; one that fails leaves the others be."""
    target, changes = work.target, work.plan.changes
    there = place.branches(target.delivery.branch_prefix)
    leftovers = Leftovers.of(work, place, there)
    if not changes and not leftovers:
        return Result(notes=tuple(leftovers.notes))
    desk = _Desk(work, place, work.forge_for(target), there)
    groups = [desk.look(branches.grouped(change, work.proposer, target)) for change in changes]
    leftovers.look(desk.forge)
    if any(group.merged_now for group in groups) and place.remote(work.head.branch) != work.head.commit:
        raise BranchMoved(f"{work.head.branch} moved: a pull request was merged into it", hint="look again and repeat")
    said = [*leftovers.reopened(), *(one for group in groups for one in desk.turned_down(group))]
    if heard := work.new(said):
        return Result(heard=heard)
    leftovers.clear_away(desk.forge)
    desk.deliver(groups, target.delivery.max_open - leftovers.kept)
    return Result(
        (*desk.published, *leftovers.published), (*desk.problems, *leftovers.problems), (*desk.notes, *leftovers.notes)
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """A change set, where its branch is, and the pull request that was found."""

    change: ChangeSet
    there: str | None
    found: PullRequest | None = None
    problem: Problem | None = None

    @property
    def open(self) -> PullRequest | None:
        return self.found if self.found and self.found.state is State.OPEN else None

    @property
    def merged(self) -> str:
        """The commit of its branch that was merged last, where the forge tells."""
        return self.found.commit if self.found and self.found.state is State.MERGED else ""

    @property
    def merged_now(self) -> bool:
        """Whether just this was merged, as far as the text of what was merged tells."""
        if self.found is None or self.found.state is not State.MERGED:
            return False
        wanted = {(one.ruled.image, answers.spelled(one.new)) for one in self.change.decisions}
        return any((one.name, one.new) in wanted for one in marks.proposed(self.found.body))

    @property
    def is_new(self) -> bool:
        """Whether neither a branch nor an open pull request is there, as far as the forge could say."""
        return not (self.there or self.open or self.problem)

    @property
    def since(self) -> datetime:
        """Since when the oldest of its new tags is there, as far as anybody knows."""
        facts = [one.facts.get(one.chosen or "") for one in self.change.decisions]
        times = [one.pushed or one.first_seen or one.created for one in facts if one]
        return min((when for when in times if when), default=_NEVER)


@dataclass(slots=True)
class _Desk:
    """Where a target's pull requests are seen to, and what became of each."""

    work: Work
    place: Mirror
    forge: Forge
    there: dict[str, str]
    published: list[Published] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @property
    def delivery(self) -> Delivery:
        return self.work.target.delivery

    def look(self, change: ChangeSet) -> _Group:
        """Find the pull request of a change set."""
        there = self.there.get(change.branch)
        try:
            return _Group(change, there, self.forge.find(change.branch, change.base))
        except TagwrightError as error:
            return _Group(change, there, problem=error.problem(change.key))

    def turned_down(self, group: _Group) -> Iterator[answers.Said]:
        """What a person said "no" to, where the group's pull request was closed."""
        branch: tuple[Landed, ...] = ()
        if group.there and group.found and group.found.state is State.CLOSED:
            self.place.fetch(Head(group.change.branch, group.there))
            branch = trailers.read(self.place.message(group.there))
        return answers.turned_down(group.change.decisions, group.found, self.work.head, branch)

    def deliver(self, groups: list[_Group], room: int) -> None:
        """Those that are open first; then new ones, while there is room for so many open ones together."""
        open_ = [group for group in groups if group.open or group.problem]
        new = sorted((group for group in groups if group not in open_), key=lambda one: (one.since, one.change.key))
        room = max(0, min(room - len(open_), self.delivery.max_new or room))
        self._deliver_all([*open_, *new[:room]])
        for group in new[room:]:
            self.published.append(Published(group.change.key, Outcome.WAITING, detail=self._limit(len(open_))))

    def _limit(self, count: int) -> str:
        most = self.delivery.max_new or "any"
        return f"{count} pull requests were open (max_open: {self.delivery.max_open}, max_new: {most})"

    def _deliver_all(self, groups: list[_Group]) -> None:
        """Each with its commit; all of those are made in one process, and new branches begun in one push."""
        changes = [group.change for group in groups]
        try:
            made = commits.proposals(changes, self.work.head.commit, self.work.target, self.place)
        except BranchMoved:
            raise
        except TagwrightError as error:
            self.published += [self._refused(group, error.problem(group.change.key)) for group in groups]
        else:
            new = [(one.change.branch, oid) for one, oid in zip(groups, made, strict=True) if one.is_new]
            self._begin(dict(new))
            self.published += [self._deliver(group, commit) for group, commit in zip(groups, made, strict=True)]

    def _begin(self, commits: dict[str, str]) -> None:
        """Where there are several: a server is slow to greet. Whatever fails is pushed, and explained, one by one."""
        if len(commits) > 1 and not self.delivery.by_api:
            self.there |= self.place.begin(commits, self.delivery.push_options)

    def _deliver(self, group: _Group, commit: str) -> Published:
        key = group.change.key
        try:
            if group.open and self._waits(group, group.open):
                return Published(key, Outcome.UNCHANGED, group.there or "", group.open.url)
            return self._refused(group, group.problem) if group.problem else self._review(group, commit)
        except BranchMoved:
            raise
        except TagwrightError as error:
            return self._refused(group, error.problem(key))

    def _waits(self, group: _Group, found: PullRequest) -> bool:
        """Whether a part of what is proposed waits for its window or could not be judged, so that all stays as it is.

        What never was judged was not proposed, and holds nobody up.
        """
        work, key = self.work, group.change.key.removesuffix(MAJOR)
        failed = {
            one.ruled.image
            for one in work.plan.decisions
            if one.verdict is Verdict.ERROR and group_of(one, self.delivery) == key
        }
        lost = failed.difference(one.ruled.image for one in group.change.decisions)
        if group.change.waiting or any(one.name in lost for one in marks.proposed(found.body)):
            return True
        tip = Head(group.change.branch, group.there or "")
        return bool(work.unread and group.there and work.unread & branches.touched(self.place, tip))

    def _refused(self, group: _Group, problem: Problem) -> Published:
        self.problems.append(problem)
        return Published(group.change.key, Outcome.FAILED)

    def _review(self, group: _Group, commit: str) -> Published:
        """Bring the branch and its pull request up to the change set."""
        change, found = group.change, group.open
        if found and self._overtaken(group, found):
            detail = "`set` proposed a newer version, which stays"
            return Published(change.key, Outcome.UNCHANGED, group.there or "", found.url, detail)
        rebuilt = branches.rebuild(
            change,
            commit,
            self.work.target,
            self.work.head,
            self.place,
            self.there.get(change.branch),
            lambda: self.forge,
            # one that merges by itself would lose its place in the queue; Gitea does not say which do
            rebase=not (found and (found.merges_itself or self.delivery.auto_merge)),
            force=bool(found and marks.rebuild_asked(found.body)),
            merged=group.merged,
        )
        if rebuilt is None:
            return self._step_back(group)
        commit, moved = rebuilt
        if found is None:
            found = self.forge.open(self._draft(change))
            self.problems += found.problems
            return Published(change.key, Outcome.OPENED, commit, found.url)
        edited = self.forge.edit(found, self._draft(change, found))
        self.problems += edited.problems
        outcome = Outcome.UPDATED if moved or edited is not found else Outcome.UNCHANGED
        return Published(change.key, outcome, commit, edited.url)

    def _overtaken(self, group: _Group, found: PullRequest) -> bool:
        """Whether `set` proposed something newer than the policy chose: a registry may not list yet what was built."""
        proposed = {one.name: one.tag for one in marks.proposed(found.body)}
        newer = (
            order(one.ruled.policy, one.new.tag, tag) == 1
            for one in group.change.decisions
            if one.new and one.new.tag and (tag := proposed.get(one.ruled.image))
        )
        if self.work.proposer != FOLLOWS or group.there is None or not any(newer):
            return False
        self.place.fetch(Head(group.change.branch, group.there))
        theirs = trailers.group_of(self.place.message(group.there))
        return theirs is not None and theirs.proposer != FOLLOWS

    def _step_back(self, group: _Group) -> Published:
        """A person worked on the branch: say so, once, and leave all as it is. To `set` that is a failure."""
        found, edited = group.open, branches.edited(group.change)
        if self.work.proposer != FOLLOWS:
            return self._refused(group, edited)
        self.notes.append(edited)
        if found and not marks.is_stepped_back(found.body):
            draft = Draft(
                found.head, found.base, found.title, marks.stepped_back(found.body, self.forge.limit), draft=found.draft
            )
            self.forge.edit(found, draft)
        return Published(group.change.key, Outcome.UNCHANGED, group.there or "", found.url if found else "")

    def _body(self, change: ChangeSet, found: PullRequest | None) -> str:
        """The text; where what stands there was made from the same, that, and no registry is asked for it."""
        notice = f"> {self.forge.notice}\n\n" if self.forge.notice else ""
        template, limit = self.delivery.body, self.forge.limit - len(notice)
        same = found and marks.is_awaiting(found.body) == change.draft
        if found and same and marks.fingerprint_of(found.body) == fingerprint(change, template, limit):
            return found.body
        told = self.work.tell(change) if self.delivery.details else Told()
        text = notice + body(change, told, template, limit)
        return marks.awaiting(text, notes.awaited(change.decisions)) if change.draft else text

    def _draft(self, change: ChangeSet, found: PullRequest | None = None) -> Draft:
        delivery = self.delivery
        return Draft(
            head=change.branch,
            base=change.base,
            title=change.title,
            body=self._body(change, found),
            labels=delivery.labels,
            reviewers=delivery.reviewers,
            assignees=delivery.assignees,
            draft=_stays_draft(change, found) if found else change.draft or delivery.draft,
            auto_merge=delivery.auto_merge,
        )


def _stays_draft(change: ChangeSet, found: PullRequest) -> bool:
    """Whether a draft stays one: what Tagwright made one for a time, it makes ready; what a person did is theirs."""
    return found.draft and (change.draft or not marks.is_awaiting(found.body))
