"""Flux: the ImagePolicy and ImageRepository objects that `$imagepolicy` markers name.

    kind: ImagePolicy        spec.imageRepositoryRef, spec.policy.{semver,alphabetical,numerical}, spec.filterTags
    kind: ImageRepository    spec.image

They hold no reference; they say what rules the values that carry a marker. As in Flux, of several
policies in one object semver goes before alphabetical before numerical, the order is ascending
unless said, and `digestReflectionPolicy` other than Never writes the digest too.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.locators.base import Found, Piece
from tagwright.model import Filter, FluxPolicy, FluxRepository, Part, PolicyKind, PolicySpec
from tagwright.yaml_spans import Mapping

_API = "image.toolkit.fluxcd.io/"
_ORDERS = {"": "ascending", "asc": "ascending", "desc": "descending"}


class Flux:
    """ImagePolicy and ImageRepository objects."""

    kind = "flux"
    keys = frozenset({"imageRepositoryRef", "image"})
    reads = frozenset({"apiVersion", "kind", "metadata", "name", "namespace", "policy", "filterTags", "pattern"}) | {
        "extract", "semver", "range", "alphabetical", "numerical", "order", "digestReflectionPolicy"
    }  # fmt: skip

    def find(self, mapping: Mapping) -> Iterator[Found | FluxPolicy | FluxRepository | Problem]:
        """The object this mapping is the spec of."""
        top = mapping.document
        if mapping.path != ("spec",) or not top.text("apiVersion").startswith(_API):
            return
        scalar, source = mapping.scalar("image"), mapping.tree.source
        if top.text("kind") == "ImageRepository" and scalar:
            line = source.at(scalar.start)[0]
            yield FluxRepository(_name(top), scalar.value, source.path, line)
            yield Found(
                self.kind, Image(""), scalar.value, (Piece(Part.NAME, scalar, ("spec", "image")),), ignored=True
            )
        wanted = mapping.mapping("policy")
        if top.text("kind") == "ImagePolicy" and wanted:  # else a patch: kustomize brings the policy
            yield _policy(mapping, wanted, top)


_THREE_NUMBERS = r"\..*\."
"""Flux's semver takes whole versions only (version.ParseVersion in fluxcd/pkg): a floating "1.27" is none."""


def _policy(spec: Mapping, wanted: Mapping, top: Mapping) -> FluxPolicy | Problem:
    path, line, name = spec.tree.source.path, spec.tree.source.at(spec.start)[0], _name(top)
    kind, argument = _rule(wanted)
    if not kind or not argument:
        message = f"ImagePolicy {name} has no policy that can be read"
        hint = "expected spec.policy.semver.range, alphabetical.order or numerical.order"
        return Problem(path, "flux-policy", message, hint, path, line)
    filtered, reference = spec.mapping("filterTags"), spec.mapping("imageRepositoryRef")
    pattern = filtered.text("pattern") if filtered else ""
    named = Filter(pattern, filtered.text("extract")) if filtered and pattern else None
    whole = _THREE_NUMBERS if kind == "semver" else ""
    policy = PolicySpec(
        kind=PolicyKind(kind),
        argument=argument,
        filter=named or (Filter(whole) if whole else None),
        allow=(whole,) if named and whole else (),
        pin_digest=spec.text("digestReflectionPolicy") in ("IfNotPresent", "Always"),
    )
    namespace = (reference.text("namespace") if reference else "") or name.partition(":")[0]
    repository = f"{namespace}:{reference.text('name') if reference else ''}"
    return FluxPolicy(name, "", policy, path, line, repository)


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
