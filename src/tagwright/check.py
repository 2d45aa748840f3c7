"""Is what people wrote right, and is it what they mean? Mistakes of a configuration, of markers and of a repository's
own settings; foot-guns; and what nothing answers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from tagwright import footguns, holds, templates
from tagwright.config.rules import holds_beside, rule_for
from tagwright.credentials.named import place, secret
from tagwright.errors import ConfigError, Problem, TagwrightError
from tagwright.lookup import lookup
from tagwright.model import Config, Cost, ForgeSettings, Reference, Ruled, Target
from tagwright.run import Clients, look_over
from tagwright.unmanaged import MARKED, Looked
from tagwright.unmatched import unmatched

if TYPE_CHECKING:
    from tagwright.model import Notification, Visited
    from tagwright.registries import Registries

MISTAKES = frozenset({*MARKED, "flux-policy", "flux-ambiguous"})
"""Problems of a scan that are mistakes of whoever wrote the file; the others are files that are no YAML."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`problems` are mistakes, `warnings` what is right and hardly meant, `unmatched` what nothing answers to, `failed`
    what could not be looked at; `registries` is who was asked, and as whom, `cost` what for."""

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    unmatched: tuple[Problem, ...] = ()
    failed: tuple[Problem, ...] = ()
    registries: tuple[Visited, ...] = ()
    cost: Cost | None = None

    def __add__(self, other: Checked) -> Checked:
        """Both, each thing once."""
        return Checked(
            _once((*self.problems, *other.problems)),
            _once((*self.warnings, *other.warnings)),
            _once((*self.unmatched, *other.unmatched)),
            _once((*self.failed, *other.failed)),
            (*self.registries, *other.registries),
        )


def _once(found: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(found))


def of_config(config: Config, path: str) -> Checked:
    """What can be said of the operator's file alone."""
    wrong = [problem for target in config.targets for problem in templates.mistakes(target.delivery)]
    wrong += [_unsigned(target) for target in config.targets if target.delivery.by_api and _signs_nothing(target.forge)]
    warnings = [*config.warnings, *(found for target in config.targets for found in _written(target))]
    warnings += footguns.of_service(config.service)
    return Checked(_once(replace(problem, path=path) for problem in wrong), _once(warnings))


def _signs_nothing(forge: ForgeSettings) -> bool:
    return forge.kind == "gitea" or forge.by_push


def _unsigned(target: Target) -> Problem:
    message = f"commits: api gains nothing at {target.name}: Gitea signs only what its own server is told to sign"
    return Problem("delivery.commits", "config", message, "leave it out, or sign with a key: delivery.signing")


def of_keys(targets: Iterable[Target], environ: Mapping[str, str]) -> Checked:
    """Whether the keys that shall sign commits can, tried here and now.

    A warning: the keys may be mounted where Tagwright runs, and not here.
    """
    from tagwright.git.signing import signer

    warnings: list[Problem] = []
    for signing in dict.fromkeys(target.delivery.signing for target in targets):
        if signing:
            try:
                with closing(signer(signing, environ)) as tried:
                    tried.sign(b"check")
            except TagwrightError as error:
                warnings.append(error.problem("delivery.signing"))
    return Checked(warnings=tuple(warnings))


def of_notifications(told: Iterable[Notification], environ: Mapping[str, str]) -> Checked:
    """Whether the secrets that notifications name are there. A warning, as of keys."""
    warnings: list[Problem] = []
    for one in told:
        ways = (one.cloudevents.named, one.cloudevents.token) if one.cloudevents else (one.apprise,)
        for named in filter(None, ways):
            try:
                found = secret(named, environ)
            except TagwrightError as error:
                found, message = "", error.message
            else:
                message = f"the {place(named)} is empty"
            if not found:
                hint = "it may be there where Tagwright runs; else nobody is told"
                warnings.append(Problem(f"notifications {one.name}", "secret-missing", message, hint))
    return Checked(warnings=tuple(warnings))


def _written(target: Target) -> Iterator[Problem]:
    """The foot-guns of rules and defaults."""
    for spec in (rule.policy for rule in (*target.own_rules, *target.rules)):
        yield from footguns.of_policy(spec)
    for spec in filter(None, (target.own_defaults, target.defaults)):
        yield from footguns.of_policy(spec)
    yield from footguns.shadowed(target.own_rules)
    yield from footguns.shadowed(target.rules)
    yield from footguns.of_target(target)


def of_places(targets: Iterable[Target], clients: Clients, registries: Registries | None, now: datetime) -> Checked:
    """What can be said of targets by looking at them; with `registries`, by their images' tags too."""
    checked, everywhere = Checked(), []
    for target in targets:
        try:
            with clients.open(target) as place:
                merged, head, found = look_over(target, clients, place)
                looked = Looked.lightly(merged, found, place, head)
        except ConfigError as error:
            checked += Checked(problems=error.problems)
        except TagwrightError as error:
            checked += Checked(failed=(error.problem(target.name),))
        else:
            everywhere.append(looked)
            checked += _of_place(looked, registries, now)
    checked += Checked(unmatched=unmatched(everywhere))
    return checked + Checked(failed=registries.greet(), registries=registries.visited) if registries else checked


def _of_place(looked: Looked, registries: Registries | None, now: datetime) -> Checked:
    target, scanned = looked.target, looked.scanned
    ruled = ruled_by(looked)
    problems = [found for found in scanned.problems if found.code in MISTAKES]
    problems += [rule.problem for _, rule in ruled if rule.problem]
    warnings = list(_written(target))
    for one in scanned.flux_policies:
        if one.policy:
            warnings += footguns.of_policy(replace(one.policy, source=f"{one.path}:{one.line}"))
    for reference, rule in ruled:
        if rule.policy and reference.marker and reference.marker.family == "tagwright":
            warnings += footguns.of_policy(rule.policy)
        warnings += footguns.of_reference(reference, rule.policy)
    warnings += holds.expired(target, holds_beside(scanned.references), now)
    failed, online = _online(ruled, registries) if registries else ((), ())
    return Checked(_once(problems), _once((*warnings, *online)), failed=failed)


def ruled_by(looked: Looked) -> list[tuple[Reference, Ruled]]:
    """Every reference of a target with what rules it."""
    flux = {policy.name: policy for policy in looked.scanned.flux_policies}
    return [(one, rule_for(one, looked.target, flux)) for one in looked.scanned.references]


def _online(
    ruled: Iterable[tuple[Reference, Ruled]], registries: Registries
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Registries that could not be asked, and what their tags say of the policies."""
    asked = dict.fromkeys((rule.policy, rule.image) for _, rule in ruled if rule.policy and not rule.problem)
    lists = lookup({image for _, image in asked}, registries)
    failed = tuple(found for found in lists.values() if isinstance(found, Problem))
    said: list[Problem] = []
    for policy, image in asked:
        tags = lists[image]
        if not isinstance(tags, Problem):
            said += footguns.of_tags(policy, image, tags.tags)
    return failed, tuple(said)
