"""When updates may be written: schedules, freezes, and the next opening.

An expression of cron is read as a window, not as an alarm: it names minutes of a wall clock. So the hour that is
left out in spring is nobody's, and the hour that comes twice in autumn is open twice. Within an expression the
rules are cron's own (cronsim follows Debian's): when neither day of the month nor day of the week begins with a
star, either will do; `L`, `LW`, `MON#2`, `5L` and names are known.

A day is a number of 1440 bits, one for each minute in UTC. That makes the next opening exact for any number of
schedules in any time zones, and the search for it 366 steps long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from tagwright.model import Decision, Freeze, Reason, Ruling, Schedule, Verdict, Windows

if TYPE_CHECKING:
    from cronsim import CronSim

HORIZON = 366
"""Days in which an opening is looked for."""

_MINUTES = 1440
_WHOLE_DAY = (1 << _MINUTES) - 1
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_REMEMBERED = 1024


def joined(windows: Iterable[Windows]) -> Windows:
    """All windows at once: an update must be inside each of them."""
    every = tuple(windows)
    return Windows(
        tuple(dict.fromkeys(chain.from_iterable(one.schedules for one in every))),
        tuple(dict.fromkeys(chain.from_iterable(one.freezes for one in every))),
    )


def gated(decision: Decision, now: datetime) -> Decision:
    """The decision as it is; or, where it would write outside its windows, as one that waits for the next opening."""
    windows = decision.ruled.windows
    if decision.verdict is not Verdict.UPDATE or windows == Windows():
        return decision
    opens = opening(windows, now)
    if opens == now:
        return decision
    why = _why(windows, now)
    what = f"{decision.chosen} waits, {why}"
    return replace(
        decision,
        verdict=Verdict.PENDING,
        new=None,
        awaited=decision.new,
        detail=f"{what} until {_spelled(opens, windows)}" if opens else f"{what}; no opening within a year",
        opening=opens,
        rulings=lambda: tuple(_frozen(ruling, why, opens) for ruling in decision.rulings()),
    )


def _frozen(ruling: Ruling, why: str, opens: datetime | None) -> Ruling:
    return Ruling(ruling.tag, Reason.FROZEN, why, opens) if ruling.reason is None else ruling


def _why(windows: Windows, now: datetime) -> str:
    frozen = next((freeze for freeze in windows.freezes if freeze.start <= now < freeze.until), None)
    if frozen is None:
        return "outside the schedule"
    return f"frozen ({frozen.reason})" if frozen.reason else "frozen"


def _spelled(moment: datetime, windows: Windows) -> str:
    """As the wall clock of the first schedule shows it, with its distance from UTC."""
    local = moment.astimezone(_zone(windows.schedules[0].timezone if windows.schedules else ""))
    return f"{local:%a %Y-%m-%d %H:%M} {local.isoformat()[-6:]}"


# ── the next opening ─────────────────────────────────────────────────────────


@lru_cache(_REMEMBERED)
def opening(windows: Windows, after: datetime) -> datetime | None:
    """The first moment from `after` on (that one included) inside all windows; None without one in a year."""
    start = after.astimezone(UTC)
    minute = start.hour * 60 + start.minute
    try:
        for day in (start.date() + _DAY * number for number in range(HORIZON + 1)):
            minutes = _open(windows, day) >> minute << minute
            if minutes:
                first = (minutes & -minutes).bit_length() - 1
                return max(_midnight(day) + _MINUTE * first, start)
            minute = 0
    except OverflowError:  # the calendar ends with the year 9999
        pass
    return None


def _open(windows: Windows, day: date) -> int:
    """The minutes of a day in UTC that are inside all windows."""
    minutes = _WHOLE_DAY
    for schedule in windows.schedules:
        minutes &= _in_utc(schedule, day)
    for freeze in windows.freezes:
        minutes &= ~_within(freeze, _midnight(day))
    return minutes


def _within(freeze: Freeze, midnight: datetime) -> int:
    """The minutes of the day that begins at `midnight` that a freeze takes."""
    first, end = (min(max((one - midnight) // _MINUTE, 0), _MINUTES) for one in (freeze.start, freeze.until))
    return (1 << end) - 1 & -(1 << first)


@lru_cache(_REMEMBERED)
def _in_utc(schedule: Schedule, day: date) -> int:
    """A schedule's open minutes of a day in UTC: those of three local days, moved by the zone's distance.

    On a day when the clock is changed the distance is one before the change and another after it.
    """
    zone, midnight = _zone(schedule.timezone), _midnight(day)
    three = sum(_local(schedule, day + _DAY * (number - 1)) << _MINUTES * number for number in range(3))

    def distance(minute: int) -> int:
        offset = (midnight + _MINUTE * minute).astimezone(zone).utcoffset()
        return (offset or timedelta()) // _MINUTE

    before, after = distance(0), distance(_MINUTES - 1)
    moved = three >> _MINUTES + before & _WHOLE_DAY
    if before == after:
        return moved
    change = (1 << _change(distance, before)) - 1
    return moved & change | three >> _MINUTES + after & _WHOLE_DAY & ~change


def _change(distance: Callable[[int], int], before: int) -> int:
    """The first minute of a day whose distance from UTC is not the one before; a day has one change at most."""
    low, high = 0, _MINUTES - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if distance(middle) == before else (low, middle)
    return high


def _local(schedule: Schedule, day: date) -> int:
    """A schedule's open minutes of a day on its own wall clock."""
    minutes = 0 if schedule.allow else _WHOLE_DAY
    for expression in schedule.allow:
        minutes |= _named(expression, day)
    for expression in schedule.deny:
        minutes &= ~_named(expression, day)
    return minutes


def _named(expression: str, day: date) -> int:
    """The minutes of a day that an expression names."""
    cron, minutes = _read(expression)
    return minutes if day.month in cron.months and cron.match_day(day) else 0


@lru_cache(_REMEMBERED)
def _read(expression: str) -> tuple[CronSim, int]:
    """An expression, and the minutes of a day of its own. Raises CronSimError."""
    from cronsim import CronSim

    cron = CronSim(expression, datetime(2000, 1, 1))
    minutes = sum(1 << minute for minute in cron.minutes)
    return cron, sum(minutes << 60 * hour for hour in cron.hours)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


@lru_cache(_REMEMBERED)
def _zone(name: str) -> tzinfo:
    """Raises ValueError, KeyError or OSError for a name of no zone."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(name) if name else UTC


# ── what may be configured ───────────────────────────────────────────────────


def expression_mistake(text: str) -> str:
    """What is wrong with an expression, "" for a good one."""
    if len(text.split()) != 5 or len(text) > 200:
        return "it has five fields: minute, hour, day of the month, month, day of the week"
    from cronsim import CronSimError

    try:
        _read(text)
    except CronSimError as error:
        return str(error)[:1].lower() + str(error)[1:]
    except (AssertionError, TypeError, ValueError):  # steps of L and #, which the library does not expect
        return "a field cannot be read"
    return ""


def is_zone(name: str) -> bool:
    """Whether there is such a time zone."""
    try:
        _zone(name)
    except (ValueError, KeyError, OSError):
        return False
    return bool(name)


def in_zone(freeze: Freeze, name: str) -> Freeze:
    """The freeze with its moments in UTC; those without a zone are of the wall clock of this one."""
    zone = _zone(name)

    def placed(moment: datetime) -> datetime:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)

    return replace(freeze, start=placed(freeze.start), until=placed(freeze.until))
