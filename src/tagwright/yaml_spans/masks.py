"""Templates in YAML, masked so that a parser reads what is around them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NOT_NEWLINE = re.compile(r"[^\r\n]")


def mask(source: str) -> tuple[str, list[tuple[int, int]]]:
    """Every `{{ … }}` replaced by filler of the same length, line ends kept: `#` alone on its line, else `x`.

    Templates on one line, with or without a value between them, are alone together or not at all.
    """
    ranges: list[tuple[int, int]] = []
    parts, place = [], 0
    for chain in _chains(source):
        first, last = source.rfind("\n", 0, chain[0][0]) + 1, source.find("\n", chain[-1][1])
        edges = [first, *(edge for span in chain for edge in span), last if last >= 0 else len(source)]
        filler = "x" if any(source[i:j].strip() for i, j in zip(edges[::2], edges[1::2], strict=True)) else "#"
        for start, end in chain:
            parts += [source[place:start], _NOT_NEWLINE.sub(filler, source[start:end])]
            place = end
        ranges += chain
    return "".join([*parts, source[place:]]), ranges


def _chains(source: str) -> Iterator[list[tuple[int, int]]]:
    """The ranges of the templates, those together that no line end parts."""
    chain: list[tuple[int, int]] = []
    start = source.find("{{")
    while start >= 0 and (end := source.find("}}", start + 2)) >= 0:
        if chain and "\n" in source[chain[-1][1] : start]:
            yield chain
            chain = []
        chain.append((start, end + 2))
        start = source.find("{{", end + 2)
    if chain:
        yield chain
