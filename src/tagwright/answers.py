"""What was decided before about a list of tags that has not changed since: the same question, the same answer.

The question is the reference's image, the policy, the list's fingerprint and the version of Tagwright;
whatever differs is decided anew. Kept is only what the names of tags decide alone: never what a date,
a platform, a digest, a hold, a person's rollback or an error had a part in, because those change while the list stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from tagwright import __version__
from tagwright.cache import Cache
from tagwright.decide import Offer, decide
from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.model import Decision, PolicyKind, Reference, Ruled, Ruling, Verdict, Wanted

_DATED = (PolicyKind.NEWEST, PolicyKind.DIGEST)


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision without its reference."""

    question: str
    verdict: Verdict
    chosen: str | None
    new: Image | None
    detail: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What is kept of a pass over one target."""

    answers: tuple[Answer, ...]


class Remembered:
    """Decides as `decide.decide` does, but does not think twice. `key` names the target in the cache."""

    def __init__(self, cache: Cache, key: str) -> None:
        kept = cache.load(Answers, key)
        self._cache, self._key = cache, key
        self._known = {one.question: one for one in kept.answers} if kept else {}
        self._given: dict[str, Answer] = {}

    def decide(
        self, reference: Reference, ruled: Ruled, offer: Offer | Problem, fingerprint: str, now: datetime
    ) -> Decision | Wanted:
        """As `decide.decide`; rulings are made only when asked for."""
        question = _question(reference, ruled, fingerprint) if not isinstance(offer, Problem) else ""
        known = self._known.get(question)
        if known is None:
            decision = decide(reference, ruled, offer, now)
            if question and isinstance(decision, Decision) and not decision.problem:
                self._given[question] = Answer(
                    question, decision.verdict, decision.chosen, decision.new, decision.detail
                )
                return replace(decision, question=question)
            return decision
        self._given[question] = known

        def rulings() -> tuple[Ruling, ...]:
            again = decide(reference, ruled, offer, now)
            return again.rulings() if isinstance(again, Decision) else ()

        return Decision(
            reference, ruled, known.verdict, known.chosen, known.new, known.detail, rulings, question=question
        )

    def keep(self) -> None:
        """Leave this pass's answers, and only those, for the next."""
        if self._given != self._known:
            self._cache.save(Answers(tuple(self._given.values())), self._key)


def _question(reference: Reference, ruled: Ruled, fingerprint: str) -> str:
    """What the decision depends on, or "" where names are not all."""
    policy, image = ruled.policy, reference.image
    if policy is None or ruled.hold or ruled.problem or ruled.rejected or not fingerprint or image.digest:
        return ""
    if policy.kind in _DATED or policy.minimum_age or policy.wait or policy.platforms or policy.pin_digest:
        return ""
    asked = repr((__version__, fingerprint, image, ruled.image, policy))
    return hashlib.sha256(asked.encode("utf-8", "surrogateescape")).hexdigest()[:32]
