"""Reference + tags -> Decision, with a reason for every tag not taken.

`choose` is one policy over one list of tags. A tag passes, in this order: is it an image at all, the filter,
`ignore`, `allow`, the policy's own judgement, the guard against going back, then platforms and age. Of the
tags that pass, the one that the policy puts first is chosen.

The order is total, so the order in which a registry lists tags never matters. Between tags that the policy
holds equal (`1.2.3` and `v1.2.3`, two tags with one extract) wins, in turn: the current tag; the one written like
the current tag but for its digits; the one with or without `v`, as the policy's range is written; the later in
natural order (`alpine3.10` after `alpine3.9`); the later in byte order.

Facts beyond names are asked lazily: `choose` answers `Wanted(tags)` when it cannot go on without them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any, overload

from tagwright import policies, version
from tagwright.model import Candidate, Choice, PolicyKind, PolicySpec, Reason, Ruling, Verdict, Wanted
from tagwright.policies import facts
from tagwright.policies.base import Refusal
from tagwright.policies.natural import natural


class Offer(Sequence[Candidate]):
    """Tags by name, with facts about some: ten thousand of them without ten thousand objects."""

    __slots__ = ("known", "tags")

    def __init__(self, tags: Sequence[str], known: Iterable[Candidate] = ()) -> None:
        self.tags = tags
        self.known: Mapping[str, Candidate] = {candidate.tag: candidate for candidate in known}

    def __len__(self) -> int:
        return len(self.tags)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(at, slice):
            return tuple(map(self.of, self.tags[at]))
        return self.of(self.tags[at])

    def of(self, tag: str) -> Candidate:
        """What is known of one tag."""
        return self.known.get(tag) or Candidate(tag)

    def described(self, known: Iterable[Candidate]) -> Offer:
        """The same tags, with these facts added."""
        return Offer(self.tags, (*self.known.values(), *known))


def choose(
    policy: PolicySpec, current: str | None, candidates: Sequence[Candidate], now: datetime, *, offline: bool = False
) -> Choice | Wanted:
    """The best tag for a reference at `current` (None: the best there is), or the tags to describe first.

    A tag asked for that comes back `described` without the fact wanted is ruled `metadata-unavailable`;
    `offline` takes every tag as described, and so never answers Wanted. `now` and all dates are aware.
    Raises PolicyError when the policy cannot be.
    """
    offer = candidates if isinstance(candidates, Offer) else Offer([one.tag for one in candidates], candidates)
    return _Choosing(policy, current, offer, now, offline=offline).choice()


@dataclass(slots=True)
class _Choosing:
    """One choice in the making; the walk to the winner and the rulings share its steps."""

    spec: PolicySpec
    current: str | None
    offer: Offer
    now: datetime
    offline: bool = False
    digest: bool = False
    policy: policies.Policy = field(init=False)
    gates: policies.Gates = field(init=False)
    judge: policies.Judge = field(init=False)
    floor: Any = field(init=False)
    stuck: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.policy, self.gates = policies.build(self.spec)
        seen = None if self.current is None else self._seen_of_current(self.current)
        self.judge = self.policy.judge(seen)
        self.floor = None if seen is None else self.policy.position(seen)
        # A current tag that is offered but has no date might be newer than all others.
        self.stuck = bool(self.policy.dated) and self.floor is None and self.current in self.offer.tags

    def choice(self) -> Choice | Wanted:
        """Walk down from the best until the gates let one through."""
        undated = self._undated() if self.policy.dated and not self.offline else ()
        if undated:
            return Wanted(undated)
        unknown: list[str] = []
        refused: list[Refusal] = []
        for tag in self._best_first(self._contenders()):
            if self.gates.refuse(tag):
                continue
            if self._unknown(tag):
                unknown.append(tag)
                if len(unknown) > len(refused):  # ask for one, then two, then four …: few requests, few rounds
                    return Wanted(tuple(unknown))
                continue
            refusal = self._gate(tag)
            if refusal is None:
                return Wanted(tuple(unknown)) if unknown else self._chosen(tag, refused)
            refused.append(refusal)
        return Wanted(tuple(unknown)) if unknown else self._nothing(refused)

    # ── the walk ─────────────────────────────────────────────────────────────

    def _contenders(self) -> list[tuple[Any, str]]:
        """Every tag the filter and the policy let through that is not below the current one: one tight pass."""
        tags, judge, floor, current = self.offer.tags, self.judge, self._guard(), self.current
        seen = tags if self._plain else map(self._seen, tags)
        if self.stuck:
            return []
        return [
            (rank, tag)
            for tag, one in zip(tags, seen, strict=True)
            if one is not None
            and (rank := judge(one)).__class__ is not Refusal
            and (floor is None or rank > floor or tag == current)
        ]

    def _guard(self) -> Any:
        return None if self.spec.allow_downgrade else self.floor

    def _best_first(self, contenders: list[tuple[Any, str]]) -> Iterator[str]:
        """The winner at the cost of a maximum; a sort only when the gates refuse it."""
        if not contenders:
            return
        best = max(map(itemgetter(0), contenders))
        first = max({tag for rank, tag in contenders if rank == best}, key=self._tie)
        yield first
        rest = {tag: (rank, self._tie(tag)) for rank, tag in contenders if tag != first}
        yield from sorted(rest, key=rest.__getitem__, reverse=True)

    def _tie(self, tag: str) -> Any:
        return tag == self.current, _shape(tag) == _shape(self.current or ""), self._spelled(tag), natural(tag), tag

    def _spelled(self, tag: str) -> bool:
        """Whether the tag has a `v` or not as the range does; a range without a number has no opinion."""
        argument = self.spec.argument
        if self.spec.kind is not PolicyKind.SEMVER or not re.search("[0-9]", argument):
            return False
        return tag.startswith("v") == ("v" in argument)

    # ── what is seen and known of a tag ──────────────────────────────────────

    @property
    def _plain(self) -> bool:
        """Whether the policy sees the tags themselves."""
        return not (self.gates.extract or self.policy.dated)

    def _seen(self, tag: str) -> Any | None:
        """What the policy sees of a tag: its extract, its date or itself; None where the filter takes it away."""
        text = self.gates.extract(tag) if self.gates.extract else tag
        if text is None or not self.policy.dated:
            return text
        return getattr(self.offer.of(tag), self.policy.dated)

    def _seen_of_current(self, tag: str) -> Any | None:
        """As `_seen`; outside the filter it still has a date or a version, below which nothing goes."""
        if self.policy.dated:
            return getattr(self.offer.of(tag), self.policy.dated)
        seen = self._seen(tag)
        return tag if seen is None and self.spec.kind is PolicyKind.SEMVER else seen

    def _undated(self) -> tuple[str, ...]:
        """The tags whose date a dated policy needs: those that the gates on names let through, and the current one."""
        return tuple(
            tag
            for tag in dict.fromkeys(self.offer.tags)
            if not self.offer.of(tag).described
            and (tag == self.current or not self._name_refusal(tag))
            and getattr(self.offer.of(tag), self.policy.dated) is None
        )

    def _exempt(self, tag: str) -> bool:
        """The tag that stands in Git needs no leave to stay; a followed tag may have moved."""
        return tag == self.current and self.spec.kind is not PolicyKind.DIGEST

    def _unknown(self, tag: str) -> bool:
        about = self.offer.of(tag)
        if self.offline or about.described or self._exempt(tag):
            return False
        return facts.missing(self.spec, about, digest=self.digest)

    def _gate(self, tag: str) -> Refusal | None:
        return None if self._exempt(tag) else facts.refuse(self.spec, self.offer.of(tag), self.now, digest=self.digest)

    # ── the outcome ──────────────────────────────────────────────────────────

    def _chosen(self, tag: str, refused: list[Refusal]) -> Choice:
        if tag != self.current:
            return Choice(Verdict.UPDATE, self.offer.of(tag), lambda: self._rulings(tag), "")
        if any(one.reason is Reason.TOO_YOUNG for one in refused):
            return self._nothing(refused)
        return Choice(Verdict.CURRENT, self.offer.of(tag), lambda: self._rulings(tag), "")

    def _nothing(self, refused: list[Refusal]) -> Choice:
        young = next((one for one in refused if one.reason is Reason.TOO_YOUNG), None)
        if young is not None:
            return Choice(Verdict.PENDING, None, lambda: self._rulings(None), young.detail)
        return Choice(Verdict.NONE, None, lambda: self._rulings(None), "no tag may be taken")

    # ── the rulings ──────────────────────────────────────────────────────────

    def _rulings(self, chosen: str | None) -> tuple[Ruling, ...]:
        """Every tag once, in the order offered."""
        best = None if chosen is None else (self._rank(chosen), self._tie(chosen))
        return tuple(self._ruling(tag, chosen, best) for tag in dict.fromkeys(self.offer.tags))

    def _ruling(self, tag: str, chosen: str | None, best: Any) -> Ruling:
        if tag == chosen:
            return Ruling(tag, None, "is the current tag" if tag == self.current else "is the best that may be taken")
        refusal = self._refusal(tag, chosen, best)
        eligible = refusal.eligible if isinstance(refusal, facts.TooYoung) else None
        return Ruling(tag, refusal.reason, refusal.detail, eligible)

    def _refusal(self, tag: str, chosen: str | None, best: Any) -> Refusal:
        refusal = self._name_refusal(tag)
        if refusal:
            return refusal
        rank = self._rank(tag)
        if isinstance(rank, Refusal):
            return rank
        if tag == self.current:
            return Refusal(Reason.SAME, "is the current tag")
        if self.stuck:
            return Refusal(Reason.NOT_COMPARABLE, f"the date of the current tag {self.current} is not known")
        if best is None or (rank, self._tie(tag)) > best:
            refusal = self._below(rank) or self._gate(tag)
            assert refusal, f"{tag} would have won"
            return refusal
        return self._below(rank) or Refusal(Reason.OUTRANKED, f"{chosen} is better")

    def _name_refusal(self, tag: str) -> Refusal | None:
        if self.gates.extract and self.gates.extract(tag) is None:
            return self.gates.refuse_image(tag) or self.gates.filtered
        return self.gates.refuse(tag)

    def _rank(self, tag: str) -> Any:
        return self.judge(self._seen(tag))

    def _below(self, rank: Any) -> Refusal | None:
        """Why a tag that the policy would take loses against the current one."""
        if self.floor is None or rank > self.floor:
            return None
        if rank == self.floor:
            return Refusal(Reason.SAME, f"is the same version as the current {self.current}")
        if self.spec.allow_downgrade or not self._current_refused():
            return Refusal(Reason.OLDER, f"is below the current {self.current}")
        return Refusal(Reason.DOWNGRADE, f"is below the current {self.current}; allow_downgrade: true takes it")

    def _current_refused(self) -> bool:
        """Whether the policy itself would not have the current tag."""
        assert self.current is not None
        return self._name_refusal(self.current) is not None or isinstance(self._rank(self.current), Refusal)


def _shape(tag: str) -> str:
    return re.sub("[0-9]+", "0", tag)


def order(policy: PolicySpec | None, a: str, b: str) -> int | None:
    """Whether tag `b` is newer than `a`: 1 newer, 0 equal, -1 older, None not comparable.

    By the policy where it orders both, else by version where both are versions.
    """
    if a == b:
        return 0
    old, new = (_position(policy, tag) if policy else None for tag in (a, b))
    if old is None or new is None:
        old, new = version.parse(a), version.parse(b)
    if old is None or new is None:
        return None
    return (new > old) - (new < old)


def _position(spec: PolicySpec, tag: str) -> Any | None:
    policy, gates = policies.build(spec)
    text = gates.extract(tag) if gates.extract else tag
    return None if text is None or policy.dated else policy.position(text)
