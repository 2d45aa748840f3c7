"""The wish of `set`: given images become true wherever they are referenced, and never go backwards.

An intent says what should stand, not how a file should look, so it can be applied again to
whatever the branch has become: what is already true, or overtaken by something newer, is
left alone and said so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from tagwright import prefilter
from tagwright.cache import Cache
from tagwright.config.rules import rule_for
from tagwright.decide import order
from tagwright.errors import Problem, TagwrightError
from tagwright.holds import is_active, said
from tagwright.image import Image
from tagwright.intents import Intent, about
from tagwright.lookup import describe
from tagwright.model import (
    Candidate,
    Decision,
    Delivery,
    Fact,
    Head,
    Mode,
    Part,
    Reference,
    Rejection,
    Ruled,
    Target,
    Verdict,
)
from tagwright.recall.answered import Answered, Heard, ledger_of
from tagwright.recall.past import Answers, Past
from tagwright.registries import Registries
from tagwright.survey import Place, Survey, Worth
from tagwright.trailers import Landed
from tagwright.views.words import describe_change
from tagwright.windows import gated

if TYPE_CHECKING:
    from tagwright.ledger import Answer

FLUX_MARKS = (b"$imagepolicy", b"ImagePolicy", b"ImageRepository", b"ImageUpdateAutomation", b"kind: HelmRepository")
"""Files that bind an image to a tag elsewhere, without spelling it beside the tag."""

Anchor = tuple[str, str, str, int]
"""Where a reference stands, whatever its line: path, path inside the document, image, and which of several such."""


@dataclass(frozen=True, slots=True)
class _FirstLook:
    """A reference as this process first saw it, and the intents that concerned it then."""

    written: str
    wanted: tuple[Intent, ...]


@dataclass(frozen=True, slots=True)
class MakeTrue:
    """Make every intent true where it is newer than what stands.

    Newer by the reference's policy, else by version order, else by `order` against the
    commit that wrote the current one, else by the images' dates when the registry is asked;
    what nothing orders is written, unless it changed since this process first looked.
    """

    intents: tuple[Intent, ...]
    registries: Registries
    pin_digest: bool = False
    verify: bool = False
    allow_downgrade: bool = False
    override_hold: bool = False
    message: str = ""
    proposer: str = "set"
    cache: Cache = field(default_factory=lambda: Cache(None))
    _first: dict[str, dict[Anchor, _FirstLook]] = field(default_factory=dict)
    _told: dict[str, Answers] = field(default_factory=dict)
    _answered: dict[str, Answered] = field(default_factory=dict)
    _met: dict[str, set[Intent]] = field(default_factory=dict)
    _facts: dict[tuple[Image, Fact], Candidate | Problem] = field(default_factory=dict)

    @property
    def worth(self) -> Worth:
        """Only files that spell one of the images, or name one of the policies, are parsed."""
        spells = prefilter.compile(intent.image.normalised for intent in self.intents if not intent.policy).search
        return lambda data: bool(spells(data)) or any(mark in data for mark in FLUX_MARKS)

    def decide(self, target: Target, head: Head, found: Survey, place: Place) -> tuple[Decision, ...]:
        """Decide about the references that some intent concerns; the others are none of its business."""
        first = self._first.get(target.name, {})
        concerned = list(self._concerned(target, found, first))
        seen = {anchor: _FirstLook(reference.written, wanted) for anchor, reference, _, wanted in concerned}
        self._first.setdefault(target.name, seen)
        answered = self._answered.setdefault(target.name, Answered(head.branch, datetime.now(UTC)))
        answered.begin(ledger_of(target, place))
        past = Past(target, head, place, self.cache, self._told.setdefault(target.name, {}), answered)
        decisions = []
        for anchor, reference, ruled, wanted in concerned:
            ruled = replace(ruled, group=_group(target, ruled, wanted))
            changed = bool(first) and reference.written not in _seen(first, anchor)
            decision = _Judge(self, ruled, changed, past).fold(reference, wanted)
            decisions.append(decision if self.override_hold else gated(decision, datetime.now(UTC)))
        past.keep()
        return tuple(decisions)

    def knows(self, target: Target, image: str, answer: Answer) -> bool:
        """Whether an answer to a pull request was counted already."""
        return self._answered[target.name].knows(image, answer)

    def hear(self, target: Target, heard: Heard) -> None:
        """What people answered to pull requests counts from the next look on."""
        self._answered[target.name].hear(heard)

    def remember(self, target: Target) -> tuple[Problem, ...]:
        """Write down what people answered; what was set stands in the commits."""
        return self._answered[target.name].write(target.name)

    def describe(self, key: str, decisions: tuple[Decision, ...], delivery: Delivery) -> tuple[str, str]:
        """Title and commit message."""
        said = describe_change(key, decisions, delivery, words=self.message)
        return said.title, said.message

    def unmatched(self) -> tuple[Intent, ...]:
        """The intents for which no reference was found at the last look at any target: one may vanish meanwhile."""
        met = set().union(*self._met.values())
        return tuple(intent for intent in self.intents if intent not in met)

    def facts(self, wanted: Image, facts: Fact = Fact.DIGEST) -> Candidate | Problem:
        """What the registry knows of an image's digest, or else its tag; asked once."""
        if (wanted, facts) not in self._facts:
            tag = wanted.digest or wanted.tag or ""
            try:
                self._facts[wanted, facts] = describe(wanted.normalised, (tag,), self.registries, facts)[tag]
            except TagwrightError as error:
                self._facts[wanted, facts] = error.problem(str(wanted))
        return self._facts[wanted, facts]

    def _concerned(
        self, target: Target, found: Survey, first: dict[Anchor, _FirstLook]
    ) -> Iterator[tuple[Anchor, Reference, Ruled, tuple[Intent, ...]]]:
        """Each reference with the intents that concern it.

        One that was concerned at the first look still is: another writer may have moved it on since.
        """
        named = about(self.intents)
        scanned = found.scanned
        flux = {policy.name: policy for policy in scanned.flux_policies}
        alike: Counter[tuple[str, str, str]] = Counter()
        met = self._met[target.name] = set()
        for reference in (*scanned.references, *scanned.mentions):
            ruled = rule_for(reference, target, flux)
            place = (reference.path, reference.where, ruled.image)
            anchor = (*place, alike[place])
            alike[place] += 1
            mine = tuple(one for one in named(reference, ruled) if one.names(reference, ruled))
            true = tuple(one for one in mine if one.is_true_of(reference.image))
            wanted = tuple(one for one in mine if one.starts_at(reference.image))
            wanted = first[anchor].wanted if anchor in first else wanted or true
            met.update((*wanted, *true))
            if wanted:
                yield anchor, reference, ruled, wanted


def _seen(first: dict[Anchor, _FirstLook], anchor: Anchor) -> set[str]:
    """What stood there at the first look; where nothing did, it moved there from anywhere the image stood."""
    known = [first[anchor]] if anchor in first else [look for at, look in first.items() if at[2] == anchor[2]]
    return {look.written for look in known}


def _group(target: Target, ruled: Ruled, wanted: tuple[Intent, ...]) -> str:
    """One commit for all that was asked; a pull request for each image and selection, which no other replaces."""
    if target.delivery.mode is not Mode.PULL_REQUEST:
        return "all"
    return " ".join([ruled.image, *wanted[0].files])


@dataclass(frozen=True, slots=True)
class _Judge:
    """One reference against the intents that concern it."""

    wish: MakeTrue
    ruled: Ruled
    changed: bool
    past: Past

    def fold(self, reference: Reference, wanted: tuple[Intent, ...]) -> Decision:
        """Apply the intents one after another, each to what the last one left; a refusal of any is kept."""
        if both := self._contradicting(wanted):
            names = " and ".join(str(intent.image) for intent in both)
            why = Problem("", "conflict", f"{names} are both wanted here", "say which files each is for: files")
            return self._refused(reference, Verdict.CONFLICT, why)
        standing, decisions = reference, []
        for intent in _fitting(reference, wanted):
            decisions.append(self.judge(standing, intent))
            standing = replace(standing, image=decisions[-1].new or standing.image)
        problem = next((one.problem for one in decisions if one.problem), None)
        update = next((one for one in reversed(decisions) if one.new), None)
        return replace(update or decisions[-1], reference=reference, problem=problem)

    def _contradicting(self, wanted: tuple[Intent, ...]) -> tuple[Intent, Intent] | None:
        """Two intents that want different tags, where nothing says which of them shall stand."""
        for one, other in pairwise(wanted):
            known = not self.wish.allow_downgrade and self._newer(one.image, other) is not None
            if one.image.tag != other.image.tag and one.order is None and not known:
                return one, other
        return None

    def judge(self, reference: Reference, intent: Intent) -> Decision:
        """What becomes of the reference for this intent alone."""
        standing, wanted = reference.image, intent.image
        hold = self.ruled.hold
        if hold and is_active(hold, datetime.now(UTC)) and not self.wish.override_hold:
            return self._left(reference, Verdict.HELD, said(hold))
        if self.wish.verify and (unknown := self._unknown(reference, wanted)):
            return unknown
        kept = standing.tag if standing.digest or not wanted.digest or not _is_whole(reference) else None
        new = wanted if intent.policy else Image(standing.name, wanted.tag or kept, wanted.digest)
        if new.tag != standing.tag or not self.wish.pin_digest:
            if _already(reference, new):
                return self._left(reference, Verdict.CURRENT, "already so")
            if left := self._overtaken(reference, intent):
                return left
        return self._update(reference, new, intent)

    def _update(self, reference: Reference, new: Image, intent: Intent) -> Decision:
        """Write it, with a digest where one stands (a stale one never stays) or is asked for."""
        if not self.wish.override_hold and (left := self._taken_back(reference, new, intent)):
            return left
        if new.digest is None and (_keeps_digest(reference) or self.wish.pin_digest):
            if unknown := self._unknown(reference, intent.image):
                return unknown
            facts = self.wish.facts(intent.image)
            assert isinstance(facts, Candidate)
            new = replace(new, digest=facts.digest)
        if _already(reference, new):
            return self._left(reference, Verdict.CURRENT, "already so")
        return Decision(reference, self.ruled, Verdict.UPDATE, new.tag or new.digest, new, order=intent.order)

    def _taken_back(self, reference: Reference, new: Image, intent: Intent) -> Decision | None:
        """The reference as it is left because a person took this version back, or one that is not older."""
        if self.wish.allow_downgrade and order(self.ruled.policy, reference.image.tag or "", new.tag or "") == -1:
            return None
        recalled = self.past.recalled(reference, self.ruled)
        if recalled.problem and not self.ruled.problem:
            return self._refused(reference, Verdict.ERROR, recalled.problem)
        for one in recalled.rejected:
            if one.tag == (new.tag or "") and (not new.digest or one.version.endswith(new.digest)):
                return self._left(reference, Verdict.REJECTED, f"{one}; --override-hold writes it all the same")
            if self._is_above(one, new, intent):
                detail = f"{new.tag} is not above {one.tag}, which {one.how}"
                return self._left(reference, Verdict.REJECTED, f"{detail}; --override-hold writes it all the same")
        return None

    def _is_above(self, rejection: Rejection, new: Image, intent: Intent) -> bool:
        """Whether what was taken back is known to be newer than the intent."""
        by_version = order(self.ruled.policy, new.tag or "", rejection.tag)
        if by_version is not None or intent.order is None:
            return by_version == 1
        written = self.past.order(self.ruled.image, rejection.tag)
        return written is not None and written > intent.order

    def _overtaken(self, reference: Reference, intent: Intent) -> Decision | None:
        """The reference as it is left because something newer stands, in the branch or in its pull request."""
        if self.wish.allow_downgrade:
            return None
        standing, wanted = reference.image, intent.image
        newer = self._newer(standing, intent)
        if newer is not None and newer < 0:
            return self._left(reference, Verdict.SUPERSEDED, f"{standing.tag} is newer than {wanted.tag}")
        failed = [one for one in self._dates(standing, wanted) if isinstance(one, Problem)] if newer is None else []
        if failed:  # what nothing orders is written, but this might
            return self._refused(reference, Verdict.ERROR, failed[0])
        if newer is None and self.changed:
            detail = f"it became {reference.written} meanwhile, and nothing says which is newer"
            hint = "give --order, or run the command again"
            return self._refused(reference, Verdict.CONFLICT, Problem("", "conflict", detail, hint))
        proposed = self.past.proposed(self.ruled.group, self.ruled.image)
        if proposed and self._behind(proposed, intent):
            detail = f"{proposed.tag}, which is newer than {wanted.tag}, is proposed already"
            return self._left(reference, Verdict.SUPERSEDED, detail)
        return None

    def _newer(self, standing: Image, intent: Intent) -> int | None:
        """1: the intent is newer than what stands; -1: older; None: nothing orders the two."""
        if not standing.tag or not intent.image.tag:
            return None
        by_version = order(self.ruled.policy, standing.tag, intent.image.tag)
        if by_version:
            return by_version
        if intent.order is not None:
            written = self.past.order(self.ruled.image, standing.tag)
            if written is not None:
                return (intent.order > written) - (intent.order < written)
        return self._by_date(standing, intent.image)

    def _behind(self, proposed: Landed, intent: Intent) -> bool:
        """Is the intent older than what a pull request proposes already?"""
        by_version = order(self.ruled.policy, proposed.tag, intent.image.tag or "")
        if by_version or proposed.order is None or intent.order is None:
            return (by_version or 0) < 0
        return intent.order < proposed.order

    def _by_date(self, standing: Image, wanted: Image) -> int | None:
        dates = [one.created for one in self._dates(standing, wanted) if isinstance(one, Candidate) and one.created]
        return (dates[1] > dates[0]) - (dates[1] < dates[0]) or None if len(dates) == 2 else None

    def _dates(self, standing: Image, wanted: Image) -> tuple[Candidate | Problem, ...]:
        """What tells when both were built; nothing where the registry is not to be asked."""
        asked = self.wish.verify or self.wish.pin_digest
        if not asked or standing.tag == wanted.tag or not (standing.tag and wanted.tag):
            return ()
        return tuple(self.wish.facts(Image(wanted.name, tag), Fact.CREATED) for tag in (standing.tag, wanted.tag))

    def _unknown(self, reference: Reference, wanted: Image) -> Decision | None:
        """The refusal of an image whose digest the registry does not give."""
        facts = self.wish.facts(wanted)
        if isinstance(facts, Candidate) and facts.digest:
            return None
        nothing = Problem("", "digest-unknown", f"the registry has no {wanted}", "give the digest: IMAGE:TAG@DIGEST")
        return self._refused(reference, Verdict.ERROR, facts if isinstance(facts, Problem) else nothing)

    def _left(self, reference: Reference, verdict: Verdict, detail: str) -> Decision:
        return Decision(reference, self.ruled, verdict, reference.image.tag, detail=detail)

    def _refused(self, reference: Reference, verdict: Verdict, why: Problem) -> Decision:
        problem = replace(why, about=str(reference.image), path=reference.path, line=reference.line)
        return Decision(reference, self.ruled, verdict, detail=why.message, problem=problem)


def _fitting(reference: Reference, wanted: tuple[Intent, ...]) -> tuple[Intent, ...]:
    """Of intents that want the same tag, with a digest and without: those that fit how the reference is written.

    In the order of their ranks, where all have one: the highest has the last word.
    """
    plain = {one.image.tag for one in wanted if not one.image.digest}
    pinned = {one.image.tag for one in wanted if one.image.digest}
    keeps = _keeps_digest(reference)
    fitting = [one for one in wanted if one.image.tag not in plain & pinned or bool(one.image.digest) == keeps]
    ranks = {one: one.order for one in fitting if one.order is not None}
    return tuple(sorted(fitting, key=ranks.__getitem__) if len(ranks) == len(set(fitting)) else fitting)


def _is_whole(reference: Reference) -> bool:
    return any(slot.part is Part.IMAGE for slot in reference.slots)


def _keeps_digest(reference: Reference) -> bool:
    return bool(reference.image.digest) or any(slot.part is Part.DIGEST and slot.text for slot in reference.slots)


def _already(reference: Reference, new: Image) -> bool:
    """Does every part that the reference spells read as `new` says? A digest nobody gave is not asked about.

    A reference that cannot be edited is asked about its whole image: "already so" must be true.
    """
    standing = reference.image
    parts = {slot.part for slot in reference.slots} or {Part.IMAGE}
    same_name = new.name == standing.name or not parts & {Part.IMAGE, Part.NAME, Part.REGISTRY}
    same_tag = new.tag == standing.tag or parts <= {Part.NAME, Part.REGISTRY, Part.DIGEST}
    same_digest = (new.digest or None) == standing.digest or (new.digest is None and new.tag == standing.tag)
    return same_name and same_tag and (same_digest or parts <= {Part.NAME, Part.REGISTRY})
