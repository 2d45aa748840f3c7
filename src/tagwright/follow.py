"""The wish of `run` and `plan`: every reference follows the policy that rules it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tagwright.ages import Ages
from tagwright.answers import Remembered
from tagwright.cache import Cache
from tagwright.config.rules import rule_for
from tagwright.errors import Problem, UsageError
from tagwright.inquiry import Inquiry, asked_ages, moving
from tagwright.model import (
    Decision,
    Delivery,
    Head,
    PolicyKind,
    PolicySpec,
    Reference,
    Ruled,
    Scanned,
    Target,
    Verdict,
    Wanted,
)
from tagwright.plan import early
from tagwright.recall.answered import Answered, Heard, ledger_of
from tagwright.recall.past import Answers, Past
from tagwright.registries import Registries
from tagwright.survey import SETTINGS, Place, Survey
from tagwright.views.words import describe_change
from tagwright.windows import gated

if TYPE_CHECKING:
    from tagwright.ledger import Answer

THREE_LINES = """version: 1
defaults:
  policy: {compatible: minor}"""

Only = Callable[[Target, Reference, str], bool]

ASSUMED = PolicySpec(PolicyKind.COMPATIBLE, "minor")


@dataclass(frozen=True, slots=True)
class FollowPolicies:
    """Ask for the tags of every image a policy rules, and let the policy choose.

    `only` narrows the pass, by target, reference and the image it is of. Where nobody wrote any policy,
    `assume` gives every reference `compatible: minor`; without it that is an error, because
    a first run must not write what nobody asked for. With a `cache`, lists of tags that did
    not change since the last pass are not judged again. `sparing`: of long lists only what could be taken may be read.
    """

    registries: Registries
    now: Callable[[], datetime]
    only: Only | None = None
    assume: bool = False
    sparing: bool = False
    cache: Cache = field(default_factory=lambda: Cache(None))
    worth: None = None
    proposer: str = "run"
    _ages: dict[str, Ages] = field(default_factory=dict)
    _told: dict[str, Answers] = field(default_factory=dict)
    _answered: dict[str, Answered] = field(default_factory=dict)

    def decide(self, target: Target, head: Head, found: Survey, place: Place) -> tuple[Decision, ...]:
        """Look up, decide, ask what Git remembers of what would be written, and decide again where that matters.

        Raises UsageError where no policy says anything and none is assumed; GitError where the history cannot be had.
        """
        scanned = found.scanned
        ruled = self._ruled(self._with_policies(target, scanned), scanned)
        rules = [rule for _, rule in ruled]
        now, remembered = self.now(), Remembered(self.cache, target.name)
        ledger = ledger_of(target, place)
        ages = self._ages[target.name] = Ages(ledger, asked_ages(rules), now, moving(rules))
        answered = self._answered.setdefault(target.name, Answered(head.branch, now))
        answered.begin(ledger)
        offers = Inquiry(rules, self.registries, ages, sparing=self.sparing)
        decisions = _decided(ruled, offers, remembered, now)
        past = Past(target, head, place, self.cache, self._told.setdefault(target.name, {}), answered)
        recalled = _recalled(decisions, past, target.delivery)
        if recalled != ruled:
            decisions = _decided(recalled, offers, remembered, now)
        remembered.keep()
        past.keep()
        return tuple(gated(decision, now) for decision in decisions)

    def knows(self, target: Target, image: str, answer: Answer) -> bool:
        """Whether an answer to a pull request was counted already."""
        return self._answered[target.name].knows(image, answer)

    def hear(self, target: Target, heard: Heard) -> None:
        """What people answered to pull requests counts from the next look on."""
        self._answered[target.name].hear(heard)

    def remember(self, target: Target) -> tuple[Problem, ...]:
        """Write down which tags were seen for the first time, and what people answered."""
        return self._ages[target.name].write(target.name) + self._answered[target.name].write(target.name)

    def describe(self, key: str, decisions: tuple[Decision, ...], delivery: Delivery) -> tuple[str, str]:
        """Title and commit message."""
        said = describe_change(key, decisions, delivery)
        return said.title, said.message

    def _with_policies(self, target: Target, scanned: Scanned) -> Target:
        if not target.assumed or any(reference.marker for reference in scanned.references):
            return target
        if self.assume:
            return replace(target, defaults=ASSUMED)
        hint = f"write these lines to {SETTINGS} in the repository, or mark single values:\n{THREE_LINES}"
        raise UsageError(f"{target.name}: no policy says what may be updated", hint=hint)

    def _ruled(self, target: Target, scanned: Scanned) -> list[tuple[Reference, Ruled]]:
        flux = {policy.name: policy for policy in scanned.flux_policies}
        ruled = [(reference, rule_for(reference, target, flux)) for reference in scanned.references]
        only = self.only
        return [(reference, rule) for reference, rule in ruled if only is None or only(target, reference, rule.image)]


def _decided(
    ruled: list[tuple[Reference, Ruled]], offers: Inquiry, remembered: Remembered, now: datetime
) -> tuple[Decision, ...]:
    """A decision for each reference; facts a policy wants beyond the tags' names are fetched in rounds."""
    while True:
        decisions = _decide_each(ruled, offers, remembered, now)
        wanted = _wanted(ruled, decisions)
        if not wanted:
            return tuple(decision for decision in decisions if isinstance(decision, Decision))
        for image, tags in wanted.items():
            offers.describe(image, tags)


def _recalled(decisions: tuple[Decision, ...], past: Past, delivery: Delivery) -> list[tuple[Reference, Ruled]]:
    """What rules each reference, and where something would be written, what people took back of it."""

    def writes(one: Decision) -> bool:
        return early(one, delivery).verdict is Verdict.UPDATE

    return [(one.reference, past.recalled(one.reference, one.ruled) if writes(one) else one.ruled) for one in decisions]


def _decide_each(
    ruled: list[tuple[Reference, Ruled]], offers: Inquiry, remembered: Remembered, now: datetime
) -> list[Decision | Wanted]:
    """One decision a reference; references that are written and ruled alike share the work."""
    alike: dict[object, Decision | Wanted] = {}
    decisions = []
    for reference, rule in ruled:
        key = (reference.image, rule.image, rule.policy, rule.hold, rule.problem, rule.rejected)
        if rule.problem or key not in alike:
            alike[key] = remembered.decide(reference, rule, offers.of(rule.image), offers.fingerprint(rule.image), now)
        decision = alike[key]
        if isinstance(decision, Decision) and decision.reference is not reference:
            decision = replace(decision, reference=reference, ruled=rule)
        decisions.append(decision)
    return decisions


def _wanted(ruled: list[tuple[Reference, Ruled]], decisions: list[Decision | Wanted]) -> dict[str, tuple[str, ...]]:
    """The tags to describe, by image, each once."""
    wanted: dict[str, dict[str, None]] = {}
    for (_, rule), decision in zip(ruled, decisions, strict=True):
        if isinstance(decision, Wanted):
            wanted.setdefault(rule.image, {}).update(dict.fromkeys(decision.tags))
    return {image: tuple(tags) for image, tags in wanted.items()}
