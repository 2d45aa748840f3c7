"""An independent second reading of every edited file: only the intended values changed, to what was intended.

Three judges, none of whom made the edit:
- the bytes: every edit is a place of a reference that was to change, and everything outside is as it was;
- another reader of the format, of another family than the one that found the places: the same structure,
  and only values under an edit differ, their types and comments unchanged (judge.py says how);
- the locators, again: the same references, naming the new images where one was asked for.

judge.py     two readings side by side; values that hold a text of their own are read again
of_yaml.py   YAML by ruamel.yaml, with its comments (the only ruamel import beside config/documents.py)
of_json.py   JSON by json, with where its values stand
of_text.py   every other format, line by line: words, quoted strings, comments
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from tagwright import edits as editing
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.model import Binding, Edit, Part, Reference
from tagwright.proof.judge import judge
from tagwright.proof.leaf import Unproven
from tagwright.scan import scan_file

# What an image name can be spelled with, a blank before it and quotes around it: no line end, no comment, no escape.
_HARMLESS = re.compile(r""" ?(["']?)[\w.:/@+\[\]-]*\1""", re.ASCII)


def prove(
    path: str,
    before: bytes,
    after: bytes,
    edits: Sequence[Edit],
    old: Sequence[Reference],
    new: Sequence[Image],
    bindings: tuple[Binding, ...] = (),
) -> None:
    """Raise EditRefused unless `after` is `before` with exactly `edits` made and `old[i]` naming `new[i]`.

    `bindings` are those of the configuration that mean this file.
    """
    made = tuple(sorted(set(edits), key=lambda edit: edit.start))
    text, changed = before.decode("utf-8"), after.decode("utf-8")
    try:
        _placed(made, old)
        _outside(text, changed, made)
        judge(path, text, changed, made)
        _locate_again(_located(path, before, bindings), _located(path, after, bindings), old, new)
    except Unproven as why:
        raise EditRefused(
            f"{path} is left alone: {why}", hint="this is a shape Tagwright cannot edit safely; please report it"
        ) from None


def _placed(made: Sequence[Edit], old: Sequence[Reference]) -> None:
    """Every edit replaces a place of a reference that was to change, by what an image name can be spelled with."""
    places = {(slot.start, slot.end, slot.text) for reference in old for slot in reference.slots}
    for edit in made:
        if (edit.start, edit.end, edit.old) not in places:
            raise Unproven("an edit is no place of a reference that was to change")
        if not _HARMLESS.fullmatch(edit.new):
            raise Unproven(f"{edit.new[:100]!r} is no part of an image name")


def _outside(text: str, changed: str, made: Sequence[Edit]) -> None:
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
            raise Unproven("other bytes than the edit's changed")
        here, there = edit.end, ends
    if text[here:] != changed[there:]:
        raise Unproven("other bytes than the edits' changed")


def _locate_again(
    before: list[Reference], after: list[Reference], old: Sequence[Reference], new: Sequence[Image]
) -> None:
    """The references are the same, and name what was asked for."""
    asked = {(one.where, one.slots): editing.outcome(one, image) for one, image in zip(old, new, strict=True)}
    for was, now in zip_longest(before, after):
        if was is None or now is None or was.where != now.where:
            raise Unproven("it holds other references than before")
        wanted = asked.pop((was.where, was.slots), was.image)
        if any(_said(now.image, part) != _said(wanted, part) for part in _owned(was)):
            raise Unproven(f"{was.where} would read {now.image}, not {wanted}")
    if asked:
        raise Unproven("it does not hold the reference that was to change")


def _located(path: str, data: bytes, bindings: tuple[Binding, ...]) -> list[Reference]:
    scanned = scan_file(path, data, bindings)
    return sorted((*scanned.references, *scanned.mentions), key=lambda one: one.span)


def _owned(reference: Reference) -> set[Part]:
    """The parts of the image that the reference's own values spell (a sibling with its own marker spells others)."""
    parts = {slot.part for slot in reference.slots}
    if Part.IMAGE in parts:
        return {Part.NAME, Part.TAG, Part.DIGEST}
    return parts - {Part.REGISTRY}


def _said(image: Image, part: Part) -> str | None:
    return {Part.NAME: image.normalised, Part.TAG: image.tag, Part.DIGEST: image.digest}[part]
