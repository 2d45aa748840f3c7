"""Compose: `services.*.image`.

    services:
      db:
        image: postgres:16.1                      also without a tag
      web:
        image: ${WEB:-ghcr.io/acme/web:1.2.0}     the default of a variable is the reference

A service that is built (`build:`) names its own result: a mention, which `set` alone moves. Values
with any other variable are left alone. Recognised by `services:` at the top of a document that is no Kubernetes object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found, Piece, inside, named
from tagwright.model import Part
from tagwright.yaml_spans import Mapping

_DEFAULT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^${}]+)\}")


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
        if written and image:
            built = "build" in mapping.keys()  # noqa: SIM118 - a mapping of YAML
            pieces = (Piece(Part.IMAGE, written, (*path, "image")),)
            yield Found(self.kind, image, written.value, pieces, certain=not built)
