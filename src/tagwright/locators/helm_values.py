"""Helm values: an image split over several keys of one mapping.

    image:
      registry: ghcr.io          optional; also `hub`
      repository: acme/api       or `image`, or `name` below a key that speaks of images
      tag: 1.2.0                 may end in @sha256:…, or be empty (the chart's own version)
      digest: sha256:…           optional, may be empty

`imageTag` pairs with `imageName`; `version` stands for `tag` under a key that ends in "image". A
`tag` alone under such a key is a reference without a name: a marker or a rule must say the image.
An unquoted `tag: 1.10` is the text "1.10". Values that a template makes are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.image import DIGEST, Image
from tagwright.locators.base import Found, Piece, parsed, tagged
from tagwright.model import Part
from tagwright.yaml_spans import Mapping, Scalar

_TAGS = ("tag", "imageTag", "image_tag")
_NAMES = ("repository", "image", "imageName", "image_name", "imageRepository")
REGISTRIES = ("registry", "hub", "imageRegistry")


class HelmValues:
    """`registry`, `repository`, `tag` and `digest` side by side."""

    kind = "helm-values"
    keys = frozenset({*_TAGS, "repository", "imageName"})
    reads = frozenset({*_NAMES, *REGISTRIES, "name", "version", "digest"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The image that the keys of this mapping spell together."""
        keys = mapping.keys()
        tag_key, name_key = _tag_key(mapping, keys), _name_key(mapping, keys)
        digest = mapping.scalar("digest")
        tag = mapping.scalar(tag_key) if tag_key else None
        read = tagged(tag) if tag else Image("")
        if read is None or (tag_key and tag is None) or not (_is_digest(digest) or tag):
            return
        name = _name(mapping, name_key, keys)
        if name is None or not (name or (tag_key == "tag" and _speaks_of_images(mapping.path[-1:]))):
            return
        image = Image(name, read.tag, read.digest or (digest.value if digest and _is_digest(digest) else None))
        yield Found(self.kind, image, str(image), tuple(_pieces(mapping, tag_key, name_key, keys)))


def _tag_key(mapping: Mapping, keys: set[str]) -> str:
    for key in _TAGS:
        if key in keys:
            return key
    parent = mapping.path[-1:]
    return "version" if "version" in keys and "repository" in keys and _speaks_of_images(parent, last=True) else ""


def _name_key(mapping: Mapping, keys: set[str]) -> str:
    for key in _NAMES:
        if key in keys and mapping.mapping(key) is None:
            return key
    return "name" if "name" in keys and _speaks_of_images(mapping.path) else ""


def _name(mapping: Mapping, name_key: str, keys: set[str]) -> str | None:
    """The repository's name with its registry; "" where none is written, None where it cannot be known."""
    scalar = mapping.scalar(name_key) if name_key else None
    if name_key and (scalar is None or scalar.templated):
        return None
    if scalar is None or not scalar.text:
        return ""
    registry = next((key for key in REGISTRIES if key in keys), "")
    host = mapping.scalar(registry) if registry else None
    if registry and (host is None or host.templated):
        return None
    name = f"{host.value}/{scalar.value}" if host and host.text else scalar.value
    image = parsed(name)
    return name if image and image.name == name else None


def _pieces(mapping: Mapping, tag_key: str, name_key: str, keys: set[str]) -> Iterator[Piece]:
    registry = next((key for key in REGISTRIES if key in keys), "")
    parts = ((Part.TAG, tag_key), (Part.DIGEST, "digest"), (Part.NAME, name_key), (Part.REGISTRY, registry))
    for part, key in parts:
        scalar = mapping.scalar(key) if key else None
        if scalar is None or (part is Part.DIGEST and scalar.text and not _is_digest(scalar)):
            continue
        if part in (Part.TAG, Part.DIGEST) or scalar.text:
            yield Piece(part, scalar, (*mapping.path, key))


def _is_digest(scalar: Scalar | None) -> bool:
    return scalar is not None and not scalar.templated and DIGEST.fullmatch(scalar.value) is not None


def _speaks_of_images(path: tuple[str | int, ...], *, last: bool = False) -> bool:
    """Does a key on the way here say "image"? `last`: does it end so?"""
    words = [step.lower() for step in path if isinstance(step, str)]
    return any(word.endswith("image") if last else "image" in word for word in words)
