"""Kubernetes: `image:` anywhere in any document.

    image: ghcr.io/acme/api:1.2.0            containers, custom resources, CI jobs, any depth
    image: {reference: quay.io/acme/data:1}  an image volume

A value without tag and digest counts only where it cannot be anything else: in a Kubernetes object,
or when it names a registry host. Templates, variables and numbers are no references.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.image import Image
from tagwright.locators.base import Found, Piece, named
from tagwright.model import Part
from tagwright.yaml_spans import Mapping

# Objects that describe images or schemas rather than run them.
_NO_WORKLOAD = {"CustomResourceDefinition", "ImageRepository"}


class Kubernetes:
    """`image: name[:tag][@digest]`."""

    kind = "kubernetes"
    keys = frozenset({"image"})
    reads = frozenset({"reference", "apiVersion", "kind"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The image of this mapping, whole in one value."""
        volume = mapping.mapping("image")
        holder, key = (volume, "reference") if volume else (mapping, "image")
        scalar = holder.scalar(key)
        image = named(scalar)
        if scalar and image and (image.tag or image.digest or _runs(holder, image)):
            yield Found(self.kind, image, scalar.value, (Piece(Part.IMAGE, scalar, (*holder.path, key)),))


def _runs(mapping: Mapping, image: Image) -> bool:
    """May a name without a tag be an image here?"""
    host, slash, _ = image.name.partition("/")
    if slash and ("." in host or ":" in host):
        return True
    kind = mapping.document.text("kind")
    return bool(kind and mapping.document.text("apiVersion")) and kind not in _NO_WORKLOAD
