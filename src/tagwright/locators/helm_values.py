"""Helm values: an image split over several keys of one mapping.

    image:
      registry: ghcr.io          optional; also `hub`, or `global.imageRegistry` for the whole document
      repository: acme/api       or `image`, or `name` below a key that speaks of images
      tag: 1.2.0                 may end in @sha256:…, or be empty (the chart's own version)
      digest: sha256:…           optional, may be empty; also `sha`, with or without "sha256:"

    web_image: acme/web          any words before the keys, in any spelling: webImage, imageTag
    web_tag: 1.2.0

`version` stands for `tag` beside what is surely an image: below a key that ends in "image", or with
a name that has a registry's host, or under `image:` an owner. Beside an image that is whole
(`image: quay.io/acme/api:v1.2.0`) it counts where it repeats the tag, with its "v" or without. A tag
alone whose key, or the one above, speaks of images is a reference without a name: a marker or a rule
must say the image. An unquoted `tag: 1.10` is the text "1.10". Values that a template makes are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.locators import apart
from tagwright.locators.apart import Apart, Entry
from tagwright.locators.base import Found, parsed
from tagwright.yaml_spans import Mapping


class HelmValues:
    """`registry`, `repository`, `tag` and `digest` side by side."""

    kind = "helm-values"
    keys = frozenset({"tag", "*tag", "repository", "*image", "image"})
    reads = apart.READS | {"name", "global", "spec", "values"}

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The images that the keys of this mapping spell together."""
        keys = {words: key for key in mapping.names() if apart.speaks(words := apart.words(key))}
        stems = apart.stems(keys)
        if not stems:
            return
        scalars = ((words, mapping.scalar(key), (*mapping.path, key)) for words, key in keys.items())
        entries = {words: Entry(words, scalar, path) for words, scalar, path in scalars if scalar}
        registry = _global(mapping.document)
        for stem in stems:
            yield from Apart(self.kind, entries, stem, mapping.path, registry).images()


def _global(document: Mapping) -> str:
    """The registry that the values set for every image which names none."""
    release = document.mapping("spec")
    for values in (document, release.mapping("values") if release else None):
        shared = values.mapping("global") if values else None
        image = shared.mapping("image") if shared else None
        for holder, key in ((shared, "imageRegistry"), (shared, "registry"), (image, "registry")):
            scalar = holder.scalar(key) if holder else None
            if scalar and not scalar.templated and parsed(f"{scalar.text}/name"):
                return scalar.text
    return ""
