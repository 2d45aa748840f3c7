"""One policy over the tags of one image -> Choice: the best tag, and why not each of the others.

A tag passes, in this order: is it an image at all, the filter, `ignore`, `allow`, the policy's own rank,
the guard against going back, what people took back, then platforms and age. Of the tags that pass, the one that
the policy puts first is chosen. The tag that stands in Git needs no leave of platforms and age to stay.

The order is total, so the order in which a registry lists tags never matters. Between tags that the policy
holds equal (`1.2.3` and `v1.2.3`, two tags with one extract) wins, in turn: the current tag; the one written
like the current tag but for its digits; the one with or without `v`, as the policy's range is written; the
later in natural order (`alpine3.10` after `alpine3.9`); the later in byte order.

Facts beyond names are asked lazily: `choose` answers `Wanted(tags)` when it cannot go on without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tagwright.errors import Problem
from tagwright.model import (
    Candidate,
    Choice,
    PolicyKind,
    PolicySpec,
    Reason,
    Verdict,
    Wanted,
)
from tagwright.offer import Offer
from tagwright.policies import facts
from tagwright.policies.base import Refusal
from tagwright.rulings import Rulings
from tagwright.weighing import Weighing

if TYPE_CHECKING:
    from tagwright.model import Rejection


def choose(
    policy: PolicySpec,
    current: str | None,
    candidates: Sequence[Candidate],
    now: datetime,
    *,
    offline: bool = False,
    digest: bool = False,
    rejected: Sequence[Rejection] = (),
) -> Choice | Wanted:
    """The best tag for a reference at `current` (None: the best there is), or the tags to describe first.

    A tag that comes back `described` without the fact wanted is ruled `metadata-unavailable`. So is one that is
    `unread`: where it might be the best that is an error, and nothing lower is chosen in its stead. `offline` takes
    every tag as described, and so never answers Wanted. With `digest` no tag is taken whose digest is not known. Of
    what people took back (`rejected`) nothing is taken, nor anything that is not above it. `now` and all dates are
    aware. `Choice.rulings()` has every tag once, in the order offered.
    Raises PolicyError when the policy cannot be.
    """
    return _Choosing(policy, current, Offer.made_of(candidates), now, offline, digest, tuple(rejected)).choice()


class _Choosing(Weighing):
    """All tags weighed, from the best down to the first that may be taken."""

    __slots__ = ()

    def choice(self) -> Choice | Wanted:
        """Walk down from the best until the gates let one through."""
        if self.blind and (problem := self.unread(self.blind)):
            return self._unread(None, problem)
        undated = self._undated() if self.policy.dated and not self.offline else []
        if urgent := [tag for tag in undated if tag == self.current or self.offer.of(tag).pushed is None]:
            return Wanted(tuple(urgent))
        unknown: list[str] = []
        refused: list[tuple[str, Refusal]] = []
        for tag in self._best_first():
            if self.gates.refuse(tag):
                continue
            if taken_back := self.taken_back(tag):
                refused.append((tag, taken_back))
            elif self.unknown(tag):
                unknown.append(tag)
                if len(unknown) > len(refused):  # ask for one, then two, then four …: few requests, few rounds
                    break
            elif problem := self.unread(tag):
                return Wanted(tuple(unknown)) if unknown else self._unread(tag, problem)
            elif refusal := self.gate(tag):
                refused.append((tag, refusal))
            elif later := unknown or self._later(undated, self.date(tag)):
                return Wanted(tuple(later))
            else:
                return self._settled(tag, refused, undated)
        if later := unknown or self._later(undated, None if self.spec.allow_downgrade else self.floor):
            return Wanted(tuple(later))
        return self._outcome(None, refused)

    def _unread(self, best: str | None, problem: Problem) -> Choice:
        """The outcome where a tag that might be the best could not be read: nothing lower is taken in its stead."""
        refusal = Refusal(Reason.METADATA_UNAVAILABLE, problem.message)
        return Choice(Verdict.ERROR, None, Rulings(self, None, best, refusal).every, problem.message, problem)

    def _settled(self, best: str, refused: list[tuple[str, Refusal]], undated: list[str]) -> Choice | Wanted:
        """The outcome with the best tag that the gates let through, unless a burst of builds may go on (`wait`)."""
        burst = None if self.exempt(best) else facts.waits(self.spec, self.offer.of(best), self.now)
        if burst is None:
            return self._outcome(best, refused)
        if later := self._later(undated, self.floor):
            return Wanted(tuple(later))
        unknown: list[str] = []
        known = 0
        for tag in self._best_first():
            if self.gates.refuse(tag) or self.exempt(tag) or self.not_above(self.rank(self.seen(tag))):
                continue
            if self.unknown(tag):
                unknown.append(tag)
                if len(unknown) > known:
                    break
            elif facts.starved(self.spec, self.offer.of(tag), self.now):
                return self._outcome(best, refused)
            else:
                known += 1
        if unknown:
            return Wanted(tuple(unknown))
        rulings, detail = Rulings(self, None, best, burst).every, f"the next tag {burst.detail}"
        return Choice(Verdict.PENDING, None, rulings, detail, awaited=self.offer.of(best))

    def _outcome(self, tag: str | None, refused: list[tuple[str, Refusal]]) -> Choice:
        """`tag` is where the walk ended, `refused` what the gates said of the tags above it."""
        young = next(((one, why) for one, why in refused if isinstance(why, facts.TooYoung)), None)
        if tag is not None and tag != self.current:
            return Choice(Verdict.UPDATE, self.offer.of(tag), Rulings(self, tag, tag).every)
        if young is not None:
            (one, why), rulings = young, Rulings(self, None, tag).every
            return Choice(Verdict.PENDING, None, rulings, f"the next tag {why.detail}", awaited=self.offer.of(one))
        taken_back = next((why for _, why in refused if why.reason is Reason.REJECTED), None)
        if taken_back is not None:
            return Choice(Verdict.REJECTED, None, Rulings(self, None, tag).every, taken_back.detail)
        if tag is not None:
            return Choice(Verdict.CURRENT, self.offer.of(tag), Rulings(self, tag, tag).every)
        return Choice(Verdict.NONE, None, Rulings(self, None, None).every, self._nothing())

    def _nothing(self) -> str:
        """In words why no tag may be taken, where it is the current one that stands in the way of all."""
        if self.stuck:
            return f"no tag may be taken: {self.no_date}"
        seen = self.seen_current if self.spec.kind is PolicyKind.COMPATIBLE else None
        if seen is None or self.rank(seen) is not None:
            return "no tag may be taken"
        return f"no tag may be taken: the current {self.current} {self.policy.refusal(seen, seen).detail}"

    def _best_first(self) -> Iterator[str]:
        """Tags from the best down: the first by one tight pass, a sort only when the gates refuse it."""
        ties = self._top()
        if not ties:
            return
        first = max(ties, key=self.tie)
        yield first
        ranked = [(place, self.tie(tag), tag) for place, tag in self._contenders() if tag != first]
        yield from dict.fromkeys(tag for *_, tag in sorted(ranked, reverse=True))

    def _top(self) -> list[str]:
        """The tags with the greatest rank."""
        best, ties = None, []
        for place, tag in self._contenders():
            if best is None or place > best:
                best, ties = place, [tag]
            elif place == best:
                ties.append(tag)
        return ties

    def _contenders(self) -> Iterator[tuple[Any, str]]:
        """What the filter and the policy let through and is above the current tag, or is it."""
        if self.stuck:
            return
        rank, current, tags = self.rank, self.current, self.offer.tags
        floor = None if self.spec.allow_downgrade else self.floor
        plain = not (self.gates.extract or self.policy.dated)
        see = self.seen if self.policy.dated or not self.gates.extract else self.gates.extract
        for tag, seen in zip(tags, tags if plain else map(see, tags), strict=True):
            if seen is None:
                continue
            place = rank(seen)
            if place is not None and (floor is None or place > floor or tag == current):
                yield place, tag

    def _undated(self) -> list[str]:
        """The tags whose date a dated policy asks for: those that the gates on names let through, and the current."""
        return [
            tag
            for tag in dict.fromkeys(self.offer.tags)
            if not self.offer.of(tag).described
            and self.date(tag) is None
            and (tag == self.current or not self.name_refusal(tag))
        ]

    def _later(self, undated: list[str], than: datetime | None) -> list[str]:
        """The tags to describe next because they might be as late: the last pushed first, ever more at a time."""
        if self.stuck:
            return []
        late = [tag for tag in undated if than is None or self._pushed(tag) >= than]
        dated = sum(1 for tag in self.offer.known if self.offer.known[tag].described)
        return sorted(late, key=self._pushed, reverse=True)[: max(1, dated)]

    def _pushed(self, tag: str) -> datetime:
        pushed = self.offer.of(tag).pushed
        assert pushed, "the others are asked at once"
        return pushed
