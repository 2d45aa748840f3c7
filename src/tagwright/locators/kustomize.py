"""Kustomize: the `images:` transformer.

    images:
      - name: api                      what the manifests say
        newName: ghcr.io/acme/api      what runs; may carry the tag itself
        newTag: 1.2.0                  may end in @sha256:…
        digest: sha256:…               wins over newTag

Entries are recognised by `newTag` or `newName` in any file (Flux and Argo CD objects carry the same
lists), those with a digest alone only in a kustomization. The image asked for is `newName`, else
`name`; `set` also knows an entry by its `name`. An entry that only renames is no reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.image import DIGEST, Image
from tagwright.locators.base import Found, Piece, named, parsed, tagged
from tagwright.model import Part
from tagwright.yaml_spans import Mapping

_FILES = {"kustomization.yaml", "kustomization.yml", "Kustomization"}


class Kustomize:
    """Entries of `images:`."""

    kind = "kustomize"
    keys = frozenset({"newTag", "newName", "digest"})
    reads = frozenset({"name", "kind"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The image of one entry."""
        path = mapping.path
        if len(path) < 2 or path[-2] != "images" or not isinstance(path[-1], int) or not _transforms(mapping):
            return
        renamed = named(mapping.scalar("newName"))
        if renamed and (renamed.tag or renamed.digest):
            yield self._whole(mapping, renamed)
            return
        name = renamed or parsed(mapping.text("name"))
        if name and not (name.tag or name.digest):
            yield from self._split(mapping, name.name)

    def _whole(self, mapping: Mapping, image: Image) -> Found:
        scalar = mapping.scalar("newName")
        assert scalar is not None
        pieces = (Piece(Part.IMAGE, scalar, (*mapping.path, "newName")),)
        return Found(self.kind, image, scalar.value, pieces, alias=mapping.text("name"))

    def _split(self, mapping: Mapping, name: str) -> Iterator[Found]:
        tag, digest, renamed = mapping.scalar("newTag"), mapping.scalar("digest"), mapping.scalar("newName")
        read = tagged(tag) if tag else Image("")
        pinned = digest is not None and not digest.templated and (DIGEST.fullmatch(digest.value) or not digest.value)
        if read is None or not (tag or pinned) or (digest is not None and not pinned):
            return
        pieces = [(Part.TAG, "newTag", tag), (Part.DIGEST, "digest", digest), (Part.NAME, "newName", renamed)]
        image = Image(name, read.tag, (digest.value if digest else None) or read.digest)
        yield Found(
            self.kind,
            image,
            str(image),
            tuple(Piece(part, scalar, (*mapping.path, key)) for part, key, scalar in pieces if scalar),
            alias=mapping.text("name") if renamed else "",
        )


def _transforms(mapping: Mapping) -> bool:
    """Is this list the transformer's? A digest beside a name is too common to say so by itself."""
    if not mapping.keys().isdisjoint({"newTag", "newName"}):
        return True
    return mapping.tree.source.name in _FILES or mapping.document.text("kind") in ("Kustomization", "Component")
