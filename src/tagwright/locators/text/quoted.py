"""Configuration of other languages whose texts stand in quotes: Jsonnet, CUE, Dhall, Pkl, Bazel, KDL; and XML.

    image: 'redis:7.2',                     under a key that ends in "image"
    api: 'ghcr.io/acme/api:1.2.0',          in any text where a host or a digest makes it certain
    images: ['redis:7.2', 'nginx:1.29']
    image: { repository: "acme/api", tag: "1.2.0" }        split over keys of one block
    oci.pull(name = "base", image = "docker.io/library/debian", tag = "12", digest = "sha256:…")
    <image>redis:7.2</image>

Comments of the language hold none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found
from tagwright.locators.text.blocks import braced, images, listed
from tagwright.locators.text.comments import DASHES, HASH, MARKUP, SLASHES, blanked
from tagwright.locators.text.names import plain
from tagwright.locators.text.words import found, mentioned, whole
from tagwright.yaml_spans import Source

_COMMENTS = {
    (".jsonnet", ".libsonnet", ".cue", ".pkl", ".kdl", ".json5", ".jsonc", ".hjson", ".bicep"): SLASHES,
    (".dhall",): DASHES,
    (".bazel", ".bzl", ".star", ".k", "workspace"): HASH,
    (".xml",): MARKUP,
}
_ENDINGS = tuple(ending for endings in _COMMENTS for ending in endings)
_ELEMENT = re.compile(r"<(?:\w{0,50}image|image\w{0,10})\b[^<>]{0,200}>\s*+([^\s<>]++)\s*+</", re.IGNORECASE)


class Quoted:
    """`key: "image"`."""

    kind = "quoted"
    cues: tuple[bytes, ...] = (b":", b"@sha", b"tag", b"digest")

    def reads(self, path: str) -> bool:
        """Files of the endings above."""
        return plain(path).endswith(_ENDINGS)

    def find(self, source: Source) -> Iterator[Found]:
        """What its blocks say, then what is certain."""
        name = plain(source.path)
        text = blanked(source.text, next(kind for endings, kind in _COMMENTS.items() if name.endswith(endings)))
        for block in braced(text):
            yield from images(self.kind, block, text)
        yield from listed(self.kind, text)
        for element in _ELEMENT.finditer(text):
            if word := whole(text, *element.span(1)):
                yield found(self.kind, word, text, ("image",))
        yield from mentioned(self.kind, text)
