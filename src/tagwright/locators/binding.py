"""Which value a marker means, and what it makes of the reference that the value belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.locators import markers
from tagwright.locators.base import Found, Piece, parsed, tag_of, tagged
from tagwright.locators.markers import Comment
from tagwright.locators.values import Values
from tagwright.model import Marker, Part, Style
from tagwright.yaml_spans import Source, Value

_LINE = re.compile(r"^.*(?:\$imagepolicy|tagwright:|renovate:).*$", re.MULTILINE)
_NEAR = 100  # values of a mapping in which the image of the marker that opens it is looked for
_WALL = 50  # lines of comments between one and its value: each that is a marker looks through them
_COMMENT_OR_LINE = re.compile(r"[ \t]*((?:#|//).*)?(.*?)(?:\r?\n|\r|\Z)")
# `key: value`, `- value` or a bare value, before a comment inside a block scalar.
_NESTED = re.compile(r"""\s*(?:-\s+)*(?:[^\s#:'"]+:\s+)?(?:"([^"]*)"|'([^']*)'|([^\s#'"]+))\s+""")


@dataclass(frozen=True, slots=True)
class _Bound:
    """A value and the comments that bind it."""

    value: Value
    comments: tuple[Comment, ...]

    @property
    def markers(self) -> tuple[Marker, ...]:
        return tuple(marker for comment in self.comments for marker in comment.markers)


def bind(
    every: Iterable[Values], found: list[Found], mentions: list[Found], source: Source
) -> tuple[list[Found], list[Problem]]:
    """Join the comments of a file with what its locators found, and add the values that only a comment names.

    `every`: the values of each part of the file.
    """
    mentioned = {one.pieces[0].scalar.start: one.pieces[0] for one in mentions}
    problems: list[Problem] = []
    bound: dict[int, _Bound] = {}
    for values in every:
        for comment, value, why in _bindings(values):
            if comment.fault:
                problems.append(_problem(source, "marker-invalid", comment.line, comment.fault))
            if value:
                earlier = bound.get(value.scalar.start, _Bound(value, ()))
                bound[value.scalar.start] = _Bound(value, (*earlier.comments, comment))
            elif comment.markers and not comment.fault:
                problems.append(_problem(source, "marker-unbound", comment.line, why))
    joined: list[Found] = []
    for one in found:
        one = _told(one, bound)
        mine = {start: bound.pop(start) for start in [p.scalar.start for p in one.pieces] if start in bound}
        joined += _join(one, mine, source, problems)
    for start, free in bound.items():
        if start in mentioned:
            free = replace(free, value=replace(free.value, path=mentioned[start].path))
        one_more = _named_by_marker(free, source, problems)
        joined += _join(one_more, {free.value.scalar.start: free}, source, problems) if one_more else []
    return joined, problems


def _bindings(values: Values) -> Iterator[tuple[Comment, Value | None, str]]:
    """Every comment with markers, the value it binds (None: nothing), and why not."""
    for line in _LINE.finditer(values.text, values.start, values.end):
        for sharp in values.sign.finditer(line[0]):
            start = line.start() + sharp.start()
            holder = values.holding(start)
            if holder and holder.scalar.style is not Style.BLOCK:
                continue  # no comment: part of a quoted or plain value
            before, text = line[0][: sharp.start()], line[0][sharp.start() :]
            comment = markers.read(_hashed(text), values.source.at(start)[0])
            if comment and holder:
                yield comment, _nested(holder, before, line.start()), "no value stands before it on its line"
            elif comment and before.strip():
                found, why = _one(values.ending(line.start(), start), values.known, comment)
                yield comment, found or _opened(values, before, line.end(), comment), why
            elif comment and markers.leads(_hashed(text)):
                yield comment, *_below(values, line.end(), comment)
            break


def _hashed(comment: str) -> str:
    """A comment in the words of `markers`, which begin with `#`."""
    return f"#{comment[2:]}" if comment.startswith("//") else comment


def _opened(values: Values, before: str, end: int, comment: Comment) -> Value | None:
    """The only image of the mapping that a line `key: # marker` opens; for our markers, which rule references."""
    key = before.strip().removeprefix("- ").strip().removesuffix(":").strip("\"'")
    first = next(values.after(end), None)
    if any(marker.family == "flux" for marker in comment.markers) or first is None or first.path[-2:-1] != (key,):
        return None
    parent = first.path[:-1]
    beside = takewhile(lambda value: value.path[: len(parent)] == parent, islice(values.after(end), _NEAR))
    images = {
        values.known[v.scalar.start]: v for v in beside if v.path[:-1] == parent and v.scalar.start in values.known
    }
    return next(iter(images.values())) if len(images) == 1 else None


def _below(values: Values, end: int, comment: Comment) -> tuple[Value | None, str]:
    """The value on the line below a comment that stands alone: an image, under Flux's an item of a list; any
    value where the comment says whose tag it is."""
    line = _line_below(values.text, end)
    chosen, why = _one(values.starting(*line) if line else [], values.known, comment)
    flux = all(marker.family == "flux" for marker in comment.markers)
    if chosen and chosen.path:
        item = flux and isinstance(chosen.path[-1], int)
        if item or comment.image or chosen.scalar.start in values.known:
            return chosen, ""
    return None, why or "the line below holds no image"


def _one(values: list[Value], known: dict[int, int], comment: Comment) -> tuple[Value | None, str]:
    """The value a marker of this line means: the only one, or for ours the only image among them."""
    if len(values) > 1 and all(marker.family == "tagwright" for marker in comment.markers):
        images = [value for value in values if value.scalar.start in known]
        if len({known[value.scalar.start] for value in images}) == 1:
            return images[0], ""
    if len(values) == 1:
        return values[0], ""
    return None, "several values stand on its line" if values else "no value stands on its line"


def _line_below(text: str, end: int) -> tuple[int, int] | None:
    """The range of the next line that is not a comment; None where a blank line or the end comes first, or a wall
    of comments."""
    place = text.find("\n", end) + 1
    for _ in range(_WALL):
        if not place:
            break
        match = _COMMENT_OR_LINE.match(text, place)
        if match is None or match[1] is None:
            return (place, match.end(2)) if match and match[2] else None
        place = match.end() if match.end() < len(text) else 0
    return None


def _nested(holder: Value, before: str, start: int) -> Value | None:
    """The value on a line inside a block scalar."""
    match = _NESTED.fullmatch(before)
    if match is None or match.lastindex is None:
        return None
    first, last = (start + edge for edge in match.span(match.lastindex))
    raw = match[match.lastindex]
    scalar = replace(holder.scalar, value=raw, start=first, end=last, raw=raw, style=Style.BLOCK)
    return Value(holder.path, scalar, first, last)


def _told(found: Found, bound: dict[int, _Bound]) -> Found:
    """A tag without a name, under the image that a renovate comment beside it names."""
    if found.image.name:
        return found
    beside = (bound[piece.scalar.start] for piece in found.pieces if piece.scalar.start in bound)
    name = next((comment.told for one in beside for comment in one.comments if comment.told), "")
    return replace(found, image=replace(found.image, name=name))


def _named_by_comment(bound: _Bound) -> Found | None:
    """The reference that a renovate comment makes of a bare tag; anything else beside one is none of its business."""
    name = next((comment.told for comment in bound.comments if comment.told), "")
    return next(tag_of("renovate", name, bound.value.scalar, bound.value.path), None) if name else None


def _named_by_marker(bound: _Bound, source: Source, problems: list[Problem]) -> Found | None:
    """The reference that a marker makes of a value no locator knows; None (with a problem) where it cannot be one."""
    named = _named_by_comment(bound)
    scalar, marker = bound.value.scalar, next(iter(bound.markers), None)
    if marker is None or named:
        return named
    text = scalar.value.strip()
    whole = parsed(text) if "/" in text or ":" in text else None
    part = marker.part if marker.family == "flux" else Part.IMAGE if whole else Part.TAG
    image = _image(part, text) if marker.family == "flux" else whole or tagged(scalar)
    if image is None or scalar.templated:
        tail = next(tag_of("marker", "", scalar, bound.value.path), None) if marker.family == "tagwright" else None
        if tail:
            return tail
        why = "the value before it is no image and no tag"
        problems.append(_problem(source, "marker-unbound", bound.comments[0].line, why))
        return None
    return Found("marker", image, scalar.value, (Piece(part, scalar, bound.value.path),))


def _image(part: Part, text: str) -> Image:
    """What a value says under a Flux marker, whatever it looks like: the marker is right about its part."""
    if part is Part.IMAGE:
        return parsed(text) or Image("")
    if part is Part.TAG:
        tag, _, digest = text.partition("@")
        return Image("", tag or None, digest or None)
    return Image(text) if part is Part.NAME else Image("", None, text or None)


def _join(found: Found, bound: dict[int, _Bound], source: Source, problems: list[Problem]) -> Iterator[Found]:
    """The reference under its markers: as it is, with one, in parts (Flux), or locked."""
    every = [marker for one in bound.values() for marker in one.markers]
    flux = {start: one.markers[0] for start, one in bound.items() if one.markers and one.markers[0].family == "flux"}
    twice = any(len(one.markers) > 1 for one in bound.values()) or (len(every) > 1 and len(flux) < len(every))
    if twice:
        problems.append(_problem(source, "two-markers", every[-1].line, f"{found.written or found.kind} has two"))
    if twice or any(comment.fault for one in bound.values() for comment in one.comments):
        yield replace(found, locked="two markers rule it" if twice else "its marker cannot be read")
    elif flux:
        yield from _split(found, flux)
    else:
        yield replace(found, marker=every[0] if every else None)


def _split(found: Found, flux: dict[int, Marker]) -> Iterator[Found]:
    """Under Flux markers every marked value is a reference of its own; an unmarked digest stays with the tag.

    A tag that repeats the one of a marked image is none: Flux would leave it.
    """
    rest = [piece for piece in found.pieces if piece.scalar.start not in flux]
    for piece in found.pieces:
        marker = flux.get(piece.scalar.start)
        if marker:
            beside = [one for one in rest if one.part is Part.DIGEST and marker.part is Part.TAG]
            rest = [one for one in rest if one not in beside]
            pieces = (replace(piece, part=marker.part), *beside)
            yield replace(found, pieces=pieces, marker=marker, written=piece.scalar.value)
    whole = any(piece.part is Part.IMAGE and piece not in rest for piece in found.pieces)
    if not whole and any(piece.part not in (Part.NAME, Part.REGISTRY) for piece in rest):
        yield replace(found, pieces=tuple(rest))


def _problem(source: Source, code: str, line: int, why: str) -> Problem:
    heads = {
        "marker-unbound": ("a marker binds nothing", "put it at the end of the image's line"),
        "marker-invalid": ("a marker cannot be read", "see the README's chapter on markers"),
        "two-markers": ("two markers on one reference", "keep one; until then it is left alone"),
    }
    head, hint = heads[code]
    return Problem(source.path, code, f"{head}: {why}", hint, source.path, line)
