"""What a locator is: it finds the image references of one shape, and changes nothing.

A `Locator` names the keys it wants to see; `scan` shows it every mapping of a YAML or JSON file that
holds one of them, in the order of the text. A `TextLocator` names the files it reads, and is shown
their text. Both answer with `Found`: which scalars spell which part of an image. Lines, bytes,
markers and duplicates are not a locator's business. To add a shape: one file with a class like the
ones beside this, its docstring the manual page, and a line in the package's table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from tagwright import image
from tagwright.edits import reads_as_text
from tagwright.errors import Problem
from tagwright.image import DIGEST, TAG, Image
from tagwright.model import ChartSource, FluxAutomation, FluxPolicy, FluxRepository, Form, Marker, Part, Slot, Style
from tagwright.yaml_spans import Mapping, Path, Scalar, Source

_SHORT = 200  # what is longer is seldom read twice, and would fill the memory
_MADE = re.compile(r"\{\{|\{%|\$\{|\$\w")
_TAIL = re.compile(r"(?<=[\w}]):(\w[\w.-]*+(?:@sha\d{3}:[0-9a-f]++)?)(?=\Z|\{\{|\{%|\$\{)")


@dataclass(frozen=True, slots=True)
class Piece:
    """A scalar that spells one part of an image, and the keys that lead to it."""

    part: Part
    scalar: Scalar
    path: Path
    form: Form = Form.AS_IS


@dataclass(frozen=True, slots=True)
class Found:
    """One image reference of a file. The first piece is the value an update changes first.

    Without pieces that can be written it is still a reference. `ignored`: the value looks like a
    reference and is none (what an ImageRepository lists), so that no other locator takes it for one.
    `alias` is another name people know it by (kustomize's `name:`); `locked` says why there is no edit,
    whatever is decided; `source` which object says where the image is. Without `certain` it is a
    mention, good for those who know the image by name. `workload` is what runs it, for people.
    """

    kind: str
    image: Image
    written: str
    pieces: tuple[Piece, ...]
    ignored: bool = False
    alias: str = ""
    marker: Marker | None = None
    locked: str = ""
    certain: bool = True
    source: str = ""
    workload: str = ""

    def slots(self) -> tuple[Slot, ...]:
        """The ranges that can be written; none where the text does not spell the value plainly enough, or a marker
        forbids it."""
        if self.locked:
            return ()
        return tuple(slot for piece in self.pieces for slot in _slots(piece, self.image))


class Locator(Protocol):
    """One shape. `kind` names it in references; `keys` are those of the mappings it wants to see, `reads` the
    others whose values it looks at, there and at the top of the document. "*tag" is any key of several words of
    which the last is "tag" (web_tag, webTag)."""

    kind: str
    keys: frozenset[str]
    reads: frozenset[str]

    def find(
        self, mapping: Mapping
    ) -> Iterator[Found | FluxPolicy | FluxRepository | FluxAutomation | ChartSource | Problem]:
        """What this mapping holds."""


class TextLocator(Protocol):
    """A shape of files that are no YAML. `kind` names it in references, `cues` are bytes one of which a file must
    hold to be worth reading."""

    kind: str
    cues: tuple[bytes, ...]

    def reads(self, path: str) -> bool:
        """Is a file of this path written so?"""

    def find(self, source: Source) -> Iterator[Found]:
        """What the file holds, in any order."""


def parsed(text: str) -> Image | None:
    """The image a text names; None where it names none."""
    return _remembered(text) if len(text) <= _SHORT else image.read(text)


@lru_cache(maxsize=10_000)
def _remembered(text: str) -> Image | None:
    return image.read(text)


def named(scalar: Scalar | None) -> Image | None:
    """The image a scalar names whole; None for templates, block scalars, numbers and everything that is no name."""
    if scalar is None or scalar.templated or scalar.style is Style.BLOCK:
        return None
    if scalar.style is Style.PLAIN and not reads_as_text(scalar.value):
        return None
    return parsed(scalar.value)


def tagged(scalar: Scalar) -> Image | None:
    """A tag, or tag@digest, as an image without a name; its tag is None where nothing is written yet."""
    tag, at, digest = scalar.text.partition("@")
    if scalar.templated or (tag and not TAG.fullmatch(tag)) or (at and not (tag and DIGEST.fullmatch(digest))):
        return None
    return Image("", tag or None, digest or None)


def is_made(scalar: Scalar) -> bool:
    """Does a template or a variable make a part of the value?"""
    return _MADE.search(scalar.raw) is not None


def spelled_tag(scalar: Scalar) -> Scalar | None:
    """The tag, or tag@digest, that a scalar is, or that ends a name which a template or variable makes."""
    if not scalar.templated and tagged(scalar) and scalar.text:
        return scalar
    match = _TAIL.search(scalar.raw)
    if not match or not _MADE.search(scalar.raw, 0, match.start()):
        return None
    start = scalar.start + match.start(1)
    return replace(scalar, value=match[1], start=start, end=start + len(match[1]), raw=match[1], style=Style.RAW)


def tag_of(kind: str, name: str, scalar: Scalar, path: Path) -> Iterator[Found]:
    """The tag that a scalar spells, as a reference of the image that something else names ("" = a marker will)."""
    tag = spelled_tag(scalar)
    if tag:
        text, _, digest = tag.text.partition("@")
        yield Found(kind, Image(name, text, digest or None), scalar.value, (Piece(Part.TAG, tag, path),))


def inside(scalar: Scalar, text: str) -> Scalar | None:
    """The piece of a longer scalar that spells `text`; None where it stands there never or twice."""
    if not text or scalar.raw.count(text) != 1:
        return None
    start = scalar.start + scalar.raw.index(text)
    style = Style.BLOCK if scalar.style is Style.BLOCK else Style.RAW
    return replace(scalar, value=text, start=start, end=start + len(text), raw=text, style=style)


def _slots(piece: Piece, name: Image) -> Iterator[Slot]:
    """A slot for a piece that is written as it reads; else slots for those parts of it that are.

    None for a name that stands elsewhere: there it names another image too.
    """
    scalar = piece.scalar
    if scalar.shared and piece.part in (Part.NAME, Part.REGISTRY):
        return
    if scalar.raw == scalar.value or scalar.style is Style.NULL:
        yield Slot(piece.part, scalar.start, scalar.end, scalar.raw, scalar.style, form=piece.form)
    elif piece.part is Part.IMAGE and scalar.style is not Style.BLOCK:
        wanted = [(Part.TAG, f":{name.tag}")] * bool(name.tag) + [(Part.DIGEST, f"@{name.digest}")] * bool(name.digest)
        spelled = [(part, inside(scalar, text)) for part, text in wanted]
        if all(inner for _, inner in spelled):
            yield from (Slot(p, i.start + 1, i.end, i.raw[1:], Style.RAW) for p, i in spelled if i)
    else:
        inner = inside(scalar, scalar.value.strip())
        if inner:
            yield Slot(piece.part, inner.start, inner.end, inner.raw, inner.style, form=piece.form)
