"""Why each tag was taken or not, once the walk of `choose` has ended: built only where it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tagwright.model import Reason, Ruling
from tagwright.policies import facts
from tagwright.policies.base import Refusal
from tagwright.weighing import Weighing


@dataclass(frozen=True, slots=True)
class Rulings:
    """The tag chosen, if one is; `end` is the tag where the walk ended, None where it reached the bottom.

    `burst` is what stands against `end` itself.
    """

    case: Weighing
    chosen: str | None
    end: str | None
    burst: Refusal | None = None

    def every(self) -> tuple[Ruling, ...]:
        """Every tag once, in the order offered."""
        end = self.end
        mark = None if end is None else (self.case.rank(self.case.seen(end)), self.case.tie(end))
        return tuple(self._ruling(tag, mark) for tag in dict.fromkeys(self.case.offer.tags))

    def _ruling(self, tag: str, mark: Any | None) -> Ruling:
        if tag == self.chosen:
            return Ruling(tag, None, self._praise(tag))
        burst = self.burst if tag == self.end else None
        refusal = burst or self._refusal(tag) or self._below(tag, mark)
        eligible = refusal.eligible if isinstance(refusal, facts.TooYoung) else None
        return Ruling(tag, refusal.reason, refusal.detail, eligible)

    def _praise(self, tag: str) -> str:
        """Why a tag is the chosen one, what it was taken for, and by which clock it is old enough."""
        reading = self.case.policy.reading(self.case.seen(tag))
        words = f"; read as {reading}" if reading else ""
        if self.case.exempt(tag):
            return "is the current tag" + words
        spec = self.case.spec
        told = facts.clock(spec, self.case.offer.of(tag)) if spec.minimum_age or spec.wait else None
        return "is the best that may be taken" + words + (f"; {told[1]}" if told else "")

    def _refusal(self, tag: str) -> Refusal | None:
        """What stands against a tag, whichever is chosen, in the order that `choose` tells."""
        if refusal := self.case.name_refusal(tag):
            return refusal
        place = self.case.rank(self.case.seen(tag))
        if place is None:
            return self._too_early(tag) or self.case.policy.refusal(self.case.seen(tag), self.case.seen_current)
        if self.case.exempt(tag):
            return Refusal(Reason.SAME, "is the current tag")
        if self.case.stuck:
            return Refusal(Reason.NOT_COMPARABLE, self.case.no_date)
        return None if self.case.spec.allow_downgrade else self.case.not_above(place)

    def _too_early(self, tag: str) -> Refusal | None:
        """Against a tag whose date was not asked because its push was too early for it to win."""
        if self.case.policy.dated != "created":
            return None
        about = self.case.offer.of(tag)
        if about.described or about.pushed is None or self.case.offline or self.case.stuck:
            return None
        reason = Reason.OLDER if self.case.floor is not None and about.pushed < self.case.floor else Reason.OUTRANKED
        return Refusal(reason, f"was pushed {about.pushed:%Y-%m-%d %H:%M}, before a better one was created")

    def _below(self, tag: str, mark: Any | None) -> Refusal:
        """What stands against a tag that might have been taken: the gates, or a better one."""
        place = self.case.rank(self.case.seen(tag))
        if mark is not None and (place < mark[0] or (place == mark[0] and self.case.tie(tag) < mark[1])):
            tied = "is equal in this order, by name " if place == mark[0] else ""
            outranked = Refusal(Reason.OUTRANKED, f"{tied}{self.end} comes first")
            return self.case.not_above(place) or self.case.taken_back(tag) or outranked
        refusal = self.case.taken_back(tag) or self.case.gate(tag)
        assert refusal, f"{tag} would have been chosen"
        return refusal
