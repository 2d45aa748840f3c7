"""Reference + tags -> Decision, with a reason for every tag not taken.

`choose` does the choosing (see there); `decide` adds what a reference brings with it: who rules it, a hold, and
the digest. A digest is written when `pin_digest` asks for it or one stands there already, and then always the one
of the tag beside it. Under `digest: TAG` it follows the tag; under every other kind the digest of a tag that
stays is left as it is, because a release whose bytes change is nobody's update.

A reference that is a digest alone says no version: only `digest` can move it. One with neither tag nor
digest stands at `latest`, as Docker reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tagwright import policies, version
from tagwright.choose import choose
from tagwright.errors import PolicyError, Problem
from tagwright.holds import is_active, said
from tagwright.image import Image
from tagwright.model import (
    Candidate,
    Choice,
    Decision,
    Hold,
    PolicyKind,
    PolicySpec,
    Reason,
    Reference,
    Ruled,
    Ruling,
    Verdict,
    Wanted,
)
from tagwright.offer import Offer
from tagwright.policies import facts

__all__ = ["Offer", "choose", "decide", "order"]

Rulings = Callable[[], tuple[Ruling, ...]]


def decide(
    reference: Reference, ruled: Ruled, candidates: Sequence[Candidate] | Problem, now: datetime
) -> Decision | Wanted:
    """What becomes of a reference, or the tags to describe first. Never raises."""
    if ruled.problem:
        return _failed(reference, ruled, ruled.problem)
    if ruled.policy:
        try:
            policies.check(ruled.policy)
        except PolicyError as error:
            return _failed(reference, ruled, error.problem(ruled.image, path=reference.path, line=reference.line))
    if ruled.hold and is_active(ruled.hold, now):
        return _held(reference, ruled, ruled.hold, candidates, now)
    if ruled.policy is None:
        return Decision(reference, ruled, Verdict.UNMANAGED, detail=_UNMANAGED.get(ruled.source, _UNMANAGED["no-rule"]))
    if isinstance(candidates, Problem):
        return _failed(reference, ruled, candidates)
    return _Deciding(reference, ruled, ruled.policy, Offer.made_of(candidates), now).decision()


def _failed(reference: Reference, ruled: Ruled, problem: Problem) -> Decision:
    return Decision(reference, ruled, Verdict.ERROR, detail=problem.message, problem=problem)


@dataclass(frozen=True, slots=True)
class _Deciding:
    """One reference under one policy."""

    reference: Reference
    ruled: Ruled
    spec: PolicySpec
    offer: Offer
    now: datetime

    @property
    def image(self) -> Image:
        return self.reference.image

    @property
    def follows(self) -> bool:
        """Whether the digest moves while the tag stays."""
        return self.spec.kind is PolicyKind.DIGEST

    @property
    def with_digest(self) -> bool:
        """Whether a new tag is written with its digest."""
        return self.spec.pin_digest or self.image.digest is not None

    @property
    def stands(self) -> bool:
        """Whether what is followed stands in Git as it is, or nothing of it could be written: gates have no say."""
        if not self.follows or _current(self.image) not in (None, self.spec.argument):
            return False
        digest = self.offer.of(self.spec.argument).digest
        return not self.with_digest or (digest is not None and digest == self.image.digest)

    @property
    def restless(self) -> bool:
        """Whether what is followed has moved on and on since it left what stands: then no pause is waited for."""
        if not self.follows or self.spec.wait is None:
            return False
        seen = dict(self.offer.of(self.spec.argument).earlier)
        left = seen.get(self.image.digest or "")
        moves = [when for when in seen.values() if left is not None and when > left]
        return bool(moves) and min(moves) + facts.STARVED * self.spec.wait <= self.now

    def decision(self) -> Decision | Wanted:
        """The policy's choice, as an image to write."""
        current = _current(self.image)
        if current is None and not self.follows:
            return self._decided(Verdict.NONE, None, self._incomparable, _NO_VERSION)
        spec = replace(self.spec, minimum_age=None, wait=None, platforms=()) if self.stands else self.spec
        spec = replace(spec, wait=None) if self.restless else spec
        choice = choose(spec, current, self.offer, self.now, digest=self.with_digest, rejected=self.ruled.rejected)
        if isinstance(choice, Wanted):
            return choice
        if choice.chosen is None:
            decided = self._decided(choice.verdict, None, choice.rulings, choice.detail)
            return replace(decided, problem=choice.problem, awaited=self._awaited(choice))
        return self._stay(choice, choice.chosen) if choice.chosen.tag == current else self._move(choice, choice.chosen)

    def _awaited(self, choice: Choice) -> Image | None:
        """What will be written when time has passed, as far as it is known."""
        if choice.awaited is None:
            return None
        there = choice.awaited.tag == _current(self.image)
        then = self._stay(choice, choice.awaited) if there else self._move(choice, choice.awaited)
        return then.new if isinstance(then, Decision) else None

    def _move(self, choice: Choice, chosen: Candidate) -> Decision:
        """To another tag; where no tag is written, only the digest moves."""
        alone = self.image.tag is None and self.image.digest is not None
        if alone and chosen.digest == self.image.digest:
            return self._decided(Verdict.CURRENT, chosen.tag, choice.rulings)
        new = Image(self.image.name, None if alone else chosen.tag, chosen.digest if self.with_digest else None)
        return self._decided(Verdict.UPDATE, chosen.tag, choice.rulings, new=new)

    def _stay(self, choice: Choice, chosen: Candidate) -> Decision | Wanted:
        """At the same tag, which may still need its digest, or a new one."""
        if not self.spec.pin_digest and self.image.digest is None:
            detail = "a bare tag: only pin_digest: true writes its digest" if self.follows else ""
            return self._decided(Verdict.CURRENT, chosen.tag, choice.rulings, detail)
        if self.image.digest is not None and (not self.follows or chosen.digest == self.image.digest):
            return self._decided(Verdict.CURRENT, chosen.tag, choice.rulings)
        if chosen.digest is None:
            return self._without_digest(chosen)
        new = Image(self.image.name, chosen.tag, chosen.digest)
        taken_back = next((one for one in self.ruled.rejected if one.version == f"{new.tag}@{new.digest}"), None)
        if taken_back:
            return self._decided(Verdict.REJECTED, None, choice.rulings, str(taken_back))
        return self._decided(Verdict.UPDATE, chosen.tag, choice.rulings, new=new)

    def _without_digest(self, chosen: Candidate) -> Decision | Wanted:
        if not chosen.described:
            return Wanted((chosen.tag,))
        if chosen.unread:
            return _failed(self.reference, self.ruled, chosen.unread)
        message = f"the digest of {self.ruled.image}:{chosen.tag} could not be had"
        hint = "pin_digest: true writes it; is the tag still in the registry?"
        return _failed(self.reference, self.ruled, Problem(self.ruled.image, "digest-unknown", message, hint))

    def _incomparable(self) -> tuple[Ruling, ...]:
        return tuple(Ruling(tag, Reason.NOT_COMPARABLE, _NO_VERSION) for tag in dict.fromkeys(self.offer.tags))

    def _decided(
        self, verdict: Verdict, chosen: str | None, rulings: Rulings, detail: str = "", new: Image | None = None
    ) -> Decision:
        said = "; ".join(filter(None, (detail, self._unlisted(chosen), self._partly())))
        return Decision(self.reference, self.ruled, verdict, chosen, new, said, rulings, facts=self.offer.known)

    def _unlisted(self, chosen: str | None) -> str:
        """That the registry has no more what stands: it expired there, or the list is not what it was."""
        tag = self.image.tag
        read = tag and tag.startswith(self.offer.prefix)
        gone = read and tag != chosen and tag not in self.offer.tags
        return f"the registry does not list {tag}, which stands" if gone else ""

    def _partly(self) -> str:
        """That what is said holds for a part of the registry's list alone."""
        prefix, count = self.offer.prefix, f"{len(self.offer.tags):,} of about {self.offer.among:,}"
        return f"only tags that begin with {prefix} were read ({count})" if prefix else ""


_UNMANAGED = {
    "no-rule": "no rule names it",
    "no-image": "a tag alone does not say of which image: one line of `references:` or a marker does",
}
_NO_VERSION = "the reference is a digest alone: nothing says which version it is"


def _current(image: Image) -> str | None:
    """The tag a reference stands at; None for a digest alone."""
    return image.tag or (None if image.digest else "latest")


# ── holds ────────────────────────────────────────────────────────────────────


def _held(
    reference: Reference, ruled: Ruled, hold: Hold, candidates: Sequence[Candidate] | Problem, now: datetime
) -> Decision:
    """Nothing is asked for a held reference; what would be taken says `held`."""
    detail = said(hold)
    offer = Offer(()) if isinstance(candidates, Problem) else Offer.made_of(candidates)
    return Decision(
        reference,
        ruled,
        Verdict.HELD,
        detail=detail,
        rulings=lambda: _held_rulings(ruled.policy, _current(reference.image), offer, now, detail),
    )


def _held_rulings(
    policy: PolicySpec | None, current: str | None, offer: Offer, now: datetime, detail: str
) -> tuple[Ruling, ...]:
    if policy is None:
        rulings: Sequence[Ruling] = [Ruling(tag, None) for tag in dict.fromkeys(offer.tags)]
    else:
        choice = choose(policy, current, offer, now, offline=True)
        assert isinstance(choice, Choice)
        rulings = choice.rulings()
    return tuple(_held_ruling(ruling, current, detail) for ruling in rulings)


def _held_ruling(ruling: Ruling, current: str | None, detail: str) -> Ruling:
    if ruling.reason is not None:
        return ruling
    return Ruling(ruling.tag, Reason.SAME if ruling.tag == current else Reason.HELD, detail)


# ── newer or older ───────────────────────────────────────────────────────────


def order(policy: PolicySpec | None, a: str, b: str) -> int | None:
    """Whether tag `b` is newer than `a`: 1 newer, 0 equal, -1 older, None not comparable.

    By the policy where it orders both, else by version where both are versions.
    """
    if a == b:
        return 0
    old, new = _positions(policy, a, b) if policy else (None, None)
    if old is None or new is None:
        old, new = version.parse(a), version.parse(b)
    if old is None or new is None:
        return None
    return int(new > old) - int(new < old)


def _positions(spec: PolicySpec, *tags: str) -> list[Any | None]:
    """Where the tags stand in the policy's order; None for all where they are of different families."""
    policy, gates = policies.build(spec)
    seen = [gates.extract(tag) if gates.extract else tag for tag in tags]
    if policy.dated or None in seen or any(policy.family(one) != policy.family(seen[0]) for one in seen):
        return [None] * len(tags)
    return [policy.position(one) for one in seen]
