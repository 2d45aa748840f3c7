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

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tagwright import policies
from tagwright.model import (
    Candidate,
    Choice,
    PolicyKind,
    PolicySpec,
    Reason,
    Ruling,
    Verdict,
    Wanted,
)
from tagwright.offer import Offer
from tagwright.policies import facts
from tagwright.policies.base import Refusal
from tagwright.policies.natural import natural

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

    A tag that comes back `described` without the fact wanted is ruled `metadata-unavailable`; `offline`
    takes every tag as described, and so never answers Wanted. With `digest` no tag is taken whose digest is
    not known. Of what people took back (`rejected`) nothing is taken, nor anything that is not above it. `now` and
    all dates are aware. `Choice.rulings()` has every tag once, in the order offered.
    Raises PolicyError when the policy cannot be.
    """
    return _Choosing(policy, current, Offer.made_of(candidates), now, offline, digest, tuple(rejected)).choice()


@dataclass(slots=True)
class _Choosing:
    """One choice in the making; the walk to the winner and the rulings take the same steps."""

    spec: PolicySpec
    current: str | None
    offer: Offer
    now: datetime
    offline: bool
    digest: bool
    rejected: tuple[Rejection, ...]
    policy: policies.Policy = field(init=False)
    gates: policies.Gates = field(init=False)
    seen_current: Any | None = field(init=False)
    rank: policies.Ranker = field(init=False)
    floor: Any | None = field(init=False)
    """Where the current tag stands; None where it has no place in the policy's order."""
    stuck: bool = field(init=False)
    """The current tag is offered, but not its date: it might be newer than all others."""

    def __post_init__(self) -> None:
        self.policy, self.gates = policies.build(self.spec)
        self.seen_current = None if self.current is None else self._seen_of_current(self.current)
        self.rank = self.policy.ranker(self.seen_current)
        self.floor = None if self.seen_current is None else self.policy.position(self.seen_current)
        self.stuck = bool(self.policy.dated) and self.floor is None and self.current in self.offer.tags

    def choice(self) -> Choice | Wanted:
        """Walk down from the best until the gates let one through."""
        undated = self._undated() if self.policy.dated and not self.offline else []
        if urgent := [tag for tag in undated if tag == self.current or self.offer.of(tag).pushed is None]:
            return Wanted(tuple(urgent))
        unknown: list[str] = []
        refused: list[Refusal] = []
        for tag in self._best_first():
            if self.gates.refuse(tag):
                continue
            if taken_back := self._taken_back(tag):
                refused.append(taken_back)
            elif self._unknown(tag):
                unknown.append(tag)
                if len(unknown) > len(refused):  # ask for one, then two, then four …: few requests, few rounds
                    break
            elif refusal := self._gate(tag):
                refused.append(refusal)
            elif later := unknown or self._later(undated, self._date(tag)):
                return Wanted(tuple(later))
            else:
                return self._settled(tag, refused, undated)
        if later := unknown or self._later(undated, None if self.spec.allow_downgrade else self.floor):
            return Wanted(tuple(later))
        return self._outcome(None, refused)

    def _settled(self, best: str, refused: list[Refusal], undated: list[str]) -> Choice | Wanted:
        """The outcome with the best tag that the gates let through, unless a burst of builds may go on (`wait`)."""
        burst = None if self._exempt(best) else facts.waits(self.spec, self.offer.of(best), self.now)
        if burst is None:
            return self._outcome(best, refused)
        if later := self._later(undated, self.floor):
            return Wanted(tuple(later))
        unknown: list[str] = []
        known = 0
        for tag in self._best_first():
            if self.gates.refuse(tag) or self._exempt(tag) or self._not_above(self.rank(self._seen(tag))):
                continue
            if self._unknown(tag):
                unknown.append(tag)
                if len(unknown) > known:
                    break
            elif facts.starved(self.spec, self.offer.of(tag), self.now):
                return self._outcome(best, refused)
            else:
                known += 1
        if unknown:
            return Wanted(tuple(unknown))
        return Choice(Verdict.PENDING, None, lambda: self._rulings(None, best, burst), f"the next tag {burst.detail}")

    def _outcome(self, tag: str | None, refused: list[Refusal]) -> Choice:
        """`tag` is where the walk ended, `refused` what the gates said of the tags above it."""
        young = next((refusal for refusal in refused if isinstance(refusal, facts.TooYoung)), None)
        if tag is not None and tag != self.current:
            return Choice(Verdict.UPDATE, self.offer.of(tag), lambda: self._rulings(tag, tag))
        if young is not None:
            return Choice(Verdict.PENDING, None, lambda: self._rulings(None, tag), f"the next tag {young.detail}")
        taken_back = next((refusal for refusal in refused if refusal.reason is Reason.REJECTED), None)
        if taken_back is not None:
            return Choice(Verdict.REJECTED, None, lambda: self._rulings(None, tag), taken_back.detail)
        if tag is not None:
            return Choice(Verdict.CURRENT, self.offer.of(tag), lambda: self._rulings(tag, tag))
        return Choice(Verdict.NONE, None, lambda: self._rulings(None, None), self._nothing())

    def _nothing(self) -> str:
        """In words why no tag may be taken, where it is the current one that stands in the way of all."""
        seen = self.seen_current if self.spec.kind is PolicyKind.COMPATIBLE else None
        if seen is None or self.rank(seen) is not None:
            return "no tag may be taken"
        return f"no tag may be taken: the current {self.current} {self.policy.refusal(seen, seen).detail}"

    # ── the walk ─────────────────────────────────────────────────────────────

    def _best_first(self) -> Iterator[str]:
        """Tags from the best down: the first by one tight pass, a sort only when the gates refuse it."""
        ties = self._top()
        if not ties:
            return
        first = max(ties, key=self._tie)
        yield first
        ranked = [(place, self._tie(tag), tag) for place, tag in self._contenders() if tag != first]
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
        see = self._seen if self.policy.dated or not self.gates.extract else self.gates.extract
        for tag, seen in zip(tags, tags if plain else map(see, tags), strict=True):
            if seen is None:
                continue
            place = rank(seen)
            if place is not None and (floor is None or place > floor or tag == current):
                yield place, tag

    def _tie(self, tag: str) -> Any:
        return tag == self.current, _shape(tag) == _shape(self.current or ""), self._spelled(tag), natural(tag), tag

    def _spelled(self, tag: str) -> bool:
        """Whether the tag has a `v` or not as the range does; a range without a number has no opinion."""
        argument = self.spec.argument
        if self.spec.kind is not PolicyKind.SEMVER or not re.search("[0-9]", argument):
            return False
        return tag.startswith("v") == ("v" in argument)

    # ── what is seen and known of a tag ──────────────────────────────────────

    def _seen(self, tag: str) -> Any | None:
        """What the policy sees of a tag: its extract, its date or itself; None where the filter takes it away."""
        text = self.gates.extract(tag) if self.gates.extract else tag
        return self._date(tag) if self.policy.dated and text is not None else text

    def _seen_of_current(self, tag: str) -> Any | None:
        """As `_seen`; outside the filter it still has a date or a version, below which nothing goes."""
        if self.policy.dated:
            return self._date(tag)
        seen = self._seen(tag)
        return tag if seen is None and self.spec.kind is PolicyKind.SEMVER else seen

    def _date(self, tag: str) -> datetime | None:
        """The date a dated policy goes by; none was created after its push, whatever its publisher says."""
        about = self.offer.of(tag)
        if self.policy.dated != "created" or about.created is None:
            return about.pushed if self.policy.dated == "pushed" else None
        return min(about.created, about.pushed or about.created)

    def _undated(self) -> list[str]:
        """The tags whose date a dated policy asks for: those that the gates on names let through, and the current."""
        return [
            tag
            for tag in dict.fromkeys(self.offer.tags)
            if not self.offer.of(tag).described
            and self._date(tag) is None
            and (tag == self.current or not self._name_refusal(tag))
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

    def _exempt(self, tag: str) -> bool:
        """What stands in Git needs no leave to stay; a followed tag may have moved."""
        return tag == self.current and self.spec.kind is not PolicyKind.DIGEST

    def _unknown(self, tag: str) -> bool:
        about = self.offer.of(tag)
        if self.offline or about.described or self._exempt(tag):
            return False
        return facts.missing(self.spec, about, digest=self.digest)

    def _gate(self, tag: str) -> Refusal | None:
        return None if self._exempt(tag) else facts.refuse(self.spec, self.offer.of(tag), self.now, digest=self.digest)

    def _taken_back(self, tag: str) -> Refusal | None:
        """Against a tag that a person took back, or that is not above one."""
        if self._exempt(tag):
            return None
        for one in self.rejected:
            if self._is_same(tag, one):
                return Refusal(Reason.REJECTED, f"{one}; a newer one goes on, or a commit that says Tagwright: resume")
            if tag != one.tag and self._is_below(tag, one.tag):
                return Refusal(Reason.REJECTED, f"is not above {one.tag}, which was taken back on {one.day}")
        return None

    def _is_same(self, tag: str, rejection: Rejection) -> bool:
        """Whether the tag is what was taken back; a followed tag is only while it has the same digest."""
        if self.spec.kind is not PolicyKind.DIGEST:
            return tag == rejection.tag
        digest = self.offer.of(tag).digest
        return digest is not None and rejection.version.endswith(digest)

    def _is_below(self, tag: str, other: str) -> bool:
        """Whether the policy puts a tag at or below another that may not be offered any more."""
        one, two = self._seen(tag), self._seen(other)
        if one is None or two is None or (not self.policy.dated and self.policy.family(one) != self.policy.family(two)):
            return False
        place, above = self.policy.position(one), self.policy.position(two)
        return place is not None and above is not None and bool(place <= above)

    # ── the rulings ──────────────────────────────────────────────────────────

    def _rulings(self, chosen: str | None, end: str | None, burst: Refusal | None = None) -> tuple[Ruling, ...]:
        """Every tag once; `end` is the tag where the walk ended, None where it reached the bottom.

        `burst` is what stands against `end` itself.
        """
        mark = None if end is None else (self.rank(self._seen(end)), self._tie(end))
        tags = dict.fromkeys(self.offer.tags)
        return tuple(self._ruling(tag, chosen, end, mark, burst if tag == end else None) for tag in tags)

    def _ruling(
        self, tag: str, chosen: str | None, end: str | None, mark: Any | None, burst: Refusal | None = None
    ) -> Ruling:
        if tag == chosen:
            return Ruling(tag, None, self._praise(tag))
        refusal = burst or self._refusal(tag) or self._below(tag, end, mark)
        eligible = refusal.eligible if isinstance(refusal, facts.TooYoung) else None
        return Ruling(tag, refusal.reason, refusal.detail, eligible)

    def _praise(self, tag: str) -> str:
        """Why a tag is the chosen one, what it was taken for, and by which clock it is old enough."""
        reading = self.policy.reading(self._seen(tag))
        words = f"; read as {reading}" if reading else ""
        if self._exempt(tag):
            return "is the current tag" + words
        told = facts.clock(self.spec, self.offer.of(tag)) if self.spec.minimum_age or self.spec.wait else None
        return "is the best that may be taken" + words + (f"; {told[1]}" if told else "")

    def _refusal(self, tag: str) -> Refusal | None:
        """What stands against a tag, whichever is chosen, in the order of the module's second paragraph."""
        if refusal := self._name_refusal(tag):
            return refusal
        place = self.rank(self._seen(tag))
        if place is None:
            return self._too_early(tag) or self.policy.refusal(self._seen(tag), self.seen_current)
        if self._exempt(tag):
            return Refusal(Reason.SAME, "is the current tag")
        if self.stuck:
            return Refusal(Reason.NOT_COMPARABLE, f"when {self.current} was {self.policy.dated} is not known")
        return None if self.spec.allow_downgrade else self._not_above(place)

    def _too_early(self, tag: str) -> Refusal | None:
        """Against a tag whose date was not asked because its push was too early for it to win."""
        if self.policy.dated != "created":
            return None
        about = self.offer.of(tag)
        if about.described or about.pushed is None or self.offline or self.stuck:
            return None
        reason = Reason.OLDER if self.floor is not None and about.pushed < self.floor else Reason.OUTRANKED
        return Refusal(reason, f"was pushed {about.pushed:%Y-%m-%d %H:%M}, before a better one was created")

    def _below(self, tag: str, end: str | None, mark: Any | None) -> Refusal:
        """What stands against a tag that might have been taken: the gates, or a better one."""
        place = self.rank(self._seen(tag))
        if mark is not None and (place < mark[0] or (place == mark[0] and self._tie(tag) < mark[1])):
            tied = "is equal in this order, by name " if place == mark[0] else ""
            outranked = Refusal(Reason.OUTRANKED, f"{tied}{end} comes first")
            return self._not_above(place) or self._taken_back(tag) or outranked
        refusal = self._taken_back(tag) or self._gate(tag)
        assert refusal, f"{tag} would have been chosen"
        return refusal

    def _not_above(self, place: Any) -> Refusal | None:
        """Against a tag that the policy ranks, but not above the current one."""
        if self.floor is None or place > self.floor:
            return None
        if place == self.floor:
            return Refusal(Reason.SAME, f"is the same version as the current {self.current}")
        if self.spec.allow_downgrade or self._keeps_current():
            return Refusal(Reason.OLDER, f"is below the current {self.current}")
        return Refusal(Reason.DOWNGRADE, f"is below the current {self.current}; allow_downgrade: true would take it")

    def _keeps_current(self) -> bool:
        """Whether the current tag is one that the policy would have."""
        assert self.current is not None
        return not self._name_refusal(self.current) and self.rank(self.seen_current) is not None

    def _name_refusal(self, tag: str) -> Refusal | None:
        if refusal := self.gates.refuse_image(tag):
            return refusal
        if self.gates.extract and self.gates.extract(tag) is None:
            return self.gates.filtered
        return self.gates.refuse_listed(tag)


def _shape(tag: str) -> str:
    return re.sub("[0-9]+", "0", tag)
