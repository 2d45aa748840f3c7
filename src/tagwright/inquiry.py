"""What the registries offer the images of one pass: lists of tags, growing by the facts that policies ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from tagwright.ages import Ages, age_asked
from tagwright.decide import Offer
from tagwright.digests import Digests
from tagwright.errors import Problem, TagwrightError
from tagwright.lookup import describe_listed, lookup, pushes
from tagwright.model import Candidate, Fact, PolicyKind, PolicySpec, Ruled
from tagwright.policies.prefixes import common_prefix
from tagwright.registries import Registries


class Inquiry:
    """The offers of the images that are ruled so, each asked for once; `ages` knows when tags were first seen.

    With `sparing`, of what a registry lists only what these policies could take may be read.
    """

    def __init__(self, ruled: Sequence[Ruled], registries: Registries, ages: Ages, *, sparing: bool = False) -> None:
        self._registries, self._ages = registries, ages
        self._facts: dict[str, Fact] = {}
        self._fingerprints: dict[str, str] = {}
        self._offers: dict[str, Offer | Problem] = {}
        self._digests: dict[str, Digests] = {}
        for rule in ruled:
            if rule.policy and not rule.problem:
                self._facts[rule.image] = self._facts.get(rule.image, Fact.DIGEST) | _facts(rule.policy)
        prefixes = _prefixes(ruled) if sparing else {}
        for image, found in lookup(self._facts, registries, prefixes).items():
            self._offers[image] = found if isinstance(found, Problem) else Offer.of_list(found)
            self._fingerprints[image] = "" if isinstance(found, Problem) else found.fingerprint
        self._date(rule.image for rule in ruled if rule.policy and rule.policy.kind is PolicyKind.NEWEST)

    def _date(self, images: Iterable[str]) -> None:
        """Where a policy goes by dates, add when each tag was pushed, as far as the registry tells of all at once."""
        asked = [image for image in dict.fromkeys(images) if isinstance(self._offers.get(image), Offer)]
        for image, dates in pushes(asked, self._registries).items():
            offer = self.of(image)
            if dates and isinstance(offer, Offer):
                self._offers[image] = offer.with_facts(
                    Candidate(tag, pushed=dates[tag]) for tag in offer.tags if tag in dates
                )

    def of(self, image: str) -> Offer | Problem:
        """What is offered of an image; why not, where its registry or the ledger failed."""
        return self._offers.get(image, _NOTHING)

    def fingerprint(self, image: str) -> str:
        """What the list of an image is known by; "" where facts beside it were asked."""
        offer = self._offers.get(image, _NOTHING)
        return "" if isinstance(offer, Problem) or offer.known else self._fingerprints.get(image, "")

    def describe(self, image: str, tags: tuple[str, ...]) -> None:
        """Add what is known of those tags, or why one could not be read. A ledger that fails is the image's problem."""
        offer = self._offers[image]
        if isinstance(offer, Problem):
            return
        if Fact.PUSHED in self._facts[image]:
            from tagwright.registries.native.base import PAGE

            if len(tags) > 1 + max(len(offer.tags), offer.among) // PAGE:
                pushes([image], self._registries)  # what a registry tells of all at once is not asked tag by tag
        known = self._digests[image] = self._digests.get(image) or Digests(self._registries.cache, image)
        try:
            described = describe_listed(image, tags, self._registries, self._facts[image], known).values()
            self._offers[image] = offer.with_facts(self._ages.dated(image, described))
        except TagwrightError as error:
            self._offers[image] = error.problem(image)
        known.keep()


_NOTHING = Offer(())


def _prefixes(ruled: Iterable[Ruled]) -> dict[str, str]:
    """What all tags begin with that could be taken of an image, whichever of its rules it is."""
    policies: dict[str, list[PolicySpec]] = {}
    for rule in ruled:
        if rule.policy and not rule.problem:
            policies.setdefault(rule.image, []).append(rule.policy)
    return {image: common_prefix(dict.fromkeys(own)) for image, own in policies.items()}


def _facts(policy: PolicySpec) -> Fact:
    """What a policy may ask of a tag beyond its name."""
    facts = Fact.DIGEST
    if age_asked(policy) or policy.kind is PolicyKind.NEWEST:
        facts |= Fact.PUSHED
    if policy.platforms:
        facts |= Fact.PLATFORMS
    if policy.trust_created or (policy.kind is PolicyKind.NEWEST and policy.argument == "created"):
        facts |= Fact.CREATED
    return facts


def asked_ages(ruled: Iterable[Ruled]) -> dict[str, timedelta]:
    """The images whose policies ask how old a tag is, each with the longest age asked."""
    asked: dict[str, timedelta] = {}
    for rule in ruled:
        if age := age_asked(rule.policy):
            asked[rule.image] = max(age, asked.get(rule.image, age))
    return asked


def moving(ruled: Iterable[Ruled]) -> frozenset[str]:
    """The images of which a policy follows one tag and waits for it to come to rest."""
    policies = ((rule.image, rule.policy) for rule in ruled)
    return frozenset(image for image, policy in policies if policy and policy.wait and policy.kind is PolicyKind.DIGEST)
