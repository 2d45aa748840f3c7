"""Nix: images that are pulled, run as containers, or given to charts.

    image = "redis:7.2";                            under a key that ends in "image"
    api = "ghcr.io/acme/api:1.2.0";                 in any string where a host or a digest makes it certain
    image = { repository = "acme/api"; tag = "1.2.0@sha256:…"; };      split over keys of one set, or
    image.tag = "1.2.0";                                               of one prefix
    dockerTools.pullImage {
      imageName = "quay.io/acme/api";
      imageDigest = "sha256:…";
      finalImageTag = "1.2.0";
      sha256 = "…";                                 the hash of what is fetched: never touched
    }

What is put together of `${…}` is left alone, comments (`#`, `/* … */`) hold none. YAML in `''…''` is read
by its lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tagwright.locators.base import Found
from tagwright.locators.text import lines
from tagwright.locators.text.blocks import Block, braced, images, listed
from tagwright.locators.text.comments import MIXED, blanked
from tagwright.locators.text.names import plain
from tagwright.locators.text.words import mentioned
from tagwright.yaml_spans import Source

_HASHES = ("sha256", "sha512", "hash", "outputHash", "finalImageName")


class Nix:
    """`image = "…";` and what else names one."""

    kind = "nix"
    cues: tuple[bytes, ...] = (b":", b"@sha", b"tag", b"Tag")

    def reads(self, path: str) -> bool:
        """Files that end in .nix."""
        return plain(path).endswith(".nix")

    def find(self, source: Source) -> Iterator[Found]:
        """What its sets and strings say, then what is certain."""
        text = blanked(source.text, MIXED)
        for block in braced(text):
            yield from images(self.kind, _pulled(block), text)
        for block in lines.blocks(text, 0, len(text)):
            yield from images(self.kind, block, text)
        yield from listed(self.kind, text)
        yield from mentioned(self.kind, text)


def _pulled(block: Block) -> Block:
    """The set without its hashes, and with the tag that a pulled image gets as the image's tag."""
    scalars = {key: scalar for key, scalar in block.scalars.items() if key not in _HASHES}
    if "imageName" in scalars and "finalImageTag" in scalars:
        scalars["imageTag"] = scalars.pop("finalImageTag")
    return replace(block, scalars=scalars)
