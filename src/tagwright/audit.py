"""Commits -> events: what was written back, when, by whom; what was taken back, and where somebody said "go on".

A pull request counts once, however the forge merged it: squashed and rebased commits carry the trailers themselves; a
merge commit that repeats those of the commits it brings in tells nothing new.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from tagwright import trailers
from tagwright.git.text import CommitObject, Said
from tagwright.git.trail import Trail
from tagwright.model import Branch, Event, Happened
from tagwright.recall.chronicle import RESUME, REVERT
from tagwright.trailers import Landed

_CHUNK = 1000  # telling commits, looked at together
_DEEP = 20  # commits of a merged branch that are searched for what its merge repeats
_REVERTED = re.compile(r"^This reverts commit ([0-9a-f]{40,64})\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events are wanted: of images `image` takes, from the moment `since` until before `until`; at most `limit`.

    Moments are in seconds since 1970.
    """

    image: Callable[[str], bool] | None = None
    since: float = float("-inf")
    until: float = float("inf")
    limit: int | None = None


def branch(trail: Trail, target: str) -> Branch:
    """What the events are of."""
    head = trail.objects([trail.commit]).get(trail.commit)
    ours = bool(head and trailers.read(head.message))
    return Branch(target, trail.branch, trail.commit, ours, complete=not trail.cut)


def events(trail: Trail, asked: Asked) -> Iterator[Event]:
    """The events of a branch, newest first; a few hundred commits are kept at a time. Raises GitError."""
    telling = (one for one in trail.said() if one.message and asked.since <= one.when < asked.until and _tells(one))
    found = (event for chunk in _chunks(telling) for event in _told(trail, chunk, asked))
    return islice(found, asked.limit)


def _tells(one: Said) -> bool:
    said = one.message
    return trailers.IMAGE in said or bool(RESUME.search(said)) or bool(REVERT.search(said))


def _chunks(telling: Iterator[Said]) -> Iterator[list[Said]]:
    while chunk := list(islice(telling, _CHUNK)):
        yield chunk


def _told(trail: Trail, chunk: Sequence[Said], asked: Asked) -> Iterator[Event]:
    """The events of some commits that tell something, with what only other commits know of them."""
    reverted = {one.oid: found[1] for one in chunk if (found := _REVERTED.search(one.message))}
    parents = {oid for one in chunk for oid in one.parents}
    known = trail.objects({*reverted.values(), *parents})
    told = [list(_events(trail, one, reverted.get(one.oid, ""), known, asked)) for one in chunk]
    speaking = [one for one, its in zip(chunk, told, strict=True) if its]
    files = dict(zip((one.oid for one in speaking), trail.files(speaking, known), strict=True))
    for its in told:
        yield from (replace(event, files=files[event.commit]) for event in its)


def _events(trail: Trail, one: Said, reverted: str, known: dict[str, CommitObject], asked: Asked) -> Iterator[Event]:
    when = datetime.fromtimestamp(one.when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    plain = Event(Happened.UPDATE, one.oid, when, one.author, one.email, one.subject)
    repeated = _brought_in(trail, one, known)
    for landed in dict.fromkeys(trailers.read_all(one.message)):
        if landed not in repeated and _wanted(landed.name, asked):
            yield replace(plain, image=landed.name, old=landed.old, new=landed.new, order=landed.order)
    if REVERT.search(one.message):
        yield from _reverts(replace(plain, kind=Happened.REVERT, reverts=reverted), known.get(reverted), asked)
    for resume in RESUME.finditer(one.message):
        image = resume[1] or "*"
        if asked.image is None or image == "*" or asked.image(image):
            yield replace(plain, kind=Happened.RESUME, image=image)


def _reverts(event: Event, reverted: CommitObject | None, asked: Asked) -> Iterator[Event]:
    """One event an image that the commit had moved; one alone where nothing tells which these were."""
    moved = trailers.read_all(reverted.message) if reverted else ()
    if not moved and (asked.image is None or any(map(asked.image, event.subject.strip('"').split()))):
        yield event
    for landed in moved:
        if _wanted(landed.name, asked):
            yield replace(event, image=landed.name, old=landed.new, new=landed.old)


def _wanted(name: str, asked: Asked) -> bool:
    return asked.image is None or asked.image(name)


def _brought_in(trail: Trail, merge: Said, known: dict[str, CommitObject]) -> frozenset[Landed]:
    """What the commits say that a merge with words of ours brings in, so far as they are near."""
    if len(merge.parents) < 2 or trailers.IMAGE not in merge.message:
        return frozenset()
    found: set[Landed] = set()
    side: Iterable[str] = merge.parents[1:]
    for _ in range(_DEEP):
        commits = [known[oid] for oid in side if oid in known]
        found.update(landed for commit in commits for landed in trailers.read_all(commit.message))
        side = [oid for commit in commits for oid in commit.parents[:1] if oid != merge.parents[0]]
        if found or not side:
            break
        known |= trail.objects(set(side) - known.keys())
    return frozenset(found)
