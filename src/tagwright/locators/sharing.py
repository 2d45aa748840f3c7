"""Values that several references use: anchors with aliases, and merge keys.

    a: {repository: ghcr.io/acme/api, tag: &t 1.0.0}
    b: {repository: ghcr.io/acme/web, tag: *t}          an update of either would move the other

    a: &a {repository: ghcr.io/acme/api, tag: 1.0.0}
    b: {<<: *a, repository: ghcr.io/acme/web}           so would it here

The same image by another way is the same reference. Of different images that share a value one of
them would write, those that would write it are locked: reported, and edited by nobody.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from tagwright.errors import Problem
from tagwright.locators.base import Found
from tagwright.model import Part
from tagwright.yaml_spans import Path, Source

_WRITTEN = (Part.IMAGE, Part.TAG, Part.DIGEST)

_Identity = tuple[str, tuple[int, ...]]
"""An image's name, and where the values stand that an update of it writes."""


def settle(found: Iterable[Found], source: Source) -> tuple[list[Found], list[Problem]]:
    """One place, one reference; one image, one reference; what is shared otherwise is locked, with a problem."""
    found = _unclaimed(found)
    if len({start for one in found for start in _starts(one)}) == sum(len(_starts(one)) for one in found):
        return found, []
    found = _without_nameless(found)
    users: dict[int, dict[_Identity, Found]] = {}
    for one in found:
        for start in () if one.ignored else _starts(one):
            users.setdefault(start, {}).setdefault(_identity(one), one)
    problems: dict[int, Problem] = {}
    settled = []
    for one in found:
        if one.ignored:
            settled.append(one)
        elif all(users[start][_identity(one)] is one for start in _starts(one)):
            settled.append(_locked(one, users, source, problems))
    return settled, list(problems.values())


def _unclaimed(found: Iterable[Found]) -> list[Found]:
    """Of several references at one place the first; of a value that is known to be none, none."""
    places: set[tuple[int, Path]] = set()
    none: set[int] = set()
    kept = []
    for one in found:
        first = one.pieces[0]
        if (first.scalar.start, first.path) not in places and first.scalar.start not in none:
            places.update((piece.scalar.start, piece.path) for piece in one.pieces)
            none.update(_starts(one) if one.ignored else ())
            kept.append(one)
    return kept


def _without_nameless(found: list[Found]) -> list[Found]:
    """A tag alone is no reference of its own where an image uses it."""
    named = {start for one in found if one.image.name for start in _starts(one)}
    return [one for one in found if one.image.name or one.ignored or named.isdisjoint(_starts(one))]


def without_parts(found: list[Found]) -> list[Found]:
    """Without the tags alone that are a part of what another reference has: a comment or a line of the configuration
    has named them since, or a shape knows the whole."""
    spans = sorted((p.scalar.start, p.scalar.end) for one in found if one.image.name or one.marker for p in one.pieces)
    starts = [start for start, _ in spans]

    def is_part(one: Found) -> bool:
        before = bisect_right(starts, one.pieces[0].scalar.start)
        return before > 0 and spans[before - 1][1] >= one.pieces[0].scalar.end

    return [one for one in found if one.image.name or one.marker or one.ignored or not is_part(one)]


def _locked(
    one: Found, users: dict[int, dict[_Identity, Found]], source: Source, problems: dict[int, Problem]
) -> Found:
    """The reference, locked where another image uses a value that it would write."""
    for piece in one.pieces:
        start = piece.scalar.start
        if piece.part in _WRITTEN and len(users[start]) > 1:
            other = next(user for identity, user in users[start].items() if identity != _identity(one))
            why = f"its {piece.part} is shared with {other.image}"
            hint = "write it out for each of them; until then it is left alone"
            line = source.at(start)[0]
            problems.setdefault(
                start, Problem(source.path, "shared-value", f"{one.image}: {why}", hint, source.path, line)
            )
            return replace(one, locked=why)
    return one


def _identity(one: Found) -> _Identity:
    return one.image.normalised, tuple(sorted({p.scalar.start for p in one.pieces if p.part in _WRITTEN}))


def _starts(one: Found) -> set[int]:
    return {piece.scalar.start for piece in one.pieces}
