"""Values that a name beside them calls an image: variables, parameters, patches.

    env:    [{name: WORKER_IMAGE, value: "worker:1.2"}]       also RELATED_IMAGE_WORKER
    env:    [{name: IMAGE_NAME, value: acme/worker}, {name: IMAGE_TAG, value: 1.2}]
    params: [{name: builder-image, value: "golang:1.25"}]
    patch:  [{op: replace, path: /spec/containers/0/image, value: "nginx:1.27"}]      RFC 6902

The name's last word is "image" or what an image has (`…_IMAGE_NAME`), or it begins with RELATED_IMAGE; then a
registry's host may be missing. Elsewhere a value needs one, or a digest, to be more than a mention. Variables of
one list that spell an image apart are read as helm-values are; IMAGE_TAG alone is a reference without a name,
which a marker or a rule must say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators import apart
from tagwright.locators.apart import Apart, Entry
from tagwright.locators.base import Found, Piece, named, tagged
from tagwright.locators.loose import speaks_of_images
from tagwright.model import Part
from tagwright.yaml_spans import Mapping

_RELATED = re.compile(r"RELATED_IMAGE_")


class NamedValues:
    """`name` or `path`, and `value`; several of them in an `env`."""

    kind = "named-value"
    keys = frozenset({"value", "env"})
    reads = frozenset({"name", "path", "op"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The image of this value, or those of these variables."""
        yield from self._apart(mapping)
        name = mapping.text("name") or (mapping.text("path").rpartition("/")[2] if mapping.text("op") else "")
        scalar = mapping.scalar("value")
        image = named(scalar) if speaks_of_images((name,)) or _RELATED.match(name) else None
        if scalar and apart.words(name)[-2:] == ("image", "tag"):
            tag = tagged(scalar)
            if tag and tag.tag:
                yield Found(self.kind, tag, scalar.value, (Piece(Part.TAG, scalar, (*mapping.path, "value")),))
        elif scalar and image and (image.tag or image.digest):
            yield Found(self.kind, image, scalar.value, (Piece(Part.IMAGE, scalar, (*mapping.path, "value")),))

    def _apart(self, mapping: Mapping) -> Iterator[Found]:
        """Images spelled over several variables."""
        entries = {}
        for path, item in mapping.sequence("env"):
            value = item.scalar("value") if isinstance(item, Mapping) else None
            if isinstance(item, Mapping) and value and apart.speaks(key := apart.words(item.text("name"))):
                entries[key] = Entry(key, value, (*path, "value"))
        for stem in apart.stems(entries):
            yield from Apart(self.kind, entries, stem, ()).images()
