"""References as rows: all of them, those that were asked for, and in which order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from tagwright.errors import Problem
from tagwright.model import Event, Happened, ImageStatus, State, TargetStatus
from tagwright.views.page import times
from tagwright.views.page.asked import PAGE, Query

WORST_FIRST = (State.FAILING, State.OUTDATED, State.PENDING, State.HELD, State.UNMANAGED, State.CURRENT)
_RANK = {state: rank for rank, state in enumerate(WORST_FIRST)}
_LONG_AGO = timedelta(days=400_000)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is shown: what passes left of targets, the names of those that none looked at yet, and the time it is."""

    targets: tuple[TargetStatus, ...]
    now: datetime
    waiting: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every reference of every target."""
        return tuple(Row(target, image, self.now) for target in self.targets for image in target.images)


@dataclass(frozen=True, slots=True)
class Row:
    """One reference of one target."""

    target: TargetStatus
    image: ImageStatus
    now: datetime

    @property
    def lag(self) -> timedelta | None:
        """How long something newer might have stood here by now; None where nothing might."""
        since = self.image.behind_since
        return None if since is None else max(self.now - since, timedelta())

    @property
    def problem(self) -> Problem | None:
        """What went wrong with it, with what to try, where the pass told that."""
        found = (one for one in self.target.problems if one.message == self.image.detail)
        return next(found, None) if self.image.state is State.FAILING else None

    @property
    def place(self) -> str:
        """Where it stands in its target."""
        return f"{self.image.path}:{self.image.line}"


@dataclass(frozen=True, slots=True)
class Cut:
    """One page of things: those on it, which number the first has (from 1), and how many there are in all."""

    shown: tuple[Any, ...]
    first: int
    total: int
    page: int
    pages: int

    @property
    def last(self) -> int:
        """Which number the last has."""
        return self.first + len(self.shown) - 1


def cut(found: Sequence[Any], page: int) -> Cut:
    """The page asked for; the last one where there are not so many."""
    pages = max(1, -(-len(found) // PAGE))
    page = min(page, pages)
    first = (page - 1) * PAGE
    return Cut(tuple(found[first : first + PAGE]), first + 1, len(found), page, pages)


def asked_for(rows: Iterable[Row], query: Query, changes: Changes) -> list[Row]:
    """The rows that a query asks for, in its order."""
    words = query.q.casefold().split()
    names = query.target.casefold()
    found = [
        row
        for row in rows
        if (not query.state or row.image.state == query.state)
        and (not names or names in row.target.name.casefold())
        and (not words or _has(row, words))
    ]
    found.sort(key=lambda row: (row.image.image, row.target.name, row.image.path, row.image.line))
    found.sort(key=_ORDERS[query.column](changes), reverse=query.backwards)
    return found


def counts(rows: Iterable[Row]) -> Counter[State]:
    """How many references there are of each state."""
    return Counter(row.image.state for row in rows)


def _has(row: Row, words: list[str]) -> bool:
    one = row.image
    said = (row.target.name, one.image, one.path, one.current, one.allowed, one.newest, one.policy, one.detail)
    text = "\n".join(said).casefold()
    return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class Changes:
    """The last update of an image in a target, as its history tells; a target's history is read through once."""

    _known: dict[int, dict[str, Event]] = field(default_factory=dict)

    def of(self, row: Row) -> Event | None:
        """The event; None where the history tells of none."""
        key = id(row.target)
        if key not in self._known:
            events = (one for one in reversed(row.target.events) if one.kind is not Happened.RESUME and one.image)
            self._known[key] = {one.image: one for one in events}
        return self._known[key].get(row.image.image)


_Key = Callable[[Row], Any]

_ORDERS: dict[str, Callable[[Changes], _Key]] = {
    "state": lambda _: lambda row: (_RANK[row.image.state], -(row.lag or timedelta())),
    "image": lambda _: lambda row: row.image.image,
    "target": lambda _: lambda row: row.target.name,
    "lag": lambda _: lambda row: -(row.lag if row.lag is not None else -_LONG_AGO),
    "changed": lambda changes: lambda row: -_when(changes.of(row)),
}


def _when(event: Event | None) -> float:
    moment = times.said(event.when) if event else None
    return moment.timestamp() if moment else 0.0


def history(targets: Iterable[TargetStatus], image: str = "") -> list[tuple[TargetStatus, Event]]:
    """The events of targets, newest first; those of one image alone, and what was said of all."""
    told = chain.from_iterable(((target, event) for event in target.events) for target in targets)
    wanted = ((target, event) for target, event in told if not image or event.image in (image, "*"))
    return sorted(wanted, key=lambda one: one[1].when, reverse=True)
