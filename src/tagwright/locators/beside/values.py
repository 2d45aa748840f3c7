"""The values of a file by position, for what stands beside them: markers, comments, keys of a configuration.

Of YAML and JSON every scalar; of other formats what stands behind a key on its line:

    KEY=value   export KEY="value"   ARG KEY=value   key = "value";   KEY ?= value   - value
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter

from tagwright.locators.base import Found, Piece
from tagwright.model import Style
from tagwright.yaml_spans import Path, Scalar, Source, Tree, Value

_LINE = re.compile(
    r"""^[ \t]*+(?:-[ \t]++)?(?:(?:export|readonly|local|ARG|ENV|LABEL|set|define|override)[ \t]++)?
    (?:["']?(?P<key>[\w.\[\]-]++)["']?(?:[ \t]*+(?:[:?+]?=|:)|(?=[ \t]))[ \t]*+|(?<=-[ ]))
    (?P<quote>["']?)(?P<value>(?:\{\{[^{}\n]*+\}\}|[^\s"'#;,\\{]|\{(?!\{))++)(?P=quote)
    [ \t]*+[;,\\]?[ \t]*+(?:(?:\#|//)[^\n]*+)?\r?$""",
    re.MULTILINE | re.VERBOSE,
)
# What opens a comment: in YAML, and in any other language; of signs that mean much else only before a marker.
_RARE = r"(?:--|;|<!--|/\*|\{\#|\{\{-?[ ]?/\*)(?=[ \t]*(?:tagwright|renovate):)"
_SIGNS = {True: re.compile(r"(?:(?<=\s)|^)#"), False: re.compile(rf"(?:(?<=\s)|^)(?:#|//|{_RARE})")}


class Values:
    """The values of a stretch of a file, in the order of the text.

    `known` holds, by where a value starts, which reference found already has it.
    """

    def __init__(self, source: Source, values: list[Value], known: dict[int, int], span: tuple[int, int], yaml: bool):
        self.text, self.source, self.known, self.all = source.text, source, known, values
        self.start, self.end, self.yaml = *span, yaml
        self.sign = _SIGNS[yaml]
        self._starts = [value.start for value in values]
        self._ends = [value.end for value in values]

    def starting(self, first: int, last: int) -> list[Value]:
        """Those that begin in [first, last]."""
        return self.all[bisect_left(self._starts, first) : bisect_right(self._starts, last)]

    def after(self, first: int) -> Iterator[Value]:
        """Those that begin at a place or behind it, one by one: of a long file the next few are looked at."""
        return (self.all[index] for index in range(bisect_left(self._starts, first), len(self.all)))

    def ending(self, first: int, last: int) -> list[Value]:
        """Those that end in (first, last], block scalars apart, and block scalars whose first line does."""
        near = self.all[bisect_right(self._ends, first) : bisect_right(self._ends, last)]
        blocks = [v for v in self.starting(first, last) if v.scalar.style is Style.BLOCK]
        return [v for v in near if v.scalar.style is not Style.BLOCK and v.path] + blocks

    def holding(self, position: int) -> Value | None:
        """The scalar whose text holds a position; the first line of a block scalar is not its text."""
        index = bisect_right(self._starts, position) - 1
        if index < 0 or self._ends[index] <= position or self.all[index].scalar.shared:
            return None
        value = self.all[index]
        if value.scalar.style is not Style.BLOCK:
            return value
        body = value.scalar.raw.partition("\n")[2].lstrip("\r\n")
        indent = len(body) - len(body.lstrip(" "))
        line = self.text.rfind("\n", 0, position) + 1
        deeper = not self.text[line : line + indent].strip()  # a comment behind the block stands further left
        return value if line > value.start and deeper else None


def every(source: Source, trees: Iterable[Tree], texts: Iterable[tuple[int, int]], found: list[Found]) -> list[Values]:
    """The values of a file, part by part: of trees that were kept whole, and of the stretches that are only text."""
    known = starts(found)
    pieces = sorted(((p.scalar.start, p) for one in found for p in one.pieces), key=itemgetter(0))
    of_trees = [Values(tree.source, tree.values(), known, (tree.shift, tree.end), yaml=True) for tree in trees]
    return of_trees + [_of_text(source, start, end, pieces, known) for start, end in texts]


def _of_text(source: Source, start: int, end: int, pieces: list[tuple[int, Piece]], known: dict[int, int]) -> Values:
    """What was found already, and what stands behind keys, line by line."""
    values = {}
    for match in _LINE.finditer(source.text, start, end):
        first, last = match.span("value")
        raw = match["value"]
        path: Path = (match["key"],) if match["key"] else (0,)
        values[first] = Value(path, Scalar(raw, first, last, raw, Style.RAW), first, last)
    inside = slice(*(bisect_left(pieces, edge, key=itemgetter(0)) for edge in (start, end)))
    for place, piece in pieces[inside]:
        values[place] = Value(piece.path, piece.scalar, place, piece.scalar.end)
    ordered = [value for _, value in sorted(values.items())]
    return Values(source, ordered, known, (start, end), yaml=False)


def starts(found: list[Found]) -> dict[int, int]:
    """Which reference, by its index, has the value that starts at a position."""
    known: dict[int, int] = {}
    for index, one in enumerate(found):
        for piece in one.pieces:
            known.setdefault(piece.scalar.start, index)
    return known
