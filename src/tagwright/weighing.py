"""What is seen and known of one tag under a policy, and what stands against it: by its name, its place, people, facts.

The walk to the winner (`choose`) and the rulings ask the same questions of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tagwright import policies
from tagwright.errors import Problem, TagUnknown
from tagwright.model import PolicyKind, PolicySpec, Reason
from tagwright.offer import Offer
from tagwright.policies import facts
from tagwright.policies.base import Refusal
from tagwright.policies.natural import natural

if TYPE_CHECKING:
    from tagwright.model import Rejection


@dataclass(slots=True)
class Weighing:
    """One policy, the current tag, and what is offered. Raises PolicyError when the policy cannot be."""

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
    """The date of the current tag, or of an unread one, is not known: it might be newer than all others."""
    blind: str | None = field(init=False, default=None)
    """A tag whose date could not be read."""
    _kept: bool | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.policy, self.gates = policies.build(self.spec)
        self.seen_current = None if self.current is None else self._seen_of_current(self.current)
        self.rank = self.policy.ranker(self.seen_current)
        self.floor = None if self.seen_current is None else self.policy.position(self.seen_current)
        undated = bool(self.policy.dated) and self.floor is None and self.current in self.offer.tags
        self.blind = next(self._blinding(), None) if self.policy.dated else None
        self.stuck = undated or self.blind is not None

    @property
    def no_date(self) -> str:
        """Of a current tag that is stuck."""
        return f"when {self.blind or self.current} was {self.policy.dated} is not known"

    def _blinding(self) -> Iterator[str]:
        """Tags whose date may be the latest and could not be read. One that is listed and gone is none of them:
        of their oldest tags registries list the names alone (schema 1)."""
        for tag, about in self.offer.known.items():
            failed = about.unread and about.unread.code != TagUnknown.code and self.date(tag) is None
            if failed and (tag == self.current or not self.name_refusal(tag)):
                yield tag

    def unread(self, tag: str) -> Problem | None:
        """Why a tag could not be read, where more of it is needed than its name."""
        about = self.offer.of(tag)
        needed = tag == self.blind or (not self.exempt(tag) and facts.missing(self.spec, about, digest=self.digest))
        return about.unread if needed else None

    def seen(self, tag: str) -> Any | None:
        """What the policy sees of a tag: its extract, its date or itself; None where the filter takes it away."""
        text = self.gates.extract(tag) if self.gates.extract else tag
        return self.date(tag) if self.policy.dated and text is not None else text

    def _seen_of_current(self, tag: str) -> Any | None:
        """As `seen`; outside the filter it still has a date or a version, below which nothing goes."""
        if self.policy.dated:
            return self.date(tag)
        seen = self.seen(tag)
        return tag if seen is None and self.spec.kind is PolicyKind.SEMVER else seen

    def date(self, tag: str) -> datetime | None:
        """The date a dated policy goes by; none was created after its push, whatever its publisher says."""
        about = self.offer.of(tag)
        if self.policy.dated != "created" or about.created is None:
            return about.pushed if self.policy.dated == "pushed" else None
        return min(about.created, about.pushed or about.created)

    def tie(self, tag: str) -> Any:
        """What decides between tags that the policy holds equal."""
        return tag == self.current, _shape(tag) == _shape(self.current or ""), self._spelled(tag), natural(tag), tag

    def _spelled(self, tag: str) -> bool:
        """Whether the tag has a `v` or not as the range does; a range without a number has no opinion."""
        argument = self.spec.argument
        if self.spec.kind is not PolicyKind.SEMVER or not re.search("[0-9]", argument):
            return False
        return tag.startswith("v") == ("v" in argument)

    def exempt(self, tag: str) -> bool:
        """What stands in Git needs no leave to stay; a followed tag may have moved."""
        return tag == self.current and self.spec.kind is not PolicyKind.DIGEST

    def unknown(self, tag: str) -> bool:
        """Whether a fact is wanted that somebody can still be asked for."""
        about = self.offer.of(tag)
        if self.offline or about.described or self.exempt(tag):
            return False
        return facts.missing(self.spec, about, digest=self.digest)

    def gate(self, tag: str) -> Refusal | None:
        """Against a tag by what is known of it: age, platforms, digest."""
        return None if self.exempt(tag) else facts.refuse(self.spec, self.offer.of(tag), self.now, digest=self.digest)

    def taken_back(self, tag: str) -> Refusal | None:
        """Against a tag that a person took back, or that is not above one."""
        if self.exempt(tag):
            return None
        for one in self.rejected:
            if self._is_same(tag, one):
                return Refusal(Reason.REJECTED, f"{one}; a newer one goes on, or a commit that says Tagwright: resume")
            if tag != one.tag and self._is_below(tag, one.tag):
                return Refusal(Reason.REJECTED, f"is not above {one.tag}, which {one.how}")
        return None

    def _is_same(self, tag: str, rejection: Rejection) -> bool:
        """Whether the tag is what was taken back; a followed tag is only while it has the same digest."""
        if self.spec.kind is not PolicyKind.DIGEST:
            return tag == rejection.tag
        digest = self.offer.of(tag).digest
        return digest is not None and rejection.version.endswith(digest)

    def _is_below(self, tag: str, other: str) -> bool:
        """Whether the policy puts a tag at or below another that may not be offered any more."""
        one, two = self.seen(tag), self.seen(other)
        if one is None or two is None or (not self.policy.dated and self.policy.family(one) != self.policy.family(two)):
            return False
        place, above = self.policy.position(one), self.policy.position(two)
        return place is not None and above is not None and bool(place <= above)

    def name_refusal(self, tag: str) -> Refusal | None:
        """Against a tag by its name alone."""
        if refusal := self.gates.refuse_image(tag):
            return refusal
        if self.gates.extract and self.gates.extract(tag) is None:
            return self.gates.filtered
        return self.gates.refuse_listed(tag)

    def not_above(self, place: Any) -> Refusal | None:
        """Against a tag that the policy ranks, but not above the current one."""
        if self.floor is None or place > self.floor:
            return None
        dated = self.policy.dated
        if place == self.floor:
            same = f"was {dated} when the current {self.current} was" if dated else ""
            return Refusal(Reason.SAME, same or f"is the same version as the current {self.current}")
        below = f"was {dated} before the current {self.current}" if dated else f"is below the current {self.current}"
        if self.spec.allow_downgrade or self._keeps_current():
            return Refusal(Reason.OLDER, below)
        return Refusal(Reason.DOWNGRADE, f"{below}; allow_downgrade: true would take it")

    def _keeps_current(self) -> bool:
        """Whether the current tag is one that the policy would have; found out once for all tags below it."""
        if self._kept is None:
            assert self.current is not None
            self._kept = not self.name_refusal(self.current) and self.rank(self.seen_current) is not None
        return self._kept


def _shape(tag: str) -> str:
    return re.sub("[0-9]+", "0", tag)
