"""Schedules, freezes and the next opening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwright import windows
from tagwright.image import parse
from tagwright.model import (
    Decision,
    Freeze,
    Part,
    Reason,
    Reference,
    Ruled,
    Ruling,
    Schedule,
    Slot,
    Verdict,
    Windows,
)

OFFICE = Schedule(("* 8-16 * * 1-5",), timezone="Europe/Berlin")


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def schedule(*allow: str, deny: tuple[str, ...] = (), zone: str = "UTC") -> Windows:
    return Windows((Schedule(allow, deny, zone),))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-20 16:59", "2026-11-20 16:59"),  # a Friday's last minute
        ("2026-11-20 17:00", "2026-11-23 08:00"),
        ("2026-11-21 12:00", "2026-11-23 08:00"),
        ("2026-11-23 07:59", "2026-11-23 08:00"),
        ("2026-12-31 23:59", "2027-01-01 08:00"),
    ],
)
def test_office_hours_open_and_close_on_the_minute(now: str, opens: str) -> None:
    """Half-open on both ends, on the wall clock of the zone."""
    found = windows.opening(Windows((OFFICE,)), at(now, "Europe/Berlin"))
    assert found == at(opens, "Europe/Berlin")


def test_an_open_window_opens_now_to_the_second() -> None:
    """What is open is open at once, not at the next minute."""
    now = at("2026-11-20 12:00:31.5")
    assert windows.opening(schedule("* 12 * * *"), now) == now
    assert windows.opening(Windows(), now) == now


@pytest.mark.parametrize(
    ("now", "expression", "opens"),
    [
        # On 29 March 2026 Berlin goes from 02:00 +01:00 to 03:00 +02:00: 02:30 is no minute of that day.
        ("2026-03-29 00:30+00:00", "30 2 * * *", "2026-03-30 00:30+00:00"),
        ("2026-03-29 00:30+00:00", "0 3 * * *", "2026-03-29 01:00+00:00"),
        ("2026-03-28 23:00+00:00", "* 8 * * *", "2026-03-29 06:00+00:00"),
        # On 25 October 2026 it goes from 03:00 +02:00 to 02:00 +01:00: 02:30 comes twice.
        ("2026-10-25 00:00+00:00", "30 2 * * *", "2026-10-25 00:30+00:00"),
        ("2026-10-25 00:31+00:00", "30 2 * * *", "2026-10-25 01:30+00:00"),
        ("2026-10-25 01:31+00:00", "30 2 * * *", "2026-10-26 01:30+00:00"),
        ("2026-10-24 23:00+00:00", "* 8 * * *", "2026-10-25 07:00+00:00"),
    ],
)
def test_the_wall_clock_is_followed_through_its_changes(now: str, expression: str, opens: str) -> None:
    """The hour left out in spring is nobody's; the one that comes twice in autumn is open twice."""
    found = windows.opening(schedule(expression, zone="Europe/Berlin"), datetime.fromisoformat(now))
    assert found == datetime.fromisoformat(opens)


@pytest.mark.parametrize(
    ("expression", "opens"),
    [
        ("0 0 13 * 5", "2026-11-27 00:00"),  # neither begins with a star: the 13th or a Friday
        ("0 0 */1 * 5", "2026-11-27 00:00"),  # one does: both
        ("0 0 L * *", "2026-11-30 00:00"),
        ("0 0 * * MON#1", "2026-12-07 00:00"),
        ("0 0 * JAN sun", "2027-01-03 00:00"),
        ("0 0 29 2 *", None),  # the next is in 2028
    ],
)
def test_days_are_read_as_cron_reads_them(expression: str, opens: str | None) -> None:
    """Names, the last day, the first Monday; either of two days, or both."""
    found = windows.opening(schedule(expression), at("2026-11-21 12:00"))
    assert found == (at(opens) if opens else None)


def test_every_window_must_be_open() -> None:
    """Schedules of two zones, what they deny and a freeze: the first moment that suits all."""
    inside = Windows(
        (OFFICE, Schedule(("* * * * *",), ("* * * * 1",), "America/New_York")),
        (Freeze(at("2026-11-24 00:00"), at("2026-11-25 10:15"), "audit"),),
    )
    # Monday is denied until New York's midnight, which is 05:00 in UTC; then the freeze has begun.
    assert windows.opening(inside, at("2026-11-21 12:00")) == at("2026-11-25 10:15")


def test_windows_that_exclude_each_other_never_open() -> None:
    """The search ends after a year, however finely the windows miss each other."""
    odd, even = Schedule(("1-59/2 * * * *",)), Schedule(("*/2 * * * *",))
    assert windows.opening(Windows((odd, even)), at("2026-11-21 12:00")) is None
    assert windows.opening(Windows((even,)), datetime.max.replace(tzinfo=UTC)) is None  # nor when the calendar does


FIELDS = [("*", "0", "30", "*/7", "15-45"), ("*", "2", "8-16", "22,23,0,1"), ("*", "1", "L", "20-31")]
EXPRESSIONS = st.tuples(*map(st.sampled_from, [*FIELDS, ("*",), ("*", "1-5", "SUN", "6")])).map(" ".join)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(EXPRESSIONS, max_size=2), st.lists(EXPRESSIONS, max_size=1), st.sampled_from(ZONES)),
        min_size=1,
        max_size=2,
    ),
    st.sampled_from(["2026-03-28", "2026-10-24", "2026-11-01", "2026-04-04", "2026-06-30"]),
    st.integers(0, 1439),
)
def test_the_opening_is_the_first_minute_that_a_look_at_each_finds(
    parts: list[tuple[list[str], list[str], str]], day: str, minute: int
) -> None:
    """The same as asking the wall clock minute by minute, also around changes of the clock."""
    inside = Windows(tuple(Schedule(tuple(allow), tuple(deny), zone) for allow, deny, zone in parts))
    now = at(day) + timedelta(minutes=minute)
    minutes = (now + timedelta(minutes=number) for number in range(3 * 1440))
    first = next((one for one in minutes if all(is_open(each, one) for each in inside.schedules)), None)
    found = windows.opening(inside, now)
    assert found == first if first else found is None or found >= now + timedelta(days=3)


def is_open(one: Schedule, now: datetime) -> bool:
    """By the wall clock and cronsim's own fields."""
    from cronsim import CronSim

    local = now.astimezone(ZoneInfo(one.timezone))

    def named(text: str) -> bool:
        cron = CronSim(text, datetime(2000, 1, 1))
        hour = local.minute in cron.minutes and local.hour in cron.hours
        return hour and local.month in cron.months and cron.match_day(local.date())

    return (not one.allow or any(map(named, one.allow))) and not any(map(named, one.deny))


# ── decisions ────────────────────────────────────────────────────────────────


def decision(inside: Windows, verdict: Verdict = Verdict.UPDATE) -> Decision:
    image = parse("app:1.0.0")
    slot = Slot(Part.IMAGE, 0, 9, "app:1.0.0")
    reference = Reference("a.yaml", 1, 1, (0, 9), "kubernetes", "image", image, "app:1.0.0", (slot,))
    ruled = Ruled(None, "rule", image.normalised, windows=inside)
    rulings = (Ruling("1.1.0", None, "is the best that may be taken"), Ruling("1.0.0", Reason.SAME))
    return Decision(reference, ruled, verdict, "1.1.0", parse("app:1.1.0"), rulings=lambda: rulings)


NOW = at("2026-11-21 12:00")


def test_outside_its_schedule_an_update_waits_for_the_opening() -> None:
    """The tag that would be taken, why it is not, and when it will be."""
    found = windows.gated(decision(Windows((OFFICE,))), NOW)
    opens = at("2026-11-23 07:00")
    assert (found.verdict, found.chosen, found.new, found.opening) == (Verdict.PENDING, "1.1.0", None, opens)
    assert found.detail == "1.1.0 waits, outside the schedule until Mon 2026-11-23 08:00 +01:00"
    assert found.rulings() == (
        Ruling("1.1.0", Reason.FROZEN, "outside the schedule", opens),
        Ruling("1.0.0", Reason.SAME),
    )


def test_a_freeze_says_its_reason_and_when_all_windows_are_open_again() -> None:
    """Its end may be outside the schedule: the opening is what counts."""
    freeze = Freeze(at("2026-11-20 00:00"), at("2026-11-22 00:00"), "holidays")
    found = windows.gated(decision(Windows((OFFICE,), (freeze,))), NOW)
    assert found.detail == "1.1.0 waits, frozen (holidays) until Mon 2026-11-23 08:00 +01:00"


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.UPDATE])
def test_only_what_would_be_written_waits(verdict: Verdict) -> None:
    """What is current, held or in error is what it is, whatever the hour."""
    before = decision(Windows((OFFICE,)), verdict)
    assert windows.gated(before, NOW) is before


def test_inside_its_windows_an_update_is_one() -> None:
    """The decision itself, untouched."""
    before = decision(Windows((OFFICE,)))
    assert windows.gated(before, at("2026-11-23 07:00")) is before


# ── what may be configured ───────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["* * * *", "* * * * * *", "61 * * * *", "* * 30 2 *", "* * * * 5L/2", "*/0 * * * *", "", "@daily", "²"]
)
def test_an_expression_that_is_none_is_told(text: str) -> None:
    """Also where the library is taken by surprise."""
    assert windows.expression_mistake(text)


@pytest.mark.parametrize("text", ["* 8-16 * * 1-5", "*/15 * * * mon-fri", "0 0 L * *", "* * LW * *", "* * * * MON#2"])
def test_an_expression_that_is_one_has_no_mistake(text: str) -> None:
    """Names in any case, steps, the last day."""
    assert windows.expression_mistake(text) == ""


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "Europe", "/etc/localtime", "a\0b"])
def test_a_zone_that_is_none_is_told(name: str) -> None:
    """Neither a folder of the database nor a path out of it."""
    assert not windows.is_zone(name)
