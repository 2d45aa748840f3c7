"""Compose: `services.*.image`.

    services:
      db:
        image: postgres:16.1                      also without a tag
      web:
        image: ${WEB:-ghcr.io/acme/web:1.2.0}     the default of a variable is the reference
      api:
        image: ${HOST:-ghcr.io}/acme/api:${TAG:-1.2.0}      or a part of it: the tag alone is written

A service that is built (`build:`) names its own result: a mention, which `set` alone moves. Values
with a variable that has no default are left alone. Recognised by `services:` at the top of a document
that is no Kubernetes object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tagwright.locators.base import Found, Piece, inside, named, parsed
from tagwright.model import Part, Style
from tagwright.yaml_spans import Mapping, Path, Scalar

_VARIABLE = r"\$\{[A-Za-z_][A-Za-z0-9_]*:?-"
_DEFAULT = re.compile(_VARIABLE + r"([^${}]+)\}")
# No variable may cut the path of the name in two: `set` looks for it as one.
_PARTS = re.compile(
    rf"(?P<name>{_VARIABLE}[^${{}}]+\}}|(?:{_VARIABLE}[^${{}}/]+\}}/)?(?:[^${{}}:]|:(?=[0-9]+/))+)"
    rf":(?:(?P<default>{_VARIABLE}))?(?P<tag>\w[\w.-]*)(?(default)\}})"
)


class Compose:
    """`image:` of a service."""

    kind = "compose"
    keys = frozenset({"image"})
    reads = frozenset({"build", "kind"})

    def find(self, mapping: Mapping) -> Iterator[Found]:
        """The image of one service."""
        path = mapping.path
        if len(path) != 2 or path[0] != "services" or mapping.document.text("kind"):
            return
        scalar = mapping.scalar("image")
        if scalar is None:
            return
        default = _DEFAULT.fullmatch(scalar.value)
        written = inside(scalar, default[1]) if default else scalar
        image = named(written)
        built = "build" in mapping.keys()  # noqa: SIM118 - a mapping of YAML
        if written and image:
            pieces = (Piece(Part.IMAGE, written, (*path, "image")),)
            yield Found(self.kind, image, written.value, pieces, certain=not built)
        elif found := self._of_parts(scalar, (*path, "image")):
            yield replace(found, certain=not built)

    def _of_parts(self, scalar: Scalar, path: Path) -> Found | None:
        """The image that the defaults of several variables make, of which the tag can be written."""
        match = _PARTS.fullmatch(scalar.value) if scalar.raw == scalar.value else None
        image = parsed(f"{_DEFAULT.sub(lambda default: default[1], match['name'])}:{match['tag']}") if match else None
        if match is None or image is None or image.tag != match["tag"]:
            return None
        start, end = (scalar.start + edge for edge in match.span("tag"))
        tag = replace(scalar, value=match["tag"], start=start, end=end, raw=match["tag"], style=Style.RAW)
        return Found(self.kind, image, str(image), (Piece(Part.TAG, tag, path),))
