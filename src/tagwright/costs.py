"""What each rule cost in requests, and which cost more than they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tagwright.errors import Problem
from tagwright.model import Cost, HostCost, ImageCost, PolicyKind, PolicySpec, RuleCost, Ruled

DEAR = 100
"""Requests for one image in one run from which on its rule is warned about: as many manifests as Docker Hub gives a
stranger in six hours."""


def cost(hosts: tuple[HostCost, ...], images: tuple[ImageCost, ...], ruled: Iterable[Ruled] = ()) -> Cost:
    """The run's requests by host, by image and by rule; an image that several rules use counts for each."""
    spent = {one.image: one for one in images}
    rules: dict[str, dict[str, PolicySpec]] = {}
    for rule in ruled:
        if rule.policy and rule.image in spent:
            rules.setdefault(rule.source, {})[rule.image] = rule.policy
    costs = [RuleCost(source, len(of), sum(spent[image].requests for image in of)) for source, of in rules.items()]
    warnings = (_dear(source, of, spent) for source, of in rules.items())
    return Cost(
        hosts,
        images,
        tuple(sorted(costs, key=lambda one: (-one.requests, one.source))),
        tuple(found for found in warnings if found),
    )


def _dear(source: str, policies: Mapping[str, PolicySpec], spent: Mapping[str, ImageCost]) -> Problem | None:
    """A warning about the dearest image of a rule, if it is dear."""
    over = sorted((image for image in policies if spent[image].requests > DEAR), key=lambda one: -spent[one].requests)
    if not over:
        return None
    dearest = spent[over[0]]
    others = f"; {len(over) - 1} more of its images cost over {DEAR}" if len(over) > 1 else ""
    why, instead = _why(dearest, policies[over[0]])
    message = f"{dearest.image} cost {dearest.requests:,} requests, {why}{others}"
    return Problem(source, "expensive-rule", message, instead)


def _why(image: ImageCost, policy: PolicySpec) -> tuple[str, str]:
    """What most of the requests were for, and what to do instead."""
    dearest = max(image.lists, image.tags, image.pushes)
    if dearest == image.lists:
        return (
            f"{image.lists:,} of them for the pages of its list of tags",
            "let the registry expire old tags; small pages are often a setting of a proxy before it",
        )
    if dearest == image.pushes:
        return f"{image.pushes:,} of them for when its tags were pushed", _narrower(policy)
    if policy.kind is PolicyKind.NEWEST and policy.argument == "created":
        words = f"{image.tags:,} of them because newest: created reads the date in each tag's image"
        return words, f"{_narrower(policy)}, or go by newest: pushed where the registry tells it"
    return f"{image.tags:,} of them to read tags one by one", _narrower(policy)


def _narrower(policy: PolicySpec) -> str:
    if policy.filter or policy.allow:
        return "narrow its filter or allow, so that fewer tags are read; a --cache folder remembers what was read"
    return "give the rule a filter or allow, so that fewer tags are read; a --cache folder remembers what was read"
