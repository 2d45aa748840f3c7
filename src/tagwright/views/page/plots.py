"""Two small plots as columns: how long images have been behind, and how many updates a day saw. Numbers alone: the
template draws them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tagwright.model import Happened, TargetStatus
from tagwright.views.page import times
from tagwright.views.page.rows import Row

WIDTH, HEIGHT = 336, 92
"""Of the columns, in units of the drawing."""

_BOUNDS = ((1, "< 1 d"), (3, "1–3 d"), (7, "3–7 d"), (28, "1–4 w"), (90, "1–3 mo"))
_OLDER = "> 3 mo"


@dataclass(frozen=True, slots=True)
class Column:
    """What it stands for, how many, and where it is drawn."""

    label: str
    count: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Plot:
    """A row of columns; `title` says what it shows, `summary` the same in a sentence. `named`: each has its label."""

    key: str
    title: str
    summary: str
    columns: tuple[Column, ...]
    named: bool

    @property
    def highest(self) -> int:
        """What the highest column stands for."""
        return max((column.count for column in self.columns), default=0)


def lag(rows: Iterable[Row]) -> Plot:
    """How many references have been behind for how long."""
    lags = [row.lag for row in rows if row.lag is not None]
    counted = Counter(map(_bucket, lags))
    labels = [*(label for _, label in _BOUNDS), _OLDER]
    summary = f"{len(lags):,} behind, the longest for {times.lasting(max(lags))}" if lags else "none is behind"
    return Plot("lag", "Release lag", summary, _columns([(label, counted[label]) for label in labels]), named=True)


def _bucket(length: timedelta) -> str:
    return next((label for days, label in _BOUNDS if length < timedelta(days=days)), _OLDER)


def updates(targets: Iterable[TargetStatus], days: int, now: datetime) -> Plot:
    """How many images the commits of each day moved, in UTC."""
    counted = Counter(event.when[:10] for target in targets for event in target.events if event.kind is Happened.UPDATE)
    dates = [f"{now - timedelta(days=back):%Y-%m-%d}" for back in reversed(range(days))]
    total = sum(counted[date] for date in dates)
    summary = f"{total:,} in {days} days"
    return Plot("updates", "Updates per day", summary, _columns([(date, counted[date]) for date in dates]), named=False)


def _columns(counted: list[tuple[str, int]]) -> tuple[Column, ...]:
    most = max((count for _, count in counted), default=0) or 1
    step = WIDTH / len(counted)
    gap = min(6.0, step * 0.25)
    drawn = ((label, count, count / most * HEIGHT) for label, count in counted)
    return tuple(
        Column(
            label, count, round(at * step + gap / 2, 1), round(HEIGHT - high, 1), round(step - gap, 1), round(high, 1)
        )
        for at, (label, count, high) in enumerate(drawn)
    )
