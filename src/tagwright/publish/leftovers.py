"""Branches of ours that nothing proposes any longer: their pull requests are closed with a word why, or were decided.

Only what is known to be ours goes: the commit says which target and group it was for, and no person added to it. What
could not be judged in this pass (a registry that was away, a window that is closed, a file that cannot be read) stays.
So does, with a note, what no rule here is about: a configuration that we do not see may have a target of the same name,
and would open it anew each time. A proposal made by `set` goes when the base has it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tagwright import trailers
from tagwright.errors import Problem, TagwrightError
from tagwright.forges.base import Forge, PullRequest, State
from tagwright.git.mirror import Mirror
from tagwright.model import Decision, Head, Mode, Outcome, Published, Verdict
from tagwright.plan import MAJOR, group_of
from tagwright.publish import answers, branches
from tagwright.publish.work import Work
from tagwright.trailers import Landed
from tagwright.views.pull_request import marks, notes

log = logging.getLogger(__name__)

FOLLOWS = "run"
"""Who sees to what is left over: a pass that follows policies knows of every group."""

_MOST = 500  # judged in one pass; whoever may push may make any number, and each costs a question to the forge
_UNJUDGED = (Verdict.ERROR, Verdict.PENDING)


@dataclass(slots=True)
class _Left:
    """One branch: where it is, whose proposal it was, what is decided about its group now, and its pull request."""

    tip: Head
    group: trailers.Group
    decisions: tuple[Decision, ...]
    found: PullRequest | None = None
    problem: Problem | None = None


@dataclass(slots=True)
class Leftovers:
    """What is left over of a target. `kept` is how many of its open pull requests stay as they are."""

    work: Work
    place: Mirror
    left: list[_Left] = field(default_factory=list)
    kept: int = 0
    published: list[Published] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @classmethod
    def of(cls, work: Work, place: Mirror, there: Mapping[str, str]) -> Leftovers:
        """Those of the branches `there` that no change set has, and that can be judged."""
        found = cls(work, place)
        proposed = {change.branch for change in work.plan.changes}
        tips = [Head(branch, commit) for branch, commit in there.items() if branch not in proposed]
        if work.proposer != FOLLOWS or not tips:
            return found
        place.fetch_all(tips)
        messages = place.messages(tip.commit for tip in tips)
        groups = [(tip, trailers.group_of(messages.get(tip.commit, ""))) for tip in tips]
        ours = [(tip, one) for tip, one in groups if one and one.target == work.target.name]
        bases = found._bases({one.base for _, one in ours})
        for tip, group in [(tip, one) for tip, one in ours if one.base in bases][:_MOST]:
            found._sort_in(tip, group, trailers.read(messages[tip.commit]))
        return found

    def _bases(self, named: set[str]) -> set[str]:
        """Of these our base, and those that are gone: forges move what is open when a branch is renamed."""
        others = {base: f"refs/heads/{base}" for base in named - {self.head.branch} if base.isprintable()}
        there = self.place.refs(*others.values()) if others else {}
        return {self.head.branch, *(base for base, ref in others.items() if ref not in there)}

    @property
    def head(self) -> Head:
        return self.work.head

    def _sort_in(self, tip: Head, group: trailers.Group, landed: tuple[Landed, ...]) -> None:
        plan, target = self.work.plan, self.work.target
        key = group.key.removesuffix(MAJOR)
        decisions = tuple(one for one in plan.decisions if group_of(one, target.delivery) == key)
        theirs = not branches.is_ours(self.place, tip, self.head, target)
        if group.proposer != FOLLOWS:
            if not theirs and self._is_true(tip):
                self.left.append(_Left(tip, group, ()))
        elif theirs or any(one.verdict in _UNJUDGED for one in decisions) or self._unread(tip):
            self.kept += 1
        elif not self._is_known(tip, landed):
            self.kept += 1
            self.notes.append(_nobodys(tip.branch, group))
        else:
            self.left.append(_Left(tip, group, decisions))

    def _unread(self, tip: Head) -> bool:
        return bool(self.work.unread) and bool(self.work.unread & branches.files_of(self.place, tip.commit))

    def _is_known(self, tip: Head, landed: tuple[Landed, ...]) -> bool:
        """Whether it is decided here about all that is proposed, or need not be: it is true, or its files are gone."""
        paths = branches.files_of(self.place, tip.commit)
        ruled = (one for one in self.work.plan.decisions if one.verdict is not Verdict.UNMANAGED)
        images = {one.ruled.image for one in ruled if one.reference.path in paths}
        if {one.name for one in landed} <= images or self._is_true(tip):
            return True
        return paths.isdisjoint(entry.path for entry in self.place.files(self.head.commit))

    def _is_true(self, tip: Head) -> bool:
        """Whether the base has every file as the branch's last commit left it."""
        self.place.fetch(self.head)
        parent = next(iter(self.place.parents(tip.commit)), tip.commit)
        proposed = self.place.changed(parent, tip.commit).there
        standing = {entry.path: entry.oid for entry in self.place.files(self.head.commit)}
        return all(standing.get(entry.path) == entry.oid for entry in proposed)

    def __bool__(self) -> bool:
        return bool(self.left)

    def look(self, forge: Forge) -> None:
        """Find the pull request of each."""
        for one in self.left:
            try:
                one.found = forge.find(one.tip.branch, self.head.branch)
            except TagwrightError as error:
                one.problem = error.problem(one.group.key)

    def reopened(self) -> Iterator[answers.Said]:
        """What people took back of a "no"."""
        for one in self.left:
            if one.found and one.found.state is State.OPEN:
                yield from answers.taken_back(one.decisions, one.found, self.head)

    def turned_down(self) -> Iterator[answers.Said]:
        """What people said "no" to, of what would be written to the base now."""
        for one in self.left:
            wanted = tuple(decision for decision in one.decisions if decision.new)
            branch = trailers.read(self.place.message(one.tip.commit))
            yield from answers.turned_down(wanted, one.found, self.head, branch)

    def clear_away(self, forge: Forge) -> None:
        """Close what is open, with a word why, and delete every branch."""
        self._each(lambda one: self._clear_away(one, forge))

    def delete(self) -> None:
        """Delete every branch; where a forge has a request for it, it closes that itself."""
        self._each(self._delete)

    def _each(self, step: Callable[[_Left], None]) -> None:
        for one in self.left:
            try:
                if one.problem:
                    self.problems.append(one.problem)
                    self.kept += 1
                else:
                    step(one)
            except TagwrightError as error:
                self.problems.append(error.problem(one.group.key))

    def _clear_away(self, one: _Left, forge: Forge) -> None:
        found = one.found
        if found and found.state is State.OPEN:
            forge.close(found, self._why(one), marks.withdrawn(found.body, forge.limit))
            self._tell(one, found.url)
        self._remove(one)
        versions = _versions(one.decisions)
        if versions and found and found.state is State.CLOSED and not marks.is_withdrawn(found.body):
            forge.comment(found, notes.understood(versions))

    def _delete(self, one: _Left) -> None:
        self._remove(one)
        self._tell(one)

    def _remove(self, one: _Left) -> None:
        self.place.delete(one.tip.branch, one.tip.commit)
        log.info("%s was deleted: nothing is proposed there any longer", one.tip.branch)

    def _tell(self, one: _Left, url: str = "") -> None:
        told = Published(one.group.key, Outcome.SUPERSEDED, one.tip.commit, url, self._why(one))
        self.published.append(told)

    def _why(self, one: _Left) -> str:
        committed = self.work.target.delivery.mode is not Mode.PULL_REQUEST
        return notes.closed(one.decisions, self.head.branch, committed=committed)


def _nobodys(branch: str, group: trailers.Group) -> Problem:
    hint = "close its pull request, or give targets in other configurations names of their own"
    return Problem(group.key, "pull-requests-left", f"no rule here is about what {branch} proposes", hint)


def _versions(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The versions that were turned down, each once."""
    down = (one for decision in decisions for one in decision.ruled.rejected if one.pull_request)
    return tuple(dict.fromkeys(one.version for one in down))
