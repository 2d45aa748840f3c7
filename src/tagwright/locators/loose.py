"""References in values that no shape claims: arguments, variables, annotations, any key of any object.

    args: ["--sidecar=ghcr.io/acme/proxy:1.2"]              kind `argument`: a piece of a longer value
    env:  [{name: WORKER, value: ghcr.io/acme/worker:3}]    kind `value`: the value is the reference
    toolboxImage: alpine:3.20                               the key speaks of images, so the host may be missing

A registry's host or a digest makes it certain; so does a key, a flag or a variable before it that
ends in "image", and a command that runs or fetches it (`docker run … redis:7.2`). Whatever else
reads like `name:tag` is a *mention*: nothing that `scan` would report or `run` would follow, but
`set`, who is told the image by name, moves it with the others. Prose (`description:`) and copies of
what stands elsewhere (`last-applied-configuration`) are left alone. Of a name that a template makes
(`image: "{{ registry }}/api:1.2.0"`) the tag alone is known: a line of the configuration names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tagwright.locators.base import Found, Piece, is_made, tag_of
from tagwright.locators.text.commands import commands
from tagwright.locators.text.words import Word, words
from tagwright.model import Part, Style
from tagwright.yaml_spans import Path, Scalar, Source

_SPEAKS = re.compile(r"images?(?:[_.-]?(?:names?|ref|reference|ur[li]|tag|v?\d+))?$", re.IGNORECASE)
# The item before: - --executor-image
_FLAG_BEFORE = re.compile(r"""images?["']?[ \t]*\r?\n[ \t]*-[ \t]+["']?$""", re.IGNORECASE)
# What stands before a word inside a value: --image=, "image":, IMAGE=
_SPEAKS_BEFORE = re.compile(
    r"""images?(?:[_.-]?(?:names?|ref|reference|ur[li]))?["'\\]{0,2}\s{0,3}[=:]\s{0,3}["'\\]{0,2}$""", re.IGNORECASE
)
_COMMENT = re.compile(r"(?:^|\s)#")
_PROSE = re.compile(r"(?:description|summary|comment|message|last-applied-configuration)$", re.IGNORECASE)
_TOOLS = ("docker ", "podman ", "nerdctl ", "crane ", "skopeo ")
_NEAR = 40
_LONGEST_LINE = 1000

WORTH = re.compile(r"[\w\]}]:\w|@sha\d|[Tt]ag[\"']?: |[Ii]mage[\"']?: ")
"""What a value must hold to be looked at: something like `name:tag`, or YAML inside it that could hold an image."""


def find(path: Path, scalar: Scalar, source: Source) -> Iterator[Found]:
    """The references inside one scalar; those without `certain` are mentions."""
    if _PROSE.search(_key(path)):
        return
    if speaks_of_images(path) and is_made(scalar):
        yield from tag_of("value", "", scalar, path)
        return
    run = _run(scalar, source)
    for word in words(source.text, scalar.start, scalar.end):
        if str(word.image) in scalar.value and not (scalar.style is Style.BLOCK and _in_comment(word, source.text)):
            yield from _judged(word, path, scalar, source, word.start in run)


def speaks_of_images(path: Path) -> bool:
    """Does the last key on the way here say that its values are images?"""
    return _SPEAKS.search(_key(path)) is not None


def _run(scalar: Scalar, source: Source) -> set[int]:
    """Where the images of commands begin."""
    if not any(tool in scalar.raw for tool in _TOOLS):
        return set()
    return {one.pieces[0].scalar.start for one in commands("argument", source.text, scalar.start, scalar.end)}


def _judged(word: Word, path: Path, scalar: Scalar, source: Source, told: bool) -> Iterator[Found]:
    whole = source.text[word.start : word.end] == scalar.value.strip()
    before = source.text[max(scalar.start, word.start - _NEAR) : word.start]
    if whole:
        told = told or speaks_of_images(path) or _follows_flag(word, source)
    else:
        told = told or _SPEAKS_BEFORE.search(before) is not None
    if word.certain or told or _may_be(word):
        raw = source.text[word.start : word.end]
        inner = replace(scalar, value=raw, start=word.start, end=word.end, raw=raw, style=_style(scalar, whole))
        kind = "value" if whole else "argument"
        yield Found(kind, word.image, raw, (Piece(Part.IMAGE, inner, path),), certain=word.certain or told)


def _follows_flag(word: Word, source: Source) -> bool:
    return _FLAG_BEFORE.search(source.text, max(0, word.start - 2 * _NEAR), word.start) is not None


def _may_be(word: Word) -> bool:
    """Is it worth remembering? A host with a port and a key with a value are not."""
    return not word.numbered and ("/" in word.image.name or any(sign.isdigit() for sign in word.image.tag or ""))


def _in_comment(word: Word, text: str) -> bool:
    """Does a `#` stand before it on its line? Inside a block scalar that is a comment of whatever language it holds."""
    line = max(text.rfind("\n", 0, word.start) + 1, word.start - _LONGEST_LINE)
    return _COMMENT.search(text, line, word.start) is not None


def _style(scalar: Scalar, whole: bool) -> Style:
    return scalar.style if whole or scalar.style is Style.BLOCK else Style.RAW


def _key(path: Path) -> str:
    return next((step for step in reversed(path) if isinstance(step, str)), "")
