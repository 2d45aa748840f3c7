"""An independent second reading of every edited file: only the intended scalars changed, to the intended values.

Three judges, none of whom made the edit:
- the bytes: everything outside the edits' ranges is as it was;
- another parser: ruamel.yaml reads both texts (pure Python, another ancestry than libyaml; document by
  document beyond 1 MB), JSON is read by `json`: the same structure, and only scalars under an edit
  differ. Text that this parser refuses as it was before (templates) has no such judge;
- the locators, again: the same references, naming the new images where one was asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from tagwright import edits as editing
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.model import Edit, Part, Reference
from tagwright.scan import scan_file

WHOLE = 1_000_000  # bytes; beyond, ruamel.yaml reads document by document to keep memory low

_SEPARATOR = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One event of a second reading: its shape, and for a scalar the value and where it stands."""

    shape: tuple[object, ...]
    value: str | None = None
    start: int = 0
    end: int = 0
    plain: bool = False


def prove(
    path: str, before: bytes, after: bytes, edits: Sequence[Edit], old: Sequence[Reference], new: Sequence[Image]
) -> None:
    """Raise EditRefused unless `after` is `before` with exactly `edits` made and `old[i]` naming `new[i]`."""
    made = sorted(set(edits), key=lambda edit: edit.start)
    text, changed = before.decode("utf-8"), after.decode("utf-8")
    _outside(path, text, changed, made)
    _read_again(path, text, changed, made)
    _locate_again(path, before, after, old, new)


def _outside(path: str, text: str, changed: str, made: Sequence[Edit]) -> None:
    """The two texts agree outside the edits, which read `old` in one and `new` in the other."""
    here = there = 0
    for edit in made:
        gap = edit.start - here
        ends = there + gap + len(edit.new)
        if (
            gap < 0
            or text[here : edit.start] != changed[there : there + gap]
            or changed[there + gap : ends] != edit.new
        ):
            raise _unproven(path, "other bytes than the edit's changed")
        here, there = edit.end, ends
    if text[here:] != changed[there:]:
        raise _unproven(path, "other bytes than the edits' changed")


def _locate_again(path: str, before: bytes, after: bytes, old: Sequence[Reference], new: Sequence[Image]) -> None:
    """The references are the same, and name what was asked for."""
    asked = {reference: editing.outcome(reference, image) for reference, image in zip(old, new, strict=True)}
    for was, now in zip_longest(scan_file(path, before).references, scan_file(path, after).references):
        if was is None or now is None or (was.kind, was.where) != (now.kind, now.where):
            raise _unproven(path, "it holds other references than before")
        wanted = asked.pop(was, was.image)
        if any(_said(now.image, part) != _said(wanted, part) for part in _owned(was)):
            raise _unproven(path, f"{was.where} would read {now.image}, not {wanted}")
    if asked:
        raise _unproven(path, "it does not hold the reference that was to change")


def _owned(reference: Reference) -> set[Part]:
    """The parts of the image that the reference's own values spell (a sibling with its own marker spells others)."""
    parts = {slot.part for slot in reference.slots}
    if Part.IMAGE in parts:
        return {Part.NAME, Part.TAG, Part.DIGEST}
    return parts - {Part.REGISTRY}


def _said(image: Image, part: Part) -> str | None:
    return {Part.NAME: image.normalised, Part.TAG: image.tag, Part.DIGEST: image.digest}[part]


def _read_again(path: str, text: str, changed: str, made: Sequence[Edit]) -> None:
    """A parser of another family sees the same structure, and a difference only where an edit is."""
    strict = _json(text) if path.endswith(".json") else None
    if strict is not None:
        _compare(path, strict, _json(changed) or [], made)
        return
    for first, second in _documents(path, text, changed):
        _compare(path, first, second, made)


def _documents(path: str, text: str, changed: str) -> Iterator[tuple[list[_Leaf], list[_Leaf]]]:
    """Both texts as events, whole or document by document; documents that are alike need no reading."""
    from ruamel.yaml.error import YAMLError

    large = len(text) > WHOLE
    starts = _starts(text, large)
    others = _starts(changed, large)
    if len(starts) != len(others):
        raise _unproven(path, "it would hold another number of documents")
    for (start, end), (first, last) in zip(pairwise(starts), pairwise(others), strict=True):
        if text[start:end] == changed[first:last]:
            continue
        try:
            was = list(_events(text[start:end], start))
        except YAMLError:
            continue  # a template, or a dialect that only libyaml reads: the locators judge alone
        try:
            yield was, list(_events(changed[first:last], first))
        except YAMLError:
            raise _unproven(path, "it would no longer be YAML") from None


def _starts(text: str, large: bool) -> list[int]:
    cuts = {match.start() for match in _SEPARATOR.finditer(text)} if large else set()
    return sorted({0, len(text), *cuts})


def _events(text: str, offset: int) -> Iterator[_Leaf]:
    """The events of ruamel.yaml, those of scalars with where they stand."""
    from ruamel.yaml import YAML
    from ruamel.yaml.events import ScalarEvent

    for event in YAML(typ="safe", pure=True).parse(text):
        shape = (type(event).__name__, getattr(event, "anchor", None), str(getattr(event, "tag", None)))
        if isinstance(event, ScalarEvent):
            yield _Leaf(
                shape, event.value, event.start_mark.index + offset, event.end_mark.index + offset, not event.style
            )
        else:
            yield _Leaf(shape)


def _json(text: str) -> list[_Leaf] | None:
    """The values of a JSON text in order, keys among them; None where it is no strict JSON."""

    def leaves(node: object) -> Iterator[_Leaf]:
        if isinstance(node, list):
            yield _Leaf(("list", len(node)))
            for child in node:
                yield from leaves(child)
        elif isinstance(node, tuple):
            yield from leaves(list(node))
        else:
            yield _Leaf(("value",), "" if node is None else str(node), 0, len(text))

    try:
        data = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=list, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return list(leaves(data))


def _compare(path: str, first: Sequence[_Leaf], second: Sequence[_Leaf], made: Sequence[Edit]) -> None:
    """Leaf by leaf: alike, or an edited scalar that reads as intended. Every edit shows."""
    if len(first) != len(second):
        raise _unproven(path, "its structure would change")
    differ = 0
    for was, now in zip(first, second, strict=True):
        if was.shape != now.shape:
            raise _unproven(path, "its structure would change")
        if (was.value, was.plain) == (now.value, now.plain):
            continue
        inside = [edit for edit in made if was.start <= edit.start and edit.end <= was.end]
        if not was.value:  # where nothing is written, parsers differ about where it stands
            inside += [edit for edit in made if not edit.old]
        if not inside or now.value not in _intended(was.value or "", inside):
            raise _unproven(path, f"{was.value!r} would read {now.value!r}")
        differ += 1
    if made and not differ:
        raise _unproven(path, "the edit would not be seen")


def _intended(value: str, made: Sequence[Edit]) -> set[str]:
    """What a scalar may read once some of these edits are made in it."""
    texts = {value}
    for edit in made:
        new = edit.new.strip().strip('"')
        if value.strip() in ("", "~") or edit.old == value:
            texts.add(new)
        else:
            at = {(text, match.start()) for text in texts for match in re.finditer(re.escape(edit.old), text)}
            texts |= {text[:start] + new + text[start + len(edit.old) :] for text, start in at}
    return texts


def _unproven(path: str, why: str) -> EditRefused:
    return EditRefused(
        f"{path} is left alone: {why}", hint="this is a shape Tagwright cannot edit safely; please report it"
    )
