"""Dockerfiles, Containerfiles and Earthfiles: the images that a build is made of.

    # syntax=docker/dockerfile:1.7              the frontend
    ARG BASE=golang:1.25                        under any name that a FROM uses, that says "image", or with a host
    FROM golang:1.25 AS build                   a name without a tag too; `scratch` and earlier stages are none
    FROM --platform=$BUILDPLATFORM ${BASE}
    FROM golang:${GO_VERSION}                   written where the ARG before the first FROM gives the tag
    FROM ${REGISTRY:-docker.io}/acme/api:1.2
    COPY --from=busybox:1.36 /bin/sh /bin/sh
    RUN --mount=type=bind,from=alpine:3.20,target=/x …
    ENV WORKER_IMAGE=ghcr.io/acme/worker:1.2

What variables of one FROM spell together (`golang:${GO_VERSION}-alpine`) is reported and left alone;
a variable without a default makes no reference. Comments hold none but the frontend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tagwright.image import Image
from tagwright.locators.base import Found, Piece, parsed
from tagwright.locators.text.comments import HASH, blanked
from tagwright.locators.text.words import found, means_image, mentioned, whole
from tagwright.model import Part, Style
from tagwright.yaml_spans import Path, Scalar, Source

_BLANK = r"(?:[ \t]|[\\`][ \t]*\r?\n)"
_INSTRUCTION = re.compile(
    rf"^[ \t]*+(?:ONBUILD[ \t]++)?(FROM|ARG|ENV|COPY|ADD|RUN)({_BLANK}++(?:[^\\`\n]|[\\`](?:[ \t]*\r?\n)?)*+)",
    re.MULTILINE | re.IGNORECASE,
)
_SYNTAX = re.compile(r"\A\ufeff?(?:#[^\n]*\n)*?#[ \t]*syntax[ \t]*=[ \t]*(\S+)", re.IGNORECASE)
_TOKEN = re.compile(r"""(?:[^\s\\`"']|[\\`](?!\s)|"[^"\n]*"|'[^'\n]*')++""")
_FLAG_FROM = re.compile(r"(?:(?<![\w-])--|[,=])from=([^\s,\"']++)")
_SETTING = re.compile(r"""(?<![\w$.])([A-Za-z_]\w*)=(["']?)([^\s"']*+)\2(?![^\s])""")
_OLD_SETTING = re.compile(r"[ \t]+([A-Za-z_]\w*)[ \t]+([^\s=]+)[ \t]*\r?$")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::?-([^{}$]*+))?\})")
_FILE = re.compile(r"(?:.*[._-])?(?:docker|container|earth)file(?:[._-].*)?")
# Prose, what other shapes read, and sources of programs (a script may well hold a Dockerfile).
_OTHERS = (
    *(".md", ".rst", ".json", ".yaml", ".yml", ".dockerignore", ".containerignore"),
    *(
        ".go",
        ".rs",
        ".java",
        ".kt",
        ".scala",
        ".c",
        ".cc",
        ".cpp",
        ".h",
        ".cs",
        ".swift",
        ".js",
        ".ts",
        ".tsx",
        ".rb",
        ".php",
    ),
)


class Dockerfile:
    """`FROM image` and what else names one."""

    kind = "dockerfile"
    cues: tuple[bytes, ...] = (b"FROM", b"from", b"From", b"=", b"ENV", b"env")

    def reads(self, path: str) -> bool:
        """Dockerfile, api.Dockerfile, Dockerfile.dev, Containerfile, Earthfile."""
        name = path.rpartition("/")[2].lower()
        return _FILE.fullmatch(name) is not None and not name.endswith(_OTHERS)

    def find(self, source: Source) -> Iterator[Found]:
        """What its instructions name, then what else is certain."""
        text = blanked(source.text, HASH)
        build = _Build(self.kind, text)
        if syntax := _SYNTAX.match(source.text):
            yield from _Build(self.kind, source.text).whole(*syntax.span(1), ("syntax",), speaks=True)
        for match in _INSTRUCTION.finditer(text):
            yield from build.instruction(match[1].upper(), *match.span(2))
        yield from mentioned(self.kind, text)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A part of what a FROM reads once its variables are replaced: its text there, and where that is written."""

    at: int
    value: str
    start: int


@dataclass(slots=True)
class _Build:
    """What the instructions so far have said."""

    kind: str
    text: str
    stages: set[str] = field(default_factory=lambda: {"scratch"})
    defaults: dict[str, tuple[str, int]] = field(default_factory=dict)
    started: bool = False

    def instruction(self, name: str, start: int, end: int) -> Iterator[Found]:
        """The references of one instruction, whose arguments stand at [start, end)."""
        if name == "FROM":
            yield from self._from(start, end)
        elif name in ("ARG", "ENV"):
            yield from self._settings(name, start, end)
        else:
            yield from self._flags(name, start, end)

    def whole(self, start: int, end: int, path: Path, *, speaks: bool) -> Iterator[Found]:
        """The reference with a tag or a digest that a stretch of text is."""
        word = whole(self.text, start, end)
        if word and (speaks or word.certain):
            yield found(self.kind, word, self.text, path)

    def _from(self, start: int, end: int) -> Iterator[Found]:
        tokens = [one for one in _TOKEN.finditer(self.text, start, end) if not one[0].startswith("--")]
        self.started = True
        named = len(tokens) == 3 and tokens[1][0].lower() == "as"
        if len(tokens) != 1 and not named:
            return
        first, last = tokens[0].span()
        if self.text[first] in "\"'":
            first, last = first + 1, last - 1
        yield from self._stage(first, last)
        if named:
            self.stages.add(tokens[2][0].lower())

    def _stage(self, start: int, end: int) -> Iterator[Found]:
        segments = self._segments(start, end)
        name = "".join(one.value for one in segments)
        image = parsed(name)
        if image and name.lower() not in self.stages:
            pieces = tuple(_pieces(image, segments))
            writable = {Part.IMAGE, Part.TAG} & {piece.part for piece in pieces} or not image.tag
            locked = "" if writable else "its tag is put together of several values"
            yield from [Found(self.kind, image, name, pieces, locked=locked)] if pieces else []

    def _segments(self, start: int, end: int) -> list[_Segment]:
        """What a FROM reads, in pieces; empty where a variable has no default."""
        segments: list[_Segment] = []
        place, length = start, 0
        for match in _VARIABLE.finditer(self.text, start, end):
            value, where = self.defaults.get(match[1] or match[2], (match[3], match.start(3)))
            if value is None:
                return []
            literal = self.text[place : match.start()]
            segments += (_Segment(length, literal, place), _Segment(length + len(literal), value, where))
            place, length = match.end(), length + len(literal) + len(value)
        return [*segments, _Segment(length, self.text[place:end], place)]

    def _settings(self, instruction: str, start: int, end: int) -> Iterator[Found]:
        old = _OLD_SETTING.match(self.text, start, end) if instruction == "ENV" else None
        if old:
            yield from self.whole(*old.span(2), ("ENV", old[1]), speaks=means_image(old[1]))
        for match in _SETTING.finditer(self.text, start, end):
            if instruction == "ARG" and not self.started:
                self.defaults[match[1]] = match[3], match.start(3)
            yield from self.whole(*match.span(3), (instruction, match[1]), speaks=means_image(match[1]))

    def _flags(self, instruction: str, start: int, end: int) -> Iterator[Found]:
        for token in _TOKEN.finditer(self.text, start, end):
            if not token[0].startswith("--"):
                return
            for match in _FLAG_FROM.finditer(self.text, *token.span()):
                image = parsed(match[1])
                if image and match[1].lower() not in self.stages and not match[1].isdigit():
                    yield Found(
                        self.kind, image, match[1], (_piece(Part.IMAGE, match[1], match.start(1), instruction),)
                    )


def _pieces(image: Image, segments: list[_Segment]) -> Iterator[Piece]:
    """Where the image is written whole, or those of its parts that are."""
    whole = str(image)
    if piece := _within(Part.IMAGE, whole, 0, segments):
        yield piece
        return
    tag, digest = image.tag or "", image.digest or ""
    for part, text, at in (
        (Part.TAG, tag, len(image.name) + 1),
        (Part.DIGEST, digest, len(whole) - len(digest)),
        (Part.NAME, image.name, 0),
    ):
        piece = _within(part, text, at, segments) if text else None
        if piece:
            yield piece


def _within(part: Part, text: str, at: int, segments: list[_Segment]) -> Piece | None:
    """The piece, if one segment spells all of it."""
    for one in segments:
        if one.at <= at and at + len(text) <= one.at + len(one.value):
            return _piece(part, text, one.start + at - one.at, "FROM")
    return None


def _piece(part: Part, text: str, start: int, instruction: str) -> Piece:
    return Piece(part, Scalar(text, start, start + len(text), text, Style.RAW), (instruction,))
