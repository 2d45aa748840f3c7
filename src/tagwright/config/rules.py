"""Which policy rules a reference, and where that is said.

    1. an inline marker            # tagwright: semver=">=1.2 <2" minimum-age=3d
    2. a Flux marker               # {"$imagepolicy": "ns:name"}, bound to an ImagePolicy or a rule of that name
    3. the first rule that matches: the repository's own before the operator's
    4. the defaults, in the same order
    5. none: the reference is reported and left alone

A hold is laid over whatever rules the reference below it, so that something does when the
hold ends. Markers, Flux policies and the repository's own rules come with the repository:
the gates of the operator's rule for the same reference (else of the operator's defaults)
hold for them as well, so that a repository can tighten, never loosen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from tagwright import flux_objects, globs, holds, image, windows
from tagwright.errors import ConfigError, ImageError, Problem
from tagwright.model import (
    Binding,
    FluxPolicy,
    Held,
    Hold,
    Marker,
    PolicySpec,
    Reference,
    Rule,
    Ruled,
    Target,
    Windows,
)

ASIDE = frozenset({"image", "group", "resume"})
"""Settings of a marker that say nothing of which tag is wanted."""


def rule_for(reference: Reference, target: Target, flux: Mapping[str, FluxPolicy]) -> Ruled:
    """Which policy rules this reference. `flux` holds the ImagePolicies of the repository by "ns:name".

    Never raises: a marker that cannot be is a `Ruled` with a problem. A tag alone, whose image nothing says, is
    nobody's: charts leave the repository to their defaults, which is no mistake until somebody asks for a policy.
    """
    ruled = _ruled(reference, target, flux)
    inside = _windows(ruled, reference.path, target)
    held = _held(ruled, reference.path, target) if target.holds and ruled.image else ruled.hold
    return ruled if inside == ruled.windows and held is ruled.hold else replace(ruled, windows=inside, hold=held)


def _held(ruled: Ruled, path: str, target: Target) -> Hold | None:
    """The hold that lasts longest: the one beside the reference, or one of the configuration."""
    matching = (one.hold for one in target.holds if _matches(one, path, ruled.image))
    return holds.longest((ruled.hold, *matching))


def _windows(ruled: Ruled, path: str, target: Target) -> Windows:
    """Of the target, of what rules the reference, and of the first rule of each side that matches it.

    So a marker changes the policy and not the hour.
    """
    timed = (rules for rules in (target.rules, target.own_rules) if any(rule.windows != Windows() for rule in rules))
    matching = [rule.windows for rules in timed if (rule := _first(rules, path, ruled.image))]
    if not matching and ruled.windows == Windows():
        return target.windows
    return windows.joined((target.windows, ruled.windows, *matching))


def _ruled(reference: Reference, target: Target, flux: Mapping[str, FluxPolicy]) -> Ruled:
    name = reference.image.normalised
    marker = reference.marker
    if marker and marker.family == "flux":
        ruled = _by_flux(reference, marker, target, flux)
    elif marker:
        ruled = _by_marker(reference, marker, target)
    else:
        ruled = _by_rule(reference.path, name, target)
    if ruled.problem or not ruled.policy or ruled.image:
        return ruled
    return replace(ruled, problem=_image_unknown(reference)) if marker else Ruled(None, "no-image", "")


# ── markers ──────────────────────────────────────────────────────────────────


def bindings_of(target: Target, path: str) -> tuple[Binding, ...]:
    """The lines of the configuration that bind values of this file."""
    return tuple(one for one in target.references if globs.compile(one.files)(path)) if target.references else ()


def _by_marker(reference: Reference, marker: Marker, target: Target) -> Ruled:
    source = f"{reference.path}:{marker.line}, marker"
    try:
        return _marked(reference, marker, target, source)
    except ConfigError as error:
        message = "; ".join(found.message for found in error.problems)
        hint = next((found.hint for found in error.problems if found.hint), "")
    except ImageError as error:
        message, hint = error.message, error.hint
    problem = _problem(reference, "marker", message, hint, marker.line)
    return Ruled(None, source, reference.image.normalised, problem=problem)


def _marked(reference: Reference, marker: Marker, target: Target, source: str) -> Ruled:
    """What a marker says, over what rules the reference without it. Raises ConfigError, ImageError."""
    settings = dict(marker.settings)
    name = reference.image.normalised
    if "image" in settings:
        named = image.parse(settings["image"]).normalised
        if name and named != name:
            raise ImageError(f"the marker names {named}, but the value {name}", hint="leave image= out of the marker")
        name = named
    below = _by_rule(reference.path, name, target)
    group = _group(settings, marker, reference.path) or below.group
    if {"image", "resume"} & settings.keys() and settings.keys() <= ASIDE:
        return replace(below, group=group)
    wanted = _wanted(marker, reference.path)
    if isinstance(wanted, Hold):
        return replace(below, source=source, hold=wanted, group=group)
    return _guarded(Ruled(wanted, source, name, group=group), reference, target)


def _wanted(marker: Marker, path: str) -> PolicySpec | Hold:
    """What a marker's settings say. Raises ConfigError."""
    from tagwright.config.markers import marker_policy

    said = tuple((key, text) for key, text in marker.settings if key not in ASIDE)
    return marker_policy(said, path, marker.line)


def _group(settings: Mapping[str, str], marker: Marker, path: str) -> str:
    """The marker's group, "" where it gives none. Raises ConfigError where it is no word: it names a branch."""
    if "group" not in settings:
        return ""
    from tagwright.config import checks
    from tagwright.config.nodes import Node, Place

    expected = checks.word(settings["group"])
    if expected:
        at = Place(path, "marker", marker.line, repository=True)
        at.key("group").wrong(Node(settings["group"], marker.line), expected)
        raise ConfigError(at.sorted())
    return settings["group"]


def _by_flux(reference: Reference, marker: Marker, target: Target, flux: Mapping[str, FluxPolicy]) -> Ruled:
    source = f"{reference.path}:{marker.line}, Flux marker {marker.policy}"
    name = reference.image.normalised
    found = flux.get(marker.policy)
    if found:
        ruled = _by_policy(found, reference, f"{source}, {found.path}:{found.line}")
        return _guarded(ruled, reference, target)
    named = {rule.name: rule for rule in reversed((*target.own_rules, *target.rules)) if rule.name}
    rule = named.get(marker.policy)
    if rule:
        ruled = _ruled_by(rule, name or _only_image(rule), f"{source}, {rule.path}:{rule.line}")
        return _guarded(ruled, reference, target) if rule in target.own_rules else ruled
    from tagwright.config.nodes import suggestion

    hint = suggestion(marker.policy, (*flux, *named)) if flux or named else "add an ImagePolicy, or a rule of that name"
    message = f"no ImagePolicy and no rule is called {marker.policy!r}"
    return Ruled(None, source, name, problem=_problem(reference, "unknown-policy", message, hint, marker.line))


def _by_policy(found: FluxPolicy, reference: Reference, source: str) -> Ruled:
    """What an ImagePolicy says, unless something is wrong with it or it leads to no image."""
    name = reference.image.normalised or (image.normalise(found.image) if found.image else "")
    problem = found.problem
    if not problem and not found.policy:
        message, hint = f"ImagePolicy {found.name} says no policy", "a patch that says it must stand in the repository"
        problem = Problem(found.path, "flux-policy", message, hint, found.path, found.line)
    if not problem and not name:
        message = (
            f"ImagePolicy {found.name} is for ImageRepository {found.repository}, which is nowhere in the repository"
        )
        hint = "a tag alone does not say of which image: bring the ImageRepository, or name it with image="
        problem = Problem(found.path, "flux-repository", message, hint, found.path, found.line)
    if problem:
        return Ruled(None, source, name, problem=problem)
    return Ruled(found.policy, source, name, hold=flux_objects.hold_of(found, reference.path))


def holds_beside(references: Iterable[Reference]) -> Iterator[Hold]:
    """Every hold that a marker says."""
    for path, marker in dict.fromkeys((one.path, one.marker) for one in references if one.marker):
        if any(key == "hold" for key, _ in marker.settings):
            with suppress(ConfigError):  # which is a problem of the reference
                wanted = _wanted(marker, path)
                if isinstance(wanted, Hold):
                    yield wanted


# ── rules and defaults ───────────────────────────────────────────────────────


def _by_rule(path: str, name: str, target: Target) -> Ruled:
    own = _first(target.own_rules, path, name)
    if own:
        return _guarded_by(_ruled_by(own, name), _operator_policy(path, name, target), path)
    rule = _first(target.rules, path, name)
    if rule:
        return _ruled_by(rule, name)
    if target.own_defaults:
        return _guarded_by(
            Ruled(target.own_defaults, _said(target.own_defaults, "the repository's defaults"), name),
            target.defaults,
            path,
        )
    if target.defaults:
        return Ruled(target.defaults, _said(target.defaults, "assumed" if target.assumed else "defaults"), name)
    return Ruled(None, "no-rule", name)


def _first(rules: tuple[Rule, ...], path: str, name: str) -> Rule | None:
    for rule in rules:
        if _matches(rule, path, name):
            return rule
    return None


def _matches(one: Rule | Held, path: str, name: str) -> bool:
    return globs.compile(one.images)(name) and (not one.files or globs.compile(one.files)(path))


def _said(policy: PolicySpec, what: str) -> str:
    """Where a policy stands, and what it is there."""
    return f"{policy.source}, {what}" if policy.source else what


def _ruled_by(rule: Rule, name: str, source: str = "") -> Ruled:
    title = f"rule {rule.name}" if rule.name else "rule"
    return Ruled(
        rule.policy, source or f"{rule.path}:{rule.line}, {title}", name, group=rule.group, windows=rule.windows
    )


def _only_image(rule: Rule) -> str:
    """The one image a rule names, if it names one without wildcards."""
    return rule.images[0] if len(rule.images) == 1 and not globs.is_wild(rule.images[0]) else ""


# ── what the operator demands of a repository's own policies ─────────────────


def _operator_policy(path: str, name: str, target: Target) -> PolicySpec | None:
    rule = _first(target.rules, path, name)
    return rule.policy if rule else target.defaults


def _guarded(ruled: Ruled, reference: Reference, target: Target) -> Ruled:
    return _guarded_by(ruled, _operator_policy(reference.path, ruled.image, target), reference.path)


def _guarded_by(ruled: Ruled, guard: PolicySpec | None, path: str) -> Ruled:
    """The repository's policy with the operator's gates on top. Two allow lists cannot both be kept: a problem."""
    own = ruled.policy
    if own is None or guard is None:
        return ruled
    if own.allow and guard.allow and own.allow != guard.allow:
        message = "allow is set by the operator's rule for this image and cannot be set again"
        return replace(ruled, policy=None, problem=Problem(path, "loosened", message, "use ignore to narrow it", path))
    policy = replace(
        own,
        allow=own.allow or guard.allow,
        ignore=tuple(dict.fromkeys((*guard.ignore, *own.ignore))),
        platforms=tuple(dict.fromkeys((*guard.platforms, *own.platforms))),
        minimum_age=_longer(own.minimum_age, guard.minimum_age),
        wait=_longer(own.wait, guard.wait),
        pin_digest=own.pin_digest or guard.pin_digest,
        trust_created=guard.trust_created,
        allow_downgrade=False,
    )
    return replace(ruled, policy=policy)


def _longer(*durations: timedelta | None) -> timedelta | None:
    return max((duration for duration in durations if duration is not None), default=None)


def _problem(reference: Reference, code: str, message: str, hint: str, line: int) -> Problem:
    return Problem(reference.path, code, message, hint, path=reference.path, line=line)


def _image_unknown(reference: Reference) -> Problem:
    hint = "name it: # tagwright: image=ghcr.io/acme/api, a line of `references:`, or an ImagePolicy"
    return _problem(reference, "image-unknown", "a tag alone does not say of which image", hint, reference.line)
