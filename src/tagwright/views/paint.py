"""Colour for terminals that want it, and lines no wider than they are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from tagwright.views.printable import shown

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "magenta": "35"}


@dataclass(frozen=True, slots=True)
class Paint:
    """How a terminal shows text: `width` in columns, colour only with `colour`."""

    width: int = 80
    colour: bool = False

    def __call__(self, text: str, *styles: str) -> str:
        """Text that a terminal may print, in these styles."""
        codes = ";".join(_CODES[style] for style in styles if style)
        return f"\x1b[{codes}m{shown(text)}\x1b[0m" if self.colour and codes and text else shown(text)

    def field(self, label: str, text: str, indent: int, style: str = "") -> Iterator[str]:
        """A label that ends before `indent`, and what belongs to it, wrapped in a column that begins there."""
        room = max(self.width - indent, 24)
        first, *others = textwrap.wrap(
            shown(text), room, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
        ) or [""]
        yield f"{' ' * (indent - 1 - len(label))}{self(label, style)} {first}".rstrip()
        yield from (f"{' ' * indent}{line}" for line in others)
