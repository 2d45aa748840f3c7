"""Files of a commit -> References. Pure: what a file holds depends on its name, its bytes and the lines of the
configuration that bind values of it.

So results may be kept under (VERSION, those lines, name, blob id). A file is looked at before it is read: only
one that holds a key some locator wants, or a marker, is decoded and parsed. What cannot be read is
a Problem, never silence: not UTF-8, no YAML, too large, too deep. In a file of several documents the
others are still read, and a broken one is read line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache, reduce
from operator import or_

from tagwright import flux_objects
from tagwright.errors import Problem
from tagwright.locators import LOCATORS, TEXTS, loose, nested
from tagwright.locators.base import Found, Locator, Piece, TextLocator
from tagwright.locators.beside import bound, markers, values
from tagwright.locators.beside.binding import bind
from tagwright.locators.oci_charts import placed
from tagwright.locators.sharing import settle, without_parts
from tagwright.locators.text import lines
from tagwright.locators.workloads import workload
from tagwright.model import (
    Binding,
    ChartSource,
    FluxAutomation,
    FluxPolicy,
    FluxRepository,
    Reference,
    Scanned,
    Slot,
    Style,
)
from tagwright.yaml_spans import Failure, Path, Source, TooDeep, Tree, Wanted, ending, read

VERSION = 9
MAX_BYTES = 5_000_000
NOTHING = Scanned()
"""What most files hold."""
_MEMORY = 20_000  # keys; more are of one file that is up to no good

_NAMES = (".yaml", ".yml", ".json")
_KEYS = frozenset[str]().union(*(locator.keys for locator in LOCATORS))
WANTED = Wanted(_KEYS, _KEYS.union(*(locator.reads for locator in LOCATORS)), loose.WORTH.search)
_ENDINGS = {key.removeprefix("*") for key in _KEYS if key.startswith("*")}
_SPELLED = {key for key in _KEYS if not key.startswith("*")}.union(*({k, k.title(), k.upper()} for k in _ENDINGS))
# Beside what is a cue by itself: a name that says "image", steps that say `uses`, the API of Flux's objects.
_IMPLIED = {"value", "env", "container", "policy", "update", "exclusionList"}
# Keys that say "image", or end in a "Tag", need no look of their own; those that begin with "repo" share one.
_COVERED = {key for key in _SPELLED if "mage" in key or "MAGE" in key or key.endswith("Tag") or key.startswith("repo")}
# A key of each locator, as it stands before its colon. Looking for the bare word first is many times faster, and an
# expression that begins with one letter many times faster than one that begins with several.
_CUES = {
    key.encode(): re.compile(re.escape(key.encode()) + rb"""["']?\s*:""")
    for key in sorted((_SPELLED - _IMPLIED - _COVERED) | {"Tag"})
}
_CUES[b"image.toolkit.fluxcd.io"] = re.compile(rb"image\.toolkit\.fluxcd\.io")
_CUES[b"repo"] = re.compile(rb"""repo(?:URL|sitory|sitories)?["']?\s*:""")
# What may stand before a loose reference: a key or a flag that speaks of images; or a name, beside a `value`.
_SPEAKING = tuple(
    (word, re.compile(word + rb"""(?:[\w.-]{0,16}["'\\]{0,2}\s{0,3}[=:]|[\w-]{0,40}["']?[ \t]*(?:[,}\r\n]|\Z))"""))
    for word in (b"mage", b"MAGE")
)
_WORDY = re.compile(rb"/[\w.-]++(?::\w|@sha\d)")


def wants(path: str) -> bool:
    """Would any locator look at a file of this name?"""
    return _is_yaml(path) or _text_locator(path) is not None


def _is_yaml(path: str) -> bool:
    return path.endswith(_NAMES) or path.rpartition("/")[2] == "Kustomization"


def _text_locator(path: str) -> TextLocator | None:
    """What reads this file; None where it is YAML or JSON, or nothing at all."""
    return None if path.endswith((".yaml", ".yml")) else next((one for one in TEXTS if one.reads(path)), None)


def scan_file(path: str, data: bytes, bindings: tuple[Binding, ...] = ()) -> Scanned:
    """Every reference and every problem of one file; `bindings` are those of the configuration that mean it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        return _unreadable(path, "it is not UTF-8 text", "save it as UTF-8 without a zero byte")
    if len(data) > MAX_BYTES:
        return _unreadable(
            path, f"it is larger than {MAX_BYTES // 1_000_000} MB", "exclude it, or split it", "too-large"
        )
    locator = _text_locator(path)
    marked = markers.may_stand(data)
    if not (marked or bindings or (any(cue in data for cue in locator.cues) if locator else may_hold(data))):
        return NOTHING
    try:
        source = Source(path, data.decode("utf-8"))
        if locator or not _is_yaml(path):
            return _of_text(locator, source, bindings, marked=marked)
        trees, failures = read(source, WANTED, whole=marked or bool(bindings))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _unreadable(path, f"byte {error.start} is not UTF-8", "save it as UTF-8", line=line)
    except TooDeep as error:
        return _unreadable(path, str(error), "exclude it", "too-deep")
    return _scanned(source, trees, failures, bindings, marked=marked)


def may_hold(data: bytes) -> bool:
    """Is there a key or a word to look at? Costs a look at the bytes, no decoding."""
    holds = data.__contains__
    if _WORDY.search(data):
        return True
    if any(word in data and pattern.search(data) for word, pattern in _SPEAKING):
        return True
    return any(_CUES[key].search(data) for key in filter(holds, _CUES))


def join(scanned: Iterable[Scanned]) -> Scanned:
    """What several files hold, as one; every FluxPolicy knows its image where its ImageRepository is among them,
    and every chart its registry."""
    every = tuple(scanned)
    sources = tuple(one for part in every for one in part.chart_sources)
    references = tuple(placed((reference for part in every for reference in part.references), sources))
    asked = {one.marker.policy for one in references if one.marker and one.marker.policy}
    policies = flux_objects.bound(every, asked)
    return Scanned(
        references,
        tuple(dict.fromkeys((*(one for part in every for one in part.problems), *flux_objects.problems(policies)))),
        policies,
        tuple(one for part in every for one in part.flux_repositories),
        tuple(mention for part in every for mention in part.mentions),
        sources,
        tuple(one for part in every for one in part.flux_automations),
    )


def _of_text(locator: TextLocator | None, source: Source, bindings: tuple[Binding, ...], *, marked: bool) -> Scanned:
    read_now = list(locator.find(source)) if locator else []
    mentions, whole = [one for one in read_now if not one.certain], [(0, len(source.text))]
    found, problems = settle((one for one in read_now if one.certain), source)
    if marked:
        found, mentions, unbound = bind(values.every(source, (), whole, found), found, mentions, source)
        problems += unbound
    if bindings:
        found = bound.bind(source, values.every(source, (), whole, found), found, bindings)
    return Scanned(
        tuple(_references([one for one in found if not one.ignored], source)),
        tuple(sorted(problems, key=lambda one: one.line)),
        mentions=tuple(_references(_unclaimed(mentions, found), source)),
    )


def _unclaimed(mentions: list[Found], found: list[Found]) -> list[Found]:
    """The mentions that are no part of a reference."""
    claimed = {piece.scalar.start for one in found for piece in one.pieces}
    return [one for one in mentions if not one.ignored and one.pieces[0].scalar.start not in claimed]


def _scanned(
    source: Source,
    trees: tuple[Tree, ...],
    failures: tuple[Failure, ...],
    bindings: tuple[Binding, ...],
    *,
    marked: bool,
) -> Scanned:
    found: list[Found] = []
    others: list[FluxPolicy | FluxRepository | FluxAutomation | ChartSource | Problem] = []
    for tree in trees:
        for one in _located(tree):
            found.append(one) if isinstance(one, Found) else others.append(one)
    for tree in nested.commented(source, WANTED):
        found += (replace(one, certain=False) for one in _located(tree) if isinstance(one, Found))
    found, shared = settle(found, source)
    others += shared
    for failure in failures:
        read_again = list(lines.read(source, failure.start, failure.end))
        found += settle((one for one in read_again if one.certain), source)[0]
        found += (one for one in read_again if not one.certain)
        message = f"no YAML from line {source.at(failure.start)[0]} on: {failure.message}"
        hint = "it was read line by line"
        others.append(Problem(source.path, "unreadable", message, hint, source.path, failure.line))
    mentions = [one for one in found if not one.certain]
    found = [one for one in found if one.certain]
    broken = [(failure.start, failure.end) for failure in failures]
    if marked:
        found, mentions, problems = bind(values.every(source, trees, broken, found), found, mentions, source)
        others += problems
    if bindings:
        found = bound.bind(source, values.every(source, trees, broken, found), found, bindings)
    mentions = _unclaimed(mentions, found)
    return Scanned(
        tuple(_references([one for one in without_parts(found) if not one.ignored], source)),
        tuple(sorted((one for one in others if isinstance(one, Problem)), key=lambda one: one.line)),
        tuple(one for one in others if isinstance(one, FluxPolicy)),
        tuple(one for one in others if isinstance(one, FluxRepository)),
        tuple(_references(mentions, source)),
        tuple(one for one in others if isinstance(one, ChartSource)),
        tuple(one for one in others if isinstance(one, FluxAutomation)),
    )


def _located(
    tree: Tree, depth: int = 0
) -> Iterator[Found | FluxPolicy | FluxRepository | FluxAutomation | ChartSource | Problem]:
    """What the shapes find in a tree, and in what they leave: loose words, and the trees inside block scalars."""
    claimed: set[int] = set()
    for one in _shaped(tree):
        if isinstance(one, Found):
            claimed.update(piece.scalar.start for piece in one.pieces)
        yield one
    for path, scalar in tree.scalars():
        if scalar.style is Style.BLOCK and depth < nested.MAX_NESTED:
            for inner in nested.inside(scalar, tree.source, WANTED):
                for one in _located(inner, depth + 1):
                    if isinstance(one, Found):
                        claimed.update(piece.scalar.start for piece in one.pieces)
                        yield replace(one, pieces=tuple(_below(path, piece) for piece in one.pieces))
        if scalar.start not in claimed:
            yield from (
                one for one in loose.find(path, scalar, tree.source) if one.pieces[0].scalar.start not in claimed
            )


def _shaped(tree: Tree) -> Iterator[Found | FluxPolicy | FluxRepository | FluxAutomation | ChartSource | Problem]:
    for mapping in tree.mappings():
        for locator in _asked(reduce(or_, map(_ASKS.__getitem__, mapping.names()))):
            for one in locator.find(mapping):
                yield replace(one, workload=workload(mapping)) if isinstance(one, Found) else one


class _Asks(dict[str, int]):
    """By key, which locators want to see a mapping that holds it: one bit each, worked out once."""

    def __missing__(self, key: str) -> int:
        if len(self) > _MEMORY:
            self.clear()
        names = {key, ending(key)}
        self[key] = sum(1 << index for index, one in enumerate(LOCATORS) if not names.isdisjoint(one.keys))
        return self[key]


_ASKS = _Asks()


@cache
def _asked(bits: int) -> tuple[Locator, ...]:
    return tuple(one for index, one in enumerate(LOCATORS) if bits >> index & 1)


def _below(path: Path, piece: Piece) -> Piece:
    return replace(piece, path=(*path, *piece.path))


def _references(found: list[Found], source: Source) -> Iterator[Reference]:
    """References in the order of the text, with lines, columns and bytes."""
    written = [(one, tuple(_quoted(slot, source.quote) for slot in one.slots())) for one in found]
    written.sort(key=lambda pair: _start(*pair))
    places = source.places(_start(*pair) for pair in written)
    for (one, slots), (line, column, first) in zip(written, places, strict=True):
        spelled = slots[0].text if slots else one.pieces[0].scalar.raw
        yield Reference(
            source.path,
            line,
            column,
            (first, first + len(spelled.encode())),
            one.kind,
            _where(one.pieces[0]),
            one.image,
            one.written,
            slots,
            one.marker,
            one.alias,
            one.locked,
            one.source,
            one.workload,
        )


def _quoted(slot: Slot, quote: str) -> Slot:
    return slot if slot.quote == quote else replace(slot, quote=quote)


def _start(one: Found, slots: tuple[Slot, ...]) -> int:
    """Where the value begins that an update changes first."""
    return slots[0].start if slots else one.pieces[0].scalar.start


def _where(piece: Piece) -> str:
    """The path as people write it: spec.containers[0].image."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in piece.path)
    return "".join(steps).removeprefix(".")


def _unreadable(path: str, why: str, hint: str, code: str = "unreadable", line: int = 0) -> Scanned:
    return Scanned(problems=(Problem(path, code, f"{path} cannot be read: {why}", hint, path, line),))
