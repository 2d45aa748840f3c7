"""Which value a marker means, and what it makes of the reference that the value belongs to."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, takewhile

from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.locators.base import Found, Piece, parsed, tag_of, tagged
from tagwright.locators.beside import markers
from tagwright.locators.beside.markers import Comment
from tagwright.locators.beside.values import Values
from tagwright.model import Marker, Part, Style
from tagwright.yaml_spans import Source, Value

_LINE = re.compile(
    r"^.*(?:\$imagepolicy|tagwright:|renovate:|(?:#|//)[ \t]*(?:\{|[A-Za-z][\w-]{5,12}[ \t:=])).*$", re.MULTILINE
)
_NEAR = 100  # values of a mapping in which the image of the marker that opens it is looked for
_WALL = 50  # lines of comments between one and its value: each that is a marker looks through them
_UNCLEAR = "the marker beside it may mean another"
_OPEN = re.compile(r"^(?://|--|;|<!--|/\*|\{#|\{\{-?[ ]?/\*)")
_CLOSED = re.compile(r"(?:-->|\*/|#\}|\}\}|-\}\}|\s)+$")
_COMMENT_OR_LINE = re.compile(r"[ \t]*((?:#|//|--|;|<!--|/\*|\{#|\{\{-?[ ]?/\*).*)?(.*?)(?:\r?\n|\r|\Z)")
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


@dataclass(frozen=True, slots=True)
class _Beside:
    """A comment, the stretch of text it stands beside, the value there that it binds, and why there is none."""

    comment: Comment
    span: tuple[int, int]
    value: Value | None
    why: str


def bind(
    every: Iterable[Values], found: list[Found], mentions: list[Found], source: Source
) -> tuple[list[Found], list[Found], list[Problem]]:
    """Join the comments of a file with what its locators found, and add the values that only a comment names.

    `every`: the values of each part of the file. What a marker stands beside is never left to another rule: where
    it binds no value, it means the references of its line.
    """
    mentioned = {one.pieces[0].scalar.start: one.pieces[0] for one in mentions}
    problems: list[Problem] = []
    bound: dict[int, _Bound] = {}
    free: list[_Beside] = []
    for beside in (one for values in every for one in _bindings(values)):
        comment, value = beside.comment, beside.value
        if comment.fault:
            problems.append(_problem(source, "marker-invalid", comment.line, comment.fault, comment.hint))
        if value:
            earlier = bound.get(value.scalar.start, _Bound(value, ()))
            bound[value.scalar.start] = _Bound(value, (*earlier.comments, comment))
            beside = replace(beside, span=(value.scalar.start, value.scalar.end), why="")
        if any(marker.family == "tagwright" for marker in comment.markers) or (comment.markers and not value):
            free.append(beside)
    joined: list[Found] = []
    for one in found:
        one = _told(one, bound)
        mine = {start: bound.pop(start) for start in [p.scalar.start for p in one.pieces] if start in bound}
        joined += _join(one, mine, source, problems)
    parts = _Parts(joined)
    for start, alone in bound.items():
        if start in mentioned:
            alone = replace(alone, value=replace(alone.value, path=mentioned[start].path))
        if (part := parts.only(alone.value)) is not None and alone.markers:
            joined[part] = _inside(joined[part], alone, source, problems)
            continue
        one_more = _named_by_marker(alone)
        joined += _join(one_more, {start: alone}, source, problems) if one_more else []
        if one_more is None and alone.markers:
            span = start, alone.value.scalar.end
            free.append(_Beside(alone.comments[0], span, None, "the value before it is no image and no tag"))
    ruled, unbound = _ruled([*joined, *mentions], free, source)
    return ruled[: len(joined)], ruled[len(joined) :], problems + unbound


class _Parts:
    """References inside longer values: an argument, a piece of a command."""

    def __init__(self, found: list[Found]) -> None:
        self._starts = sorted((one.pieces[0].scalar.start, index) for index, one in enumerate(found))

    def only(self, value: Value) -> int | None:
        """The index of the only reference that stands inside a value and does not begin it."""
        first, last = (bisect_left(self._starts, (edge, 0)) for edge in (value.scalar.start + 1, value.scalar.end))
        return self._starts[first][1] if last - first == 1 else None


def _inside(part: Found, bound: _Bound, source: Source, problems: list[Problem]) -> Found:
    """A reference inside a longer value, under the markers of that value; of such a one no part is written alone."""
    if any(marker.part is not Part.IMAGE for marker in bound.markers):
        return replace(part, locked=_UNCLEAR)
    return next(_join(part, {part.pieces[0].scalar.start: bound}, source, problems))


def _ruled(found: list[Found], free: list[_Beside], source: Source) -> tuple[list[Found], list[Problem]]:
    """The references; those beside a comment that bound none of them by a value, under its marker.

    It means the only one there, or all that are to be held; where several could be meant they are locked.
    """
    starts = sorted((piece.scalar.start, index) for index, one in enumerate(found) for piece in one.pieces)
    ruled, problems = list(found), []
    for one in free:
        first, last = (bisect_left(starts, (edge, 0)) for edge in one.span)
        marker = one.comment.markers[0]
        near = {index for _, index in starts[first:last] if found[index].marker != marker and not found[index].locked}
        clear = marker.family == "tagwright" and (len(near) == 1 or any(key == "hold" for key, _ in marker.settings))
        clear = clear and not one.comment.fault and not any(found[index].marker for index in near)
        for index in near:
            ruled[index] = replace(ruled[index], marker=marker) if clear else replace(ruled[index], locked=_UNCLEAR)
        if not (near and clear) and one.why and not one.comment.fault:
            problems.append(_problem(source, "marker-unbound", one.comment.line, one.why))
    return ruled, problems


def _bindings(values: Values) -> Iterator[_Beside]:
    """Every comment with markers, and what it stands beside."""
    for line in _LINE.finditer(values.text, values.start, values.end):
        for sharp in values.sign.finditer(line[0]):
            start = line.start() + sharp.start()
            holder = values.holding(start)
            if holder and holder.scalar.style is not Style.BLOCK:
                continue  # no comment: part of a quoted or plain value
            before, text = line[0][: sharp.start()], line[0][sharp.start() :]
            comment = markers.read(_hashed(text), values.source.at(start)[0])
            beside = line.start(), start
            if comment and before.strip():
                found, why = _before(values, holder, before, beside, comment)
                yield _Beside(comment, beside, found or _opened(values, before, line.end(), comment), why)
            elif comment and markers.leads(_hashed(text)):
                below = _line_below(values.text, line.end()) or (line.end(), line.end())
                found, why = (None, "the line below holds no image") if holder else _below(values, below, comment)
                yield _Beside(comment, below, found, why)
            elif comment and any(marker.family == "tagwright" for marker in comment.markers):  # on a line commented out
                yield _Beside(comment, (start, start + len(text)), None, "")
            break


def _before(
    values: Values, holder: Value | None, before: str, span: tuple[int, int], comment: Comment
) -> tuple[Value | None, str]:
    """The value on the line of a comment."""
    if holder:
        return _nested(holder, before, span[0]), "no value stands before it on its line"
    return _one(values.ending(*span), values.known, comment)


def _hashed(comment: str) -> str:
    """A comment in the words of `markers`, which begin with `#` and end with the line."""
    return comment if comment.startswith("#") else "#" + _CLOSED.sub("", _OPEN.sub("", comment, 1))


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


def _below(values: Values, line: tuple[int, int], comment: Comment) -> tuple[Value | None, str]:
    """The value on the line below a comment that stands alone: an image, under Flux's an item of a list; any
    value where the comment says whose tag it is."""
    chosen, why = _one(values.starting(*line), values.known, comment)
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


def _named_by_marker(bound: _Bound) -> Found | None:
    """The reference that a marker makes of a value no locator knows; None where it cannot be one."""
    named = _named_by_comment(bound)
    scalar, marker = bound.value.scalar, next(iter(bound.markers), None)
    if marker is None or named:
        return named
    text = scalar.value.strip()
    whole = parsed(text) if "/" in text or ":" in text else None
    part = marker.part if marker.family == "flux" else Part.IMAGE if whole else Part.TAG
    image = _image(part, text) if marker.family == "flux" else whole or tagged(scalar)
    if image is None or scalar.templated:
        return next(tag_of("marker", "", scalar, bound.value.path), None) if marker.family == "tagwright" else None
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
    wrong = next((comment for one in bound.values() for comment in one.comments if comment.fault), None)
    if twice:
        yield replace(found, locked="two markers rule it; keep one")
    elif wrong:
        told = _problem(source, "marker-invalid", wrong.line, wrong.fault, wrong.hint)
        yield replace(found, locked=f"its {told.message.removeprefix('a ')} ({told.hint})")
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


def _problem(source: Source, code: str, line: int, why: str, better: str = "") -> Problem:
    heads = {
        "marker-unbound": ("a marker binds nothing", "put it at the end of the image's line"),
        "marker-invalid": ("a marker cannot be read", 'settings are quoted as in # tagwright: semver=">=1.2 <2"'),
        "two-markers": ("two markers on one reference", "keep one; until then it is left alone"),
    }
    head, hint = heads[code]
    return Problem(source.path, code, f"{head}: {why}", better or hint, source.path, line)
