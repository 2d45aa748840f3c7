"""Where in a value the edits stand that make another value of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tagwright.model import Edit

_TRIES = 16  # in a text that repeats itself an edit could stand at several places, with the same outcome


def aligned(value: str, changed: str, made: Sequence[Edit]) -> list[Edit] | None:
    """The edits, in the order given, by their places in `value`; None where they do not make `changed` of it."""
    moved, here, there = [], 0, 0
    for edit in made:
        alike = _alike(value, here, changed, there)
        at = here + alike if not edit.old else _place(value, here, alike, changed, there, edit)
        if at < 0 or not changed.startswith(edit.new, there + at - here):
            return None
        moved.append(replace(edit, start=at, end=at + len(edit.old)))
        here, there = at + len(edit.old), there + at - here + len(edit.new)
    return moved if value[here:] == changed[there:] else None


def _place(value: str, here: int, alike: int, changed: str, there: int, edit: Edit) -> int:
    """The last place of the edit before the two texts part; -1 where there is none."""
    at = value.rfind(edit.old, here, here + alike + len(edit.old))
    for _ in range(_TRIES):
        if at < 0 or changed.startswith(edit.new, there + at - here):
            break
        at = value.rfind(edit.old, here, at + len(edit.old) - 1)
    return at


def _alike(first: str, start: int, second: str, begin: int) -> int:
    """How many characters from these places on are the same. Costs about as much as there are."""
    limit = min(len(first) - start, len(second) - begin)
    same, step, growing = 0, 64, True
    while step and same < limit:
        step = min(step, limit - same)
        if first[start + same : start + same + step] == second[begin + same : begin + same + step]:
            same += step
            step = step * 2 if growing else step
        else:
            growing, step = False, step // 2
    return same
