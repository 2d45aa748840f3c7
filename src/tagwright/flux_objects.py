"""Flux's objects of all files -> the policies that markers name, each with its image, its exclusions and its holds.

Objects of one name are read together, as base and patch of kustomize are: what one of them says alone counts, what
two say differently is a problem, for which of them a cluster sees is not known here. An object that leaves its
namespace to kustomize answers to any marker of its name, where no other has both.

What Flux calls suspended is held: an ImagePolicy or an ImageRepository holds what they rule, an
ImageUpdateAutomation the files below its path, unless another one that works covers them too. Of the tags an
ImageRepository excludes none is taken (https://fluxcd.io/flux/components/image/imagerepositories/#exclusion-list).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from tagwright import policies
from tagwright.errors import PolicyError, Problem
from tagwright.model import FluxAutomation, FluxPolicy, FluxRepository, Hold, PolicyKind, PolicySpec, Scanned

Part = TypeVar("Part", FluxPolicy, FluxRepository)


def bound(every: Iterable[Scanned], asked: Iterable[str]) -> tuple[FluxPolicy, ...]:
    """The policies of all files, each name once; `asked` are the names that markers give."""
    parts = tuple(every)
    named = _by_name(one for part in parts for one in part.flux_policies)
    repositories = _by_name(one for part in parts for one in part.flux_repositories)
    automations = tuple(one for part in parts for one in part.flux_automations)
    return tuple(
        _with_automations(_with_repository(_merged(name, named), repositories), automations)
        for name in sorted({*named, *asked})
        if name in named or _bare(name) in named
    )


def hold_of(policy: FluxPolicy, path: str) -> Hold | None:
    """What holds a value of this file that the policy rules."""
    if policy.suspended:
        return _suspended("ImagePolicy", policy)
    if policy.stopped_by:
        return _suspended("ImageRepository", policy.stopped_by[0])
    covering = [one for one in policy.automations if _covers(one, path)]
    if covering and all(one.suspended for one in covering):
        return _suspended("ImageUpdateAutomation", covering[0])
    return None


def _covers(automation: FluxAutomation, path: str) -> bool:
    return not automation.below or path == automation.below or path.startswith(f"{automation.below}/")


def _suspended(kind: str, one: FluxAutomation | FluxRepository | FluxPolicy) -> Hold:
    return Hold(f"{kind} {one.name} is suspended", None, f"{one.path}:{one.line}")


def _bare(name: str) -> str:
    return f":{name.partition(':')[2]}"


def _by_name(objects: Iterable[Part]) -> dict[str, list[Part]]:
    named: dict[str, list[Part]] = {}
    for one in objects:
        named.setdefault(one.name, []).append(one)
    return named


def _merged(name: str, named: dict[str, list[FluxPolicy]]) -> FluxPolicy:
    """The policy of a name; those without a namespace say what those with it leave open."""
    exact, bare = named.get(name, []), named.get(_bare(name), []) if name[0] != ":" else []
    said = [one for one in exact if one.policy] or [one for one in bare if one.policy]
    naming = [one for one in exact if one.repository] or [one for one in bare if one.repository]
    everyone = [*exact, *bare]
    first = replace((said or everyone)[0], name=name, repository=naming[0].repository if naming else "")
    if len({one.policy for one in said}) > 1:
        return replace(first, problem=_differing("ImagePolicy", name, "its policy", said))
    if len({one.repository for one in naming}) > 1:
        return replace(first, problem=_differing("ImagePolicy", name, "its ImageRepository", naming))
    problem = next((one.problem for one in everyone if one.problem), None)
    return replace(first, problem=problem, suspended=any(one.suspended for one in everyone))


def _differing(kind: str, name: str, what: str, objects: Iterable[FluxPolicy | FluxRepository]) -> Problem:
    places = [f"{one.path}:{one.line}" for one in objects]
    path, _, line = places[0].rpartition(":")
    message = f"{kind} {name} stands {len(places)} times, and {what} differs: {', '.join(places)}"
    hint = "give them names of their own; which of them a cluster sees is not known here"
    return Problem(path, "flux-ambiguous", message, hint, path, int(line))


def _with_repository(policy: FluxPolicy, named: dict[str, list[FluxRepository]]) -> FluxPolicy:
    """The policy with the image and the exclusions of its ImageRepository; wrong expressions are a problem."""
    found = list(_repositories(policy.repository, named))
    if policy.problem or policy.policy is None:
        return policy
    images = [one for one in found if one.image]
    excluding = [one for one in found if one.exclusions]
    if len({one.image for one in images}) > 1:
        return replace(policy, problem=_differing("ImageRepository", policy.repository, "its image", images))
    if len({one.exclusions for one in excluding}) > 1:
        return replace(policy, problem=_differing("ImageRepository", policy.repository, "its exclusionList", excluding))
    ignore = tuple(f"re:{pattern}" for one in excluding[:1] for pattern in one.exclusions)
    spec = replace(policy.policy, ignore=(*policy.policy.ignore, *ignore))
    problem = _wrong(policy, policy.policy, f"ImagePolicy {policy.name}")
    for one in excluding[:1]:
        excluded = PolicySpec(PolicyKind.ALPHABETICAL, "ascending", ignore=ignore)
        problem = problem or _wrong(one, excluded, f"exclusionList of ImageRepository {one.name}")
    image = images[0].image if images else ""
    stopped = tuple(one for one in found if one.suspended)
    return replace(policy, image=image, policy=spec, problem=problem, stopped_by=stopped)


def _repositories(name: str, named: dict[str, list[FluxRepository]]) -> Iterator[FluxRepository]:
    """The objects of an ImageRepository; where either side leaves the namespace open, those of the same name."""
    if name in named:
        yield from named[name]
    elif _bare(name) in named:
        yield from named[_bare(name)]
    elif name.startswith(":"):
        yield from (one for key, objects in named.items() if _bare(key) == name for one in objects)


def _wrong(where: FluxPolicy | FluxRepository, spec: PolicySpec, what: str) -> Problem | None:
    try:
        policies.check(spec)
    except PolicyError as error:
        return Problem(where.path, "flux-policy", f"{what}: {error.message}", error.hint, where.path, where.line)
    return None


def _with_automations(policy: FluxPolicy, automations: tuple[FluxAutomation, ...]) -> FluxPolicy:
    """The automations of the policy's namespace, which alone see it; none where none is suspended."""
    namespace = policy.name.partition(":")[0]
    same = tuple(one for one in automations if one.name.partition(":")[0] in ("", namespace))
    return replace(policy, automations=same) if any(one.suspended for one in same) else policy


def problems(found: Iterable[FluxPolicy]) -> tuple[Problem, ...]:
    """What is wrong with the objects, each once."""
    return tuple(dict.fromkeys(one.problem for one in found if one.problem))
