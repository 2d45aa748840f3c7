"""Dockerfiles: the images that a build starts from.

FROM golang:1.25 AS build                  a name without a tag too; `scratch` and earlier stages are none
FROM --platform=$BUILDPLATFORM alpine@sha256:…
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.image import Image
from tagwright.locators.base import Found, Piece, parsed
from tagwright.model import Part, Style
from tagwright.yaml_spans import Scalar, Source

_FROM = re.compile(
    r"^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*([^\s$]+)(?:[ \t]+AS[ \t]+(\S+))?[ \t]*\r?$", re.MULTILINE | re.IGNORECASE
)


class Dockerfile:
    """`FROM image`."""

    kind = "dockerfile"
    cues: tuple[bytes, ...] = (b"FROM", b"from", b"From")

    def reads(self, path: str) -> bool:
        """Dockerfile, api.Dockerfile, Dockerfile.dev, Containerfile."""
        name = path.rpartition("/")[2].lower()
        return name.startswith(("dockerfile", "containerfile")) or name.endswith((".dockerfile", ".containerfile"))

    def find(self, source: Source) -> Iterator[Found]:
        """The image of each stage."""
        stages = {"scratch"}
        for match in _FROM.finditer(source.text):
            image = parsed(match[1])
            if image and match[1].lower() not in stages:
                yield _found(self.kind, image, match)
            stages.add((match[2] or "").lower())


def _found(kind: str, image: Image, match: re.Match[str]) -> Found:
    scalar = Scalar(match[1], match.start(1), match.end(1), match[1], Style.RAW)
    return Found(kind, image, match[1], (Piece(Part.IMAGE, scalar, ("FROM",)),))
