"""Argo CD: parameters of Helm, and overrides of Kustomize.

    source:                              also `sources`, an ApplicationSet's template, .argocd-source-*.yaml
      helm:
        parameters:
          - name: image.repository       read as the values that they set: every spelling of helm-values
            value: ghcr.io/acme/api
          - name: image.tag
            value: 1.2.0
          - name: sidecar.image          or the whole reference in one
            value: ghcr.io/acme/sidecar:1.2.0
      kustomize:
        images:
          - api=ghcr.io/acme/api:1.2.0   the image is the new one; `set` also knows it by the old name
          - ghcr.io/acme/web:1.2.0

A tag without a name beside it is a reference without a name: a marker or a rule must say the image.
`helm.valuesObject` is read like any other values, `forceString` and the like are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.locators import apart
from tagwright.locators.apart import Apart, Entry
from tagwright.locators.base import Found, Piece, inside, named
from tagwright.model import Part
from tagwright.yaml_spans import Mapping, Path, Scalar


class ArgoCD:
    """`helm.parameters` and `kustomize.images`."""

    kind = "argocd"
    keys = frozenset({"parameters", "images"})
    reads = frozenset({"name", "value"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The images of one source."""
        if mapping.path[-1:] == ("helm",):
            for above, entries in _parameters(mapping).items():
                yield from self._set(above, entries)
        elif mapping.path[-1:] == ("kustomize",):
            for path, item in mapping.sequence("images"):
                if isinstance(item, Scalar):
                    yield from self._override(item, path)

    def _set(self, above: Path, entries: dict[apart.Words, Entry]) -> Iterator[Found]:
        """The images that the parameters below one key spell, apart or whole."""
        for stem in apart.stems(entries):
            yield from Apart(self.kind, entries, stem, above).images()
        for entry in entries.values():
            image = named(entry.scalar)
            if image and (image.tag or image.digest) and ("image" in entry.key or apart.speaks_of_images(above)):
                yield Found(self.kind, image, entry.scalar.value, (Piece(Part.IMAGE, entry.scalar, entry.path),))

    def _override(self, scalar: Scalar, path: Path) -> Iterator[Found]:
        """[name=]new-name[:tag][@digest]; one that only renames is no reference."""
        old, equals, new = scalar.value.partition("=")
        written = inside(scalar, new) if equals else scalar
        image = named(written)
        if written and image and (image.tag or image.digest):
            alias = old if equals else ""
            yield Found(self.kind, image, written.value, (Piece(Part.IMAGE, written, path),), alias=alias)


def _parameters(helm: Mapping) -> dict[Path, dict[apart.Words, Entry]]:
    """The parameters, by the keys of the values above them: of image.tag that is image."""
    below: dict[Path, dict[apart.Words, Entry]] = {}
    for path, item in helm.sequence("parameters"):
        value = item.scalar("value") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and value:
            *above, last = item.text("name").split(".")
            words = apart.words(last)
            below.setdefault(tuple(above), {})[words] = Entry(words, value, (*path, "value"))
    return below
