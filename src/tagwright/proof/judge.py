"""Two readings of a text, before and after, side by side.

The same pieces in the same order, comments among them; every edit lies inside one piece, and a piece
without an edit says what it said. A value under an edit says the same with the edit made in it, in
the same quotes: but a value without quotes gets some where YAML would take the new one for a number, a
truth, a date or nothing. A value that holds a text of its own (YAML in a block scalar, JSON in a
string, a script) is read again in the same way.

What a file is read as follows from its name, and from what its reader can read *before* the edit:
`.json` as JSON, else as YAML; YAML, else as text (templates); everything else as text, in which only
a template of YAML may gain quotes.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from tagwright.locators.text.templates import Templates
from tagwright.model import Edit
from tagwright.proof import of_json, of_text, of_yaml
from tagwright.proof.align import aligned
from tagwright.proof.leaf import Leaf, Unproven, Unreadable

_DEPTH = 6  # of texts inside texts; each costs a reading
_YAML = re.compile(r"\.(?:ya?ml|json)$|(?:^|/)Kustomization$")
_COUNT = re.compile(r"0|[1-9][0-9]*")  # a number that every reader prints as it is written


def judge(path: str, text: str, changed: str, made: Sequence[Edit]) -> None:
    """Raise Unproven unless `changed` is `text` with these edits' values changed, to what the edits say."""
    if not _YAML.search(path):
        _text(text, changed, made, 0, quoting=Templates().reads(path))
    elif not (path.endswith(".json") and _agree(of_json.read, text, changed, made, 0)):
        _documents(text, changed, made)


def _documents(text: str, changed: str, made: Sequence[Edit]) -> None:
    """YAML, each document that holds an edit by itself: one that cannot be read has no say about the others."""
    documents, others = of_yaml.documents(text), of_yaml.documents(changed)
    if len(documents) != len(others):
        raise Unproven("it would hold another number of documents")
    seen = 0
    for (start, end), (first, last) in zip(documents, others, strict=True):
        inside = [replace(one, start=one.start - start, end=one.end - start) for one in _within(start, end, made)]
        seen += len(inside)
        if inside:
            _yaml(text[start:end], changed[first:last], inside, 0)
    _all(seen, made)


def _yaml(text: str, changed: str, made: Sequence[Edit], depth: int) -> None:
    """YAML where another parser can read it before the edit, else a template: text in which a value may gain quotes."""
    if not _agree(of_yaml.read, text, changed, made, depth):
        _text(text, changed, made, depth, quoting=True)


def _text(text: str, changed: str, made: Sequence[Edit], depth: int, *, quoting: bool = False) -> None:
    """Any text, each line that holds an edit by itself: no piece reaches over a line's end."""
    for was, now, inside in of_text.lines(text, changed, made):
        _compare(of_text.read(was), of_text.read(now), inside, depth, quoting=quoting)


def _agree(read: Callable[[str], Iterator[Leaf]], text: str, changed: str, made: Sequence[Edit], depth: int) -> bool:
    """Compare both texts as this reader sees them; False where it cannot read the one before."""
    first = read(text)
    try:
        try:
            _compare(first, _still(read(changed)), made, depth, quoting=True)
        except Unproven:
            deque(first, maxlen=0)  # to its end: it may be no such text after all
            raise
    except Unreadable:
        return False
    return True


def _still(pieces: Iterator[Leaf]) -> Iterator[Leaf]:
    try:
        yield from pieces
    except Unreadable:
        raise Unproven("it could no longer be read") from None


def _compare(first: Iterator[Leaf], second: Iterator[Leaf], made: Sequence[Edit], depth: int, *, quoting: bool) -> None:
    seen = 0
    for was, now in zip_longest(first, second):
        if was is None or now is None or was.shape != now.shape:
            raise Unproven("its structure would change")
        inside = _within(was.start, was.end, made) if was.value is not None else []
        if was.value:
            inside = [edit for edit in inside if edit.old]
        if inside:
            _changed(was, now, inside, depth, quoting=quoting)
        elif (was.value, was.quotes) != (now.value, now.quotes):
            raise Unproven(f"{_short(was)} would read {_short(now)}")
        seen += len(inside)
    _all(seen, made)


def _changed(was: Leaf, now: Leaf, inside: Sequence[Edit], depth: int, *, quoting: bool) -> None:
    """A value under edits. Raises Unproven unless it says what they say."""
    value, new = was.value or "", now.value or ""
    if quoting and not was.quotes and len(inside) == 1 and inside[0].old == value:
        edit = inside[0]
        written = edit.new.removeprefix(" ") if not value else edit.new
        gained = now.quotes and was.shape[0] == "scalar" and _is_plainly_text(new)
        if gained or written != f"{now.quotes}{new}{now.quotes}" or (now.typed and _retyped(value, new)):
            raise Unproven(f"{_short(was)} would read {_short(now)}")
        return
    moved = aligned(value, new, inside) if was.quotes == now.quotes else None
    if moved is None or (now.typed and _retyped(value, new)):
        raise Unproven(f"{_short(was)} would read {_short(now)}")
    if not of_text.is_word(value) and value != moved[0].old:
        _inner(was, value, new, moved, depth + 1)
    elif any(edit.new != edit.new.strip(" '\"") for edit in moved):
        raise Unproven(f"{_short(was)} would read {_short(now)}")


def _inner(was: Leaf, value: str, new: str, moved: Sequence[Edit], depth: int) -> None:
    """What a value holds, read as a text of its own."""
    if depth > _DEPTH:
        raise Unproven(f"it stands in texts inside texts, deeper than {_DEPTH}")
    if was.quotes != "#" and of_yaml.is_collection(value):
        _yaml(value, new, moved, depth)
    else:
        _text(value, new, moved, depth, quoting=was.quotes == "#")


def _retyped(value: str, new: str) -> bool:
    """Would a value without quotes be no text now? A number may stay one that is read as it is written."""
    counts = _COUNT.fullmatch(value) and _COUNT.fullmatch(new)
    return bool(of_yaml.types(new)) and not counts


def _is_plainly_text(new: str) -> bool:
    """Is this text without quotes too, to every reader? What begins with a letter and is no word for a truth."""
    return new[:1].isalpha() and not of_yaml.types(new) and new.lower() not in ("y", "n")


def _within(start: int, end: int, made: Sequence[Edit]) -> list[Edit]:
    """The edits inside a range."""
    index = bisect_left(made, start, key=lambda edit: edit.start)
    inside = []
    while index < len(made) and made[index].end <= end:
        inside.append(made[index])
        index += 1
    return inside


def _all(seen: int, made: Sequence[Edit]) -> None:
    if seen != len(made):
        raise Unproven("an edit would reach beyond one value, or would not be seen")


def _short(leaf: Leaf) -> str:
    value = leaf.value or ""
    return f"{value[:60]!r}" + ("…" if len(value) > 60 else "")
