"""YAML read by its lines, where no parser can: templates, and what is broken.

    image: ghcr.io/acme/api:1.2.0        under any key that ends in "image", quoted or not
    fooImage: 'redis:7.2'
    - name: REDIS_IMAGE
      value: redis:7.2
    - --image=ghcr.io/acme/api:1.2.0     anywhere in a line where a host or a digest makes it certain

    image:                               split over keys of one indentation, in any order,
      repository: ghcr.io/acme/api       other keys and comments between them
      tag: 1.2.0

Values in which a template stands (`{{ … }}`, `{% … %}`, `<% … %>`, `${…}`) are left alone, comments
hold no reference. A key that stands a second time at its indentation begins another block: the
branches of a template's condition do not mix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tagwright.locators.base import Found
from tagwright.locators.text.blocks import Block, images, promises, split
from tagwright.locators.text.comments import TEMPLATE, blanked
from tagwright.locators.text.words import mentioned
from tagwright.model import Style
from tagwright.yaml_spans import Path, Scalar, Source

_LINE = re.compile(
    r"""^(?:(?P<lead>[ \t]*+(?:-[ \t]++){0,20}+)
        (?:"(?P<double>[\w./@-]{1,200})"|'(?P<single>[\w./@-]{1,200})'|(?P<bare>[\w./@-]{1,200}))
        [ \t]*+:(?:[ \t]++(?P<rest>[^\r\n]*+))?|---[^\r\n]*+)\r?$""",
    re.MULTILINE | re.VERBOSE,
)
_VALUE = re.compile(
    r"""(?:&[\w-]++[ \t]++)?
        (?:"(?P<double>[^"\\\n]*+)"|'(?P<single>[^'\n]*+)'|(?P<plain>[^\s"'#&*!|>{\[,][^\s,]*+)),?[ \t]*+""",
    re.VERBOSE,
)
_TEMPLATES = ("{{", "{%", "<%", "${", "$(")
_STYLES = {"double": Style.DOUBLE, "single": Style.SINGLE, "plain": Style.PLAIN}


def read(source: Source, start: int = 0, end: int | None = None) -> Iterator[Found]:
    """Every reference in a stretch of text that is YAML, or will be."""
    text = blanked(source.text, TEMPLATE)
    last = len(text) if end is None else end
    for block in blocks(text, start, last):
        yield from images("text", block, text)
    yield from mentioned("text", text, start, last)


def pairs(source: Source, start: int = 0, end: int | None = None) -> Iterator[Found]:
    """The references there that are split over several keys, and no others."""
    text = blanked(source.text, TEMPLATE)
    for block in blocks(text, start, len(text) if end is None else end):
        yield from split("text", block)


@dataclass(slots=True)
class _Level:
    """A block whose lines may go on, the column of its keys, and the key seen last."""

    column: int
    block: Block
    key: str = ""


def blocks(text: str, start: int, end: int) -> Iterator[Block]:
    """The blocks of one indentation in a stretch of text, each once it is whole; comments must be blank already."""
    levels: list[_Level] = []
    for match in _LINE.finditer(text, start, end):
        lead = match["lead"]
        column = -1 if lead is None else len(lead)
        outer = column if lead is None or "-" not in lead else len(lead) - len(lead.lstrip(" \t"))
        while levels and levels[-1].column > outer:
            yield levels.pop().block
        if lead is None:
            continue
        if not levels or levels[-1].column < column:
            levels.append(_Level(column, Block(_opened(levels[-1]) if levels else ())))
        level, key = levels[-1], match["double"] or match["single"] or match["bare"]
        level.key = key
        if promises(key, match["rest"] or ""):
            if key in level.block.scalars:
                yield level.block
                level.block = Block(level.block.path)
            level.block.scalars[key] = _scalar(text, match)
    while levels:
        yield levels.pop().block


def _opened(level: _Level) -> Path:
    """The path of what stands below the key seen last, which then has no value of its own."""
    scalar = level.block.scalars.get(level.key)
    if scalar and (scalar.templated or not scalar.value):
        del level.block.scalars[level.key]
    return (*level.block.path, level.key)


def _scalar(text: str, match: re.Match[str]) -> Scalar:
    """What stands behind a key. What is no single word counts as a template: it is left alone."""
    rest = match["rest"]
    if not rest:
        colon = text.rindex(":", match.start(), match.end()) + 1
        return Scalar("", colon, colon, "", Style.NULL)
    value = _VALUE.fullmatch(text, *match.span("rest"))
    if value is None or value.lastgroup is None or any(sign in rest for sign in _TEMPLATES):
        return Scalar(rest, *match.span("rest"), rest, Style.RAW, templated=True)
    raw = value[value.lastgroup]
    return Scalar(raw, *value.span(value.lastgroup), raw, _STYLES[value.lastgroup])
