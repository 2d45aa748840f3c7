"""What somebody wrote and nothing answers to: rules, bindings, holds, globs, policies of Flux.

A line of an operator's configuration that is for many targets is unmatched only where none of them answers. Each
is a Problem at its own file and line, with what came closest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from tagwright import globs
from tagwright.config.rules import rule_for
from tagwright.errors import Problem
from tagwright.image import normalise
from tagwright.locators.beside import bound
from tagwright.model import Binding, Held, Reference, Rule
from tagwright.unmanaged import Looked, closest_image

T = TypeVar("T")


def unmatched(everywhere: Sequence[Looked]) -> tuple[Problem, ...]:
    """All of it, in the order of files and lines."""
    found = [
        *_none(everywhere, lambda one: (*one.target.own_rules, *one.target.rules), _rule_names, _rule),
        *_none(everywhere, lambda one: one.target.references, _is_bound, _binding),
        *_none(everywhere, lambda one: one.target.holds, _is_held, _held),
        *_globs(everywhere),
        *(problem for one in everywhere for problem in _policies(one)),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: (problem.path, problem.line)))


def markers(looked: Looked) -> Iterator[Problem]:
    """Markers that are read and rule nothing: a setting that is none, a policy that is nowhere."""
    flux = {policy.name: policy for policy in looked.scanned.flux_policies}
    for one in looked.scanned.references:
        ruled = rule_for(one, looked.target, flux) if one.marker else None
        if ruled and ruled.problem:
            yield ruled.problem


def _none(
    everywhere: Sequence[Looked],
    written: Callable[[Looked], Iterable[T]],
    answers: Callable[[T, Looked], bool],
    problem: Callable[[T, Sequence[Looked]], Problem],
) -> Iterator[Problem]:
    """A problem for each thing written that no target answers to."""
    asked: dict[T, list[Looked]] = {}
    for looked in everywhere:
        for one in written(looked):
            asked.setdefault(one, []).append(looked)
    for one, there in asked.items():
        if not any(answers(one, looked) for looked in there):
            yield problem(one, there)


def _places(source: str) -> tuple[str, int]:
    path, _, line = source.rpartition(":")
    return path, int(line or 0)


# ── rules ────────────────────────────────────────────────────────────────────


def _rule_names(rule: Rule, looked: Looked) -> bool:
    """Does a reference answer to a rule, by image and file, or a marker by its name?"""
    named, within = globs.compile(rule.images), globs.compile(rule.files or ("**",))
    if any(within(one.path) and named(image) for one, image in _named(looked)):
        return True
    return any(one.marker and one.marker.policy == rule.name for one in looked.scanned.references if rule.name)


def _named(looked: Looked) -> Iterator[tuple[Reference, str]]:
    """References with the image that they, or the marker or Flux policy beside them, name."""
    flux = {policy.name: policy.image for policy in looked.scanned.flux_policies}
    for one in looked.scanned.references:
        settings = dict(one.marker.settings) if one.marker else {}
        policy = flux.get(one.marker.policy, "") if one.marker else ""
        yield one, one.image.normalised or normalise(settings.get("image", "") or policy or "x/x")


def _rule(rule: Rule, there: Sequence[Looked]) -> Problem:
    references = [pair for looked in there for pair in _named(looked)]
    named, within = globs.compile(rule.images), globs.compile(rule.files or ("**",))
    beside = sorted({one.path for one, image in references if named(image)})
    images = sorted({image for one, image in references if within(one.path)}) if rule.files else []
    hint = closest_image(rule.images, {image for _, image in references})
    if beside:
        hint = f"its images stand in {beside[0]}, which files: {', '.join(rule.files)} leaves out"
    elif images and not hint:
        hint = (
            f"its files hold {images[0]} and {len(images) - 1} other images" if images[1:] else f"there is {images[0]}"
        )
    title = f"the rule {rule.name}" if rule.name else "the rule"
    message = f"{title} for {', '.join(rule.images)} matches no reference"
    return Problem(rule.path, "rule-unmatched", message, hint or "`tagwright scan` lists them", rule.path, rule.line)


# ── bindings and holds ───────────────────────────────────────────────────────


def _is_bound(binding: Binding, looked: Looked) -> bool:
    within = globs.compile(binding.files)
    return any(within(one.path) and bound.binds(binding, one) for one in looked.scanned.references)


def _binding(binding: Binding, there: Sequence[Looked]) -> Problem:
    path, line = _places(binding.source)
    files = sorted(file for looked in there for file in looked.paths if globs.compile(binding.files)(file))
    what = f"key {binding.key}" if binding.key else "whole file"
    hint = f"{files[0]} has no tag there" if files else f"no file matches {', '.join(binding.files)}"
    return Problem(path, "binding-unmatched", f"{binding.image}: no value answers to the {what}", hint, path, line)


def _is_held(held: Held, looked: Looked) -> bool:
    named, within = globs.compile(held.images or ("**",)), globs.compile(held.files or ("**",))
    return any(within(one.path) and named(image) for one, image in _named(looked))


def _held(held: Held, there: Sequence[Looked]) -> Problem:
    path, line = _places(held.hold.source)
    hint = closest_image(held.images, {image for looked in there for _, image in _named(looked)})
    message = f"the hold on {', '.join(held.images or held.files)} matches no reference"
    return Problem(path, "hold-unmatched", message, hint or "`tagwright scan` lists them", path, line)


# ── globs of files ───────────────────────────────────────────────────────────


def _globs(everywhere: Sequence[Looked]) -> Iterator[Problem]:
    """Globs that match no file: of `files:`, and of rules that name several."""
    paths = {path for looked in everywhere for path in looked.paths}
    for looked in everywhere:
        files = looked.target.files
        path, line = _places(files.source)
        for pattern in (*files.include, *files.exclude):
            if pattern != "**" and not any(map(globs.compile((pattern,)), looked.paths if files.within else paths)):
                hint = "a glob begins at the top of the repository: **/x matches at any depth"
                yield Problem(path, "glob-unmatched", f"files: {pattern} matches no file", hint, path, line)
    for rule in dict.fromkeys(rule for one in everywhere for rule in (*one.target.own_rules, *one.target.rules)):
        for pattern in rule.files if len(rule.files) > 1 else ():
            if not any(map(globs.compile((pattern,)), paths)):
                message = f"files: {pattern} of the rule matches no file"
                yield Problem(rule.path, "glob-unmatched", message, "", rule.path, rule.line)


# ── policies of Flux ─────────────────────────────────────────────────────────


def _policies(looked: Looked) -> Iterator[Problem]:
    """ImagePolicies that no marker names, and markers that name none."""
    policies = {one.name: one for one in looked.scanned.flux_policies}
    asked = {one.marker.policy for one in looked.scanned.references if one.marker and one.marker.family == "flux"}
    for name, policy in policies.items():
        bare = name.partition(":")[2]
        if name not in asked and not any(one.partition(":")[2] == bare for one in asked if name.startswith(":")):
            hint = f'mark a value: # {{"$imagepolicy": "{name}"}}'
            yield Problem(policy.path, "policy-unmatched", f"no marker names {name}", hint, policy.path, policy.line)
