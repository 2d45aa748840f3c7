"""Values that a name beside them calls an image: variables, parameters, patches.

    env:    [{name: WORKER_IMAGE, value: "worker:1.2"}]       also RELATED_IMAGE_WORKER
    params: [{name: builder-image, value: "golang:1.25"}]
    patch:  [{op: replace, path: /spec/containers/0/image, value: "nginx:1.27"}]      RFC 6902

The name's last word is "image" or what an image has (`…_IMAGE_NAME`), or it begins with RELATED_IMAGE; then a
registry's host may be missing. Elsewhere a value needs one, or a digest, to be more than a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found, Piece, named
from tagwright.locators.loose import speaks_of_images
from tagwright.model import Part
from tagwright.yaml_spans import Mapping

_RELATED = re.compile(r"RELATED_IMAGE_")


class NamedValues:
    """`name` or `path`, and `value`."""

    kind = "named-value"
    keys = frozenset({"value"})
    reads = frozenset({"name", "path", "op"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The image of this value."""
        name = mapping.text("name") or (mapping.text("path").rpartition("/")[2] if mapping.text("op") else "")
        if not (speaks_of_images((name,)) or _RELATED.match(name)):
            return
        scalar = mapping.scalar("value")
        image = named(scalar)
        if scalar and image and (image.tag or image.digest):
            yield Found(self.kind, image, scalar.value, (Piece(Part.IMAGE, scalar, (*mapping.path, "value")),))
