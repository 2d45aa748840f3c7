"""Keys and values of text that no parser reads, as the blocks they stand in.

A block holds what stands side by side: between two braces, at one indentation, in one section. An image
split over several of its keys (`repository` and `tag`) is found as in Helm's values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from tagwright.locators import apart
from tagwright.locators.apart import Apart, Entry
from tagwright.locators.base import Found, Piece
from tagwright.locators.text.words import found, means_image, whole
from tagwright.model import Part, Style
from tagwright.yaml_spans import Path, Scalar

_MAX_DEPTH = 200

# A key with a quoted value: `key = "…"`, `"key": '…'`, `key "…"`, `key("…")`.
_TOKEN = re.compile(
    r"""(?:"(?P<quoted>[\w./@-]{1,200})"|'(?P<single>[\w./@-]{1,200})'|(?<![\w.-])(?P<bare>[A-Za-z_][\w.-]{0,200}+))
        [ \t]*+(?:(?P<sign>\?=|\+?=(?![=~])|\+?:{1,3}=?)[ \t\r\n]*+|\(?[ \t]*+)
        (?P<quote>["'])(?P<value>[^"'\\\n]{0,1000}+)(?P=quote)
      | (?P<skip>(?:\{\s*+\})++) | (?P<open>[{(]) | (?P<close>[})])""",
    re.VERBOSE,
)
# What names a block stands first between the sign before and its brace: `image = {`, `job "x" {`, `f(`.
_NAME = re.compile(r"""[ \t]*+["']?([A-Za-z_][\w.-]*)""")
_LIST = re.compile(r"""(?<=image)s?["']?[ \t]*+[:=]{1,3}[ \t]*+\[([^\[\]]{0,5000}+)\]""", re.IGNORECASE)
_STRING = re.compile(r"""["']([^"'\\\s]{1,600}+)["']""")


@dataclass(frozen=True, slots=True)
class Block:
    """What stands side by side: the keys that lead there, and its values by their keys.

    `around` is where the brace stands that encloses it all.
    """

    path: Path
    scalars: dict[str, Scalar] = field(default_factory=dict)
    around: int = 0


def images(kind: str, block: Block, text: str) -> Iterator[Found]:
    """The references of a block: those split over several keys, and every value that is one whole."""
    yield from split(kind, block)
    yield from together(kind, block, text)


def together(kind: str, block: Block, text: str) -> Iterator[Found]:
    """The references of a block that stand in one value: certain ones, and any under a key that speaks of images."""
    for key, scalar in block.scalars.items():
        word = None if scalar.templated else whole(text, scalar.start, scalar.end)
        if word and (word.certain or means_image(_spoken(block, key))):
            raw = text[word.start : word.end]
            style = scalar.style if word.start == scalar.start else Style.RAW
            spelled = replace(scalar, value=raw, start=word.start, end=word.end, raw=raw, style=style)
            yield Found(kind, word.image, raw, (Piece(Part.IMAGE, spelled, (*block.path, key)),))


def promises(key: str, value: str) -> bool:
    """Could the value be an image or a part of one? Of a file most are not, and are let go."""
    return ":" in value or "@" in value or key in ("name", "value") or apart.speaks(apart.words(key))


def split(kind: str, block: Block) -> Iterator[Found]:
    """The references that several keys of a block spell together."""
    entries = {
        words: Entry(words, scalar, (*block.path, key))
        for key, scalar in block.scalars.items()
        if apart.speaks(words := apart.words(key))
    }
    for stem in apart.stems(list(entries)):
        yield from Apart(kind, entries, stem, block.path).images()


def _spoken(block: Block, key: str) -> str:
    """The word that says what a value is: its key, or of a pair `name`, `value` the name."""
    name = block.scalars.get("name")
    return name.value if key == "value" and name else key


def braced(text: str) -> Iterator[Block]:
    """The blocks between braces and parentheses, of keys with quoted values; comments must be blank already.

    A dotted key (`image.tag`) stands in a block of its own. Of a text nested too deep the rest is not read.
    """
    stack = [_Open(0)]
    for match in _TOKEN.finditer(text):
        if match["value"] is not None:
            key = match["quoted"] or match["single"] or match["bare"]
            if promises(key, match["value"]) and (match["sign"] or means_image(key)):
                stack[-1].add(key, match)
        elif match["open"]:
            stack.append(_Open(match.start()))
            if len(stack) > _MAX_DEPTH:
                break
        elif match["close"] and len(stack) > 1:
            yield from stack.pop().blocks(text, stack)
    while stack:
        yield from stack.pop().blocks(text, stack)


@dataclass(slots=True)
class _Open:
    """A brace that is open, and the values inside, by the prefix of their keys."""

    start: int
    values: dict[str, dict[str, Scalar]] = field(default_factory=dict)

    def add(self, key: str, match: re.Match[str]) -> None:
        prefix, _, name = key.rpartition(".")
        value = match["value"]
        scalar = Scalar(value, match.start("value"), match.end("value"), value, Style.RAW, "${" in value)
        self.values.setdefault(prefix, {})[name] = scalar

    def blocks(self, text: str, around: list[_Open]) -> Iterator[Block]:
        if self.values:
            path = tuple(head for one in (*around, self) if one.start and (head := _head(text, one.start)))
            for prefix, scalars in self.values.items():
                below = prefix.split(".") if prefix else ()
                yield Block((*path, *below), scalars, around[-1].start if around else 0)


def _head(text: str, brace: int) -> str:
    before = text[max(0, brace - 200) : brace]
    start = max(before.rfind(sign) for sign in "{}[](),;\n") + 1
    match = _NAME.match(before, start)
    return match[1] if match else ""


def listed(kind: str, text: str) -> Iterator[Found]:
    """The references in lists of strings under a key that speaks of images."""
    for match in _LIST.finditer(text):
        for item in _STRING.finditer(text, *match.span(1)):
            word = whole(text, *item.span(1))
            if word:
                yield found(kind, word, text, ("images",))
