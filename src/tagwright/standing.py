"""Where a reference stands among all tags of its image: newest first, newest allowed, and newest at all.

Newest is what the policy puts first, whatever range, level, filter lists and age say against it; among the tags
it does not order, the highest version; else the latest date that is known; else there is no telling. The order in
which a registry lists its tags has no part in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from tagwright import policies, version
from tagwright.errors import PolicyError
from tagwright.model import Candidate, Decision, PolicySpec, Reason, Ruling
from tagwright.policies.natural import natural

Place = Callable[[str], Any]
"""Tag -> where it stands in one order; None = nowhere."""

OTHERS = frozenset({
    Reason.DIFFERENT_PREFIX, Reason.DIFFERENT_SUFFIX, Reason.DIFFERENT_PRECISION, Reason.NOT_COMPARABLE,
    Reason.NOT_A_VERSION, Reason.NOT_AN_IMAGE,
})  # fmt: skip
"""Tags of another make than the reference: never the newest of its own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A decision's tags in order. `rulings` has each once, newest first; `by` says by which order `newest` is that."""

    rulings: tuple[Ruling, ...]
    allowed: str | None
    newest: Ruling | None
    by: str


def standing(decision: Decision) -> Standing:
    """The tags of a decision in order; nothing of them where none were asked for."""
    current = decision.reference.image.tag or ""
    known = {ruling.tag: ruling for ruling in decision.rulings()}
    orders = _orders(decision.ruled.policy, decision.facts)
    ranked = [*_ranked(known, orders, current)]
    newest, by = _newest([(known[tag], name) for tag, name in ranked])
    return Standing(tuple(known[tag] for tag, _ in ranked), decision.chosen, newest, by)


def in_order(rulings: Iterable[Ruling], policy: PolicySpec | None, current: str | None) -> tuple[Ruling, ...]:
    """Rulings newest first, as far as names say it."""
    known = {ruling.tag: ruling for ruling in rulings}
    return tuple(known[tag] for tag, _ in _ranked(known, _orders(policy, {}), current or ""))


def _newest(ranked: list[tuple[Ruling, str]]) -> tuple[Ruling | None, str]:
    """The first of the reference's own make; a name alone says nothing of age."""
    for own in (True, False):
        for ruling, by in ranked:
            if by != "name" and not (own and ruling.reason in OTHERS) and ruling.reason is not Reason.NOT_AN_IMAGE:
                return ruling, by
    return None, ""


def _ranked(tags: Iterable[str], orders: list[tuple[str, Place]], current: str) -> list[tuple[str, str]]:
    """Each tag with the name of the first order that has a place for it, from the newest of the first order down."""
    shape = _shape(current)
    left, ranked = list(tags), []

    def tie(placed: tuple[Any, str]) -> Any:
        return _shape(placed[1]) == shape, natural(placed[1]), placed[1]

    for name, place in orders:
        placed = [(place(tag), tag) for tag in left]
        found = sorted((one for one in placed if one[0] is not None), key=itemgetter(0), reverse=True)
        for _, equal in groupby(found, key=itemgetter(0)):
            several = list(equal)  # ties are few, and what breaks them takes longer than all the rest
            ranked += [(tag, name) for _, tag in (sorted(several, key=tie, reverse=True) if several[1:] else several)]
        left = [tag for where, tag in placed if where is None]
    return ranked + [(tag, "name") for tag in sorted(left, key=lambda tag: (natural(tag), tag), reverse=True)]


def _orders(spec: PolicySpec | None, facts: Any) -> list[tuple[str, Place]]:
    """The orders that have a say, the policy's own first."""

    def dated(tag: str) -> datetime | None:
        about = facts.get(tag)
        return (about.pushed or about.created) if isinstance(about, Candidate) else None

    own = _own(spec, facts) if spec else None
    return [*([(str(spec.kind), own)] if spec and own else []), ("version", version.parse), ("date", dated)]


def _own(spec: PolicySpec, facts: Any) -> Place | None:
    """The policy's own order; None for a policy that cannot be."""
    try:
        policy, gates = policies.build(spec)
    except PolicyError:
        return None
    if policy.dated:
        return lambda tag: getattr(facts.get(tag), policy.dated, None)
    extract = gates.extract

    def place(tag: str) -> Any:
        seen = extract(tag) if extract else tag
        return None if seen is None else policy.position(seen)

    return place


def _shape(tag: str) -> str:
    return re.sub("[0-9]+", "0", tag)
