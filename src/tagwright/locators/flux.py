"""Flux: the objects that `$imagepolicy` markers name, and those that stop them.

    kind: ImagePolicy             spec.imageRepositoryRef, spec.policy.{semver,alphabetical,numerical}, spec.filterTags
    kind: ImageRepository         spec.image, spec.exclusionList
    kind: ImageUpdateAutomation   spec.update.path

of any apiVersion of image.toolkit.fluxcd.io, and `spec.suspend` of each. They hold no reference; they say what rules
the values that carry a marker. As in Flux, of several policies in one object semver goes before alphabetical before
numerical, the order is ascending unless said, and `digestReflectionPolicy` other than Never writes the digest too.
What belongs together across files is joined in `flux_objects`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import replace

from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.locators.base import Found, Piece
from tagwright.model import Filter, FluxAutomation, FluxPolicy, FluxRepository, Part, PolicyKind, PolicySpec
from tagwright.yaml_spans import Mapping, Scalar

_API = "image.toolkit.fluxcd.io/"
_ORDERS = {"": "ascending", "asc": "ascending", "desc": "descending"}


class Flux:
    """ImagePolicy and ImageRepository objects."""

    kind = "flux"
    keys = frozenset({"imageRepositoryRef", "image", "exclusionList", "policy", "update"})
    reads = frozenset({"apiVersion", "kind", "metadata", "name", "namespace", "filterTags", "pattern", "extract"}) | {
        "semver", "range", "alphabetical", "numerical", "order", "digestReflectionPolicy", "suspend", "path",
    }  # fmt: skip

    def find(self, mapping: Mapping) -> Iterator[Found | FluxPolicy | FluxRepository | FluxAutomation | Problem]:
        """The object this mapping is the spec of."""
        top = mapping.document
        if mapping.path != ("spec",) or not top.text("apiVersion").startswith(_API):
            return
        kind = top.text("kind")
        if kind == "ImageRepository":
            yield from _repository(mapping, top)
        elif kind == "ImagePolicy":
            policy = _policy(mapping, top)
            yield policy
            if policy.problem:
                yield policy.problem
        elif kind == "ImageUpdateAutomation":
            update = mapping.mapping("update")
            below = posixpath.normpath(update.text("path") or ".") if update else "."
            path, line = _place(mapping)
            yield FluxAutomation(_name(top), below.lstrip("./"), _is_suspended(mapping), path, line)


def _repository(spec: Mapping, top: Mapping) -> Iterator[FluxRepository | Found]:
    path, line = _place(spec)
    scalar = spec.scalar("image")
    if scalar:
        line = spec.tree.source.at(scalar.start)[0]
        yield Found("flux", Image(""), scalar.value, (Piece(Part.NAME, scalar, ("spec", "image")),), ignored=True)
    exclusions = tuple(item.value for _, item in spec.sequence("exclusionList") if isinstance(item, Scalar))
    yield FluxRepository(_name(top), scalar.value if scalar else "", path, line, exclusions, _is_suspended(spec))


def _is_suspended(spec: Mapping) -> bool:
    return spec.text("suspend") == "true"


def _place(spec: Mapping) -> tuple[str, int]:
    return spec.tree.source.path, spec.tree.source.at(spec.start)[0]


_THREE_NUMBERS = r"\..*\."
"""Flux's semver takes whole versions only (version.ParseVersion in fluxcd/pkg): a floating "1.27" is none."""


def _policy(spec: Mapping, top: Mapping) -> FluxPolicy:
    (path, line), name = _place(spec), _name(top)
    reference, wanted = spec.mapping("imageRepositoryRef"), spec.mapping("policy")
    repository = ""
    if reference:
        repository = f"{reference.text('namespace') or name.partition(':')[0]}:{reference.text('name')}"
    found = FluxPolicy(name, "", None, path, line, repository, _is_suspended(spec))
    if not wanted:  # a base whose patch brings the policy, or a patch of something else
        return found
    kind, argument = _rule(wanted)
    if not kind or not argument:
        message = f"ImagePolicy {name} has no policy that can be read"
        hint = "expected spec.policy.semver.range, alphabetical.order or numerical.order"
        return replace(found, problem=Problem(path, "flux-policy", message, hint, path, line))
    return replace(found, policy=_spec(spec, kind, argument))


def _spec(spec: Mapping, kind: str, argument: str) -> PolicySpec:
    filtered = spec.mapping("filterTags")
    pattern = filtered.text("pattern") if filtered else ""
    named = Filter(pattern, filtered.text("extract")) if filtered and pattern else None
    whole = _THREE_NUMBERS if kind == "semver" else ""
    return PolicySpec(
        kind=PolicyKind(kind),
        argument=argument,
        filter=named or (Filter(whole) if whole else None),
        allow=(whole,) if named and whole else (),
        pin_digest=spec.text("digestReflectionPolicy") in ("IfNotPresent", "Always"),
    )


def _rule(policy: Mapping) -> tuple[str, str]:
    """Kind and argument; an empty argument where the order is none that Flux knows."""
    semver = policy.mapping("semver")
    if semver:
        return "semver", semver.text("range")
    for kind in ("alphabetical", "numerical"):
        order = policy.mapping(kind)
        if order:
            return kind, _ORDERS.get(order.text("order").lower(), "")
    return "", ""


def _name(top: Mapping) -> str:
    metadata = top.mapping("metadata")
    return f"{metadata.text('namespace')}:{metadata.text('name')}" if metadata else ":"
