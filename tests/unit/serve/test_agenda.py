"""What is looked at next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tagwright.model import Service
from tagwright.serve.agenda import AGAIN, MOST_IN_A_ROW, SETTLING
from tagwright.serve.timetable import Timetable
from tests.support.agendas import START, Desk

API, WEB, DB = "ghcr.io/acme/api", "ghcr.io/acme/web", "docker.io/library/postgres"
ONLY_API, ONLY_WEB, BOTH = frozenset({API}), frozenset({WEB}), frozenset({API, WEB})


@pytest.fixture
def desk() -> Desk:
    """Two targets after their first round: one uses api and web, the other api."""
    desk = Desk(["one", "two"])
    desk.settled(one=[API, WEB], two=[API])
    return desk


def test_the_first_round_looks_at_everything() -> None:
    """At once, whole, and once."""
    desk = Desk(["one", "two"])
    assert [(errand.target.name, errand.whole, errand.round) for errand in desk.passes()] == [
        ("one", True, 1),
        ("two", True, 1),
    ]
    assert desk.passes() == []


def test_a_round_follows_after_each_interval(desk: Desk) -> None:
    """Later by the jitter, and not before."""
    desk.waits(minutes=60)
    assert desk.passes() == []
    desk.waits(minutes=3)
    assert [errand.round for errand in desk.passes()] == [2, 2]
    desk.waits(minutes=62)
    assert desk.passes() == []
    desk.waits(minutes=1)
    assert [errand.round for errand in desk.passes()] == [3, 3]


def test_a_hint_is_for_the_targets_that_use_the_image(desk: Desk) -> None:
    """And for nothing else of them than that image."""
    assert desk.agenda.hint([WEB]) == 1
    desk.waits(seconds=1)
    (errand,) = desk.passes()
    assert (errand.target.name, errand.hinted, errand.whole, errand.round) == ("one", ONLY_WEB, False, 0)
    assert errand.told == START


def test_a_hint_about_what_nobody_uses_is_nothing(desk: Desk) -> None:
    """No target is looked at for it, and it does not stay in memory."""
    assert desk.agenda.hint([DB]) == 0
    desk.waits(seconds=1)
    assert desk.passes() == []
    assert desk.agenda.state()["images"] == 0


def test_a_burst_is_one_errand(desk: Desk) -> None:
    """Hints come together until the first is old enough; later ones do not put it off."""
    for _ in range(100):
        desk.agenda.hint([API])
        desk.agenda.hint([WEB])
        assert desk.passes() == []
    desk.waits(seconds=SETTLING.total_seconds() * 0.9)
    desk.agenda.hint([WEB])
    desk.waits(seconds=SETTLING.total_seconds() * 0.2)
    assert {errand.target.name: errand.hinted for errand in desk.passes()} == {"one": BOTH, "two": ONLY_API}
    assert desk.agenda.state()["images"] == 0


def test_a_burst_is_as_old_as_its_first_and_is_asked_for_after_its_last(desk: Desk) -> None:
    """Whoever came first waits longest, and nothing that was read before the last one came will do."""
    desk.agenda.hint([WEB])
    desk.waits(milliseconds=150)
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    (errand,) = desk.passes()
    assert errand.told == START
    assert errand.since == START + timedelta(milliseconds=150)


def test_one_pass_over_a_target_at_a_time(desk: Desk) -> None:
    """What is told while it runs waits for the end, and is not lost."""
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    first = desk.agenda.ready()
    assert first
    desk.agenda.hint([WEB])
    desk.waits(seconds=5)
    assert desk.agenda.ready() is None
    desk.agenda.done(first)
    second = desk.agenda.ready()
    assert second
    assert second.hinted == ONLY_WEB


def test_hints_go_before_a_round() -> None:
    """A round of many targets does not keep a build waiting."""
    desk = Desk([str(number) for number in range(10)])
    desk.settled(**{"7": [API]})
    desk.waits(hours=2)
    assert desk.agenda.ready()
    desk.agenda.hint([API])
    desk.waits(seconds=1)
    first = desk.agenda.ready()
    assert first
    assert (first.target.name, first.told is not None) == ("7", True)


def test_hints_that_never_end_do_not_keep_a_round_waiting() -> None:
    """One target of it has its turn after so many of theirs."""
    desk = Desk([str(number) for number in range(10)])
    desk.settled(**{"7": [API]})
    desk.waits(hours=2)
    looked = []
    for _ in range(2 * (MOST_IN_A_ROW + 1)):
        desk.agenda.hint([API])
        desk.waits(seconds=1)
        errand = desk.agenda.ready()
        assert errand
        desk.agenda.done(errand, [API])
        looked.append(errand.target.name)
    assert len(set(looked)) == 3
    assert looked.count("7") == 2 * MOST_IN_A_ROW


def test_a_hint_joins_a_round_that_waits_and_does_not_narrow_it(desk: Desk) -> None:
    """The target is looked at whole, once."""
    desk.waits(hours=2)
    assert desk.agenda.ready()  # begins the round, and keeps one of the two
    desk.agenda.hint([API, WEB])
    desk.waits(seconds=1)
    errand = desk.agenda.ready()
    assert errand
    assert (API in errand.hinted, errand.whole, errand.round) == (True, True, 2)


def test_what_led_to_nothing_is_looked_at_once_more(desk: Desk) -> None:
    """Registries tell of a tag before they list it. Once, not for ever; and not where something was delivered."""
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    desk.passes(delivered=False)
    desk.waits(seconds=AGAIN.total_seconds() - 1)
    assert desk.passes() == []
    desk.waits(seconds=2)
    (again,) = desk.passes(delivered=False)
    assert (again.hinted, again.told, again.again) == (ONLY_WEB, START, True)
    desk.waits(seconds=600)
    assert desk.passes() == []


def test_what_others_led_to_is_no_answer_for_an_image(desk: Desk) -> None:
    """Of two that were told of, one was delivered: the other is looked at once more, alone."""
    desk.agenda.hint([WEB, API])
    desk.waits(seconds=1)
    while errand := desk.agenda.ready():
        desk.agenda.done(errand, [API])
    desk.waits(seconds=AGAIN.total_seconds() + 1)
    assert [(one.target.name, one.hinted) for one in desk.passes()] == [("one", ONLY_WEB)]


def test_a_hint_that_came_with_a_round_is_looked_at_once_more_too(desk: Desk) -> None:
    """The round may have been there before the tag was."""
    desk.waits(hours=2)
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    assert len(desk.passes(delivered=False)) == 2
    desk.waits(seconds=AGAIN.total_seconds() + 1)
    assert [(one.target.name, one.hinted, one.whole) for one in desk.passes()] == [("one", ONLY_WEB, False)]


def test_a_hint_while_another_waits_for_its_second_look_is_not_kept_waiting(desk: Desk) -> None:
    """It is looked at as soon as any other, with what waited."""
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    desk.passes(delivered=False)
    desk.waits(seconds=1)
    desk.agenda.hint([API])
    desk.waits(seconds=SETTLING.total_seconds() * 0.9)
    desk.agenda.hint([API])  # no more than the first does this one put it off
    desk.waits(seconds=SETTLING.total_seconds() * 0.2)
    one, two = sorted(desk.passes(delivered=True), key=lambda errand: errand.target.name)
    assert (one.hinted, two.hinted) == (BOTH, ONLY_API)
    assert (one.again, one.told) == (False, START)
    desk.waits(seconds=600)
    assert desk.passes() == []


def test_a_hint_during_the_very_first_pass_is_kept() -> None:
    """What a target uses is not known yet, and the pass may have asked before the tag was there."""
    desk = Desk(["one"])
    first = desk.agenda.ready()
    assert first
    assert desk.agenda.hint([API]) == 1
    desk.agenda.uses("one", [API])
    desk.agenda.done(first)
    desk.waits(seconds=1)
    (errand,) = desk.passes()
    assert errand.hinted == ONLY_API


def test_a_hint_during_the_very_first_pass_is_kept_where_others_use_the_image(desk: Desk) -> None:
    """That they do says nothing of the one that is new."""
    three = replace(desk.targets[0], name="three")
    desk.agenda.change([*desk.targets, three], Timetable(Service()))
    desk.waits(seconds=1)
    first = desk.agenda.ready()
    assert first
    assert first.target == three
    assert desk.agenda.hint([API]) == 3


def test_a_target_that_comes_back_is_new(desk: Desk) -> None:
    """What it used is no longer known."""
    one, two = desk.targets
    for targets in ([two], [one, two]):
        desk.agenda.change(targets, Timetable(Service()))
    desk.waits(seconds=1)
    first = desk.agenda.ready()
    assert first
    assert first.target == one
    assert desk.agenda.hint([DB]) == 1


def test_too_many_waiting_images_become_one_look_at_everything() -> None:
    """So that what waits stays bounded."""
    desk = Desk(["one", "two"], most=100)
    images = [f"ghcr.io/acme/{number}" for number in range(101)]
    desk.settled(one=images, two=[WEB])
    desk.agenda.hint(images[:100])
    assert desk.agenda.state() == {"waiting": 1, "running": 0, "images": 100, "late": 0.0}
    desk.agenda.hint(images[100:])
    assert desk.agenda.state() == {"waiting": 2, "running": 0, "images": 0, "late": 0.0}
    desk.waits(seconds=1)
    assert [(errand.target.name, errand.whole, errand.hinted) for errand in desk.passes()] == [
        ("one", True, frozenset()),
        ("two", True, frozenset()),
    ]


def test_a_target_can_be_named_itself(desk: Desk) -> None:
    """Together with what else waits for it; an unknown target is nobody's."""
    desk.agenda.hint([WEB])
    assert desk.agenda.due(["one", "other"]) == 1
    desk.waits(seconds=1)
    (errand,) = desk.passes()
    assert (errand.target.name, errand.hinted, errand.whole) == ("one", ONLY_WEB, False)


def test_a_target_is_looked_at_when_its_wait_is_over(desk: Desk) -> None:
    """At the first moment to come, once; what is told later takes the place of what was told before."""
    desk.agenda.wake("one", [START - timedelta(days=1), START + timedelta(minutes=9), START + timedelta(minutes=5)])
    desk.waits(minutes=4, seconds=59)
    assert desk.passes() == []
    desk.waits(seconds=1)
    assert desk.passes() == []  # a moment for others of the same kind
    desk.waits(seconds=1)
    assert [(one.target.name, one.whole, one.hinted) for one in desk.passes()] == [("one", False, frozenset())]
    desk.waits(minutes=20)
    assert desk.passes() == []


def test_a_wait_that_is_off_wakes_nobody(desk: Desk) -> None:
    """Nor one of a target that is gone."""
    for name in ("one", "two"):
        desk.agenda.wake(name, [START + timedelta(minutes=5)])
    desk.agenda.wake("one", [])
    desk.agenda.change(desk.targets[:1], Timetable(Service(interval=timedelta(hours=1)), lambda: 0.5))
    desk.waits(minutes=6)
    assert desk.passes() == []


def test_the_last_of_a_round_is_told(desk: Desk) -> None:
    """What the round remembered can go then; hints are of no round."""
    desk.waits(hours=2)
    one, two = desk.agenda.ready(), desk.agenda.ready()
    assert one
    assert two
    assert not desk.agenda.done(one)
    desk.agenda.hint([API])
    assert desk.agenda.done(two)
    desk.waits(seconds=1)
    hinted = desk.agenda.ready()
    assert hinted
    assert not desk.agenda.done(hinted)


def test_a_round_that_is_overtaken_goes_on_as_the_next(desk: Desk) -> None:
    """A slow round does not pile up: each target waits once, and its old round ends."""
    desk.waits(hours=2)
    slow = desk.agenda.ready()
    assert slow
    desk.waits(hours=2)
    other = desk.agenda.ready()
    assert other
    assert (slow.round, other.round) == (2, 3)
    assert desk.agenda.done(slow) == (2,)
    assert not desk.agenda.done(other)
    assert [errand.round for errand in desk.passes()] == [3]


def test_a_round_that_is_overtaken_before_it_began_ends_too(desk: Desk) -> None:
    """While all are busy, and however it ends, so that what it remembers can go."""
    desk.waits(hours=2)
    (first, second) = desk.agenda.ready(), desk.agenda.ready()
    assert first
    assert second
    desk.agenda.done(first)
    desk.agenda.due(["one"])
    desk.waits(hours=2)
    busy = desk.agenda.ready()  # round 3 has begun, and two waits for its turn in it
    assert busy
    desk.waits(hours=2)
    assert desk.agenda.ready() is None  # round 4 has begun
    assert desk.agenda.done(second) == (2,)
    assert desk.agenda.done(busy) == (3,)
    one, two = desk.agenda.ready(), desk.agenda.ready()
    assert one
    assert two
    desk.agenda.change([], Timetable(Service()))
    assert desk.agenda.done(one) == ()
    assert desk.agenda.done(two) == (4,)


def test_a_round_whose_last_targets_go_ends_too(desk: Desk) -> None:
    """Who ended before is told of it later."""
    desk.waits(hours=2)
    one = desk.agenda.ready()
    assert one
    desk.agenda.due(["one"])
    assert desk.agenda.done(one) == ()
    desk.agenda.change(desk.targets[:1], Timetable(Service()))
    desk.waits(seconds=1)
    again = desk.agenda.ready()
    assert again
    assert again.round == 0
    assert desk.agenda.done(again) == (2,)


def test_a_clock_that_is_set_back_keeps_nothing_waiting(desk: Desk) -> None:
    """Neither what was told nor the next round."""
    desk.agenda.hint([WEB])
    desk.waits(days=-365)
    assert desk.passes() == []
    desk.waits(seconds=1)
    assert [errand.hinted for errand in desk.passes()] == [ONLY_WEB]
    desk.waits(minutes=62)
    assert desk.passes() == []
    desk.waits(minutes=2)
    assert len(desk.passes()) == 2


def test_another_configuration_is_gone_by_at_once(desk: Desk) -> None:
    """What is new or other is due, what is gone is not looked at any longer, the rest is left alone."""
    one, two = desk.targets
    desk.agenda.hint([API])
    three = replace(one, name="three")
    desk.agenda.change([replace(two, branch="next"), three], Timetable(Service()))
    desk.waits(seconds=1)
    assert {(errand.target.name, errand.target.branch, errand.whole) for errand in desk.passes()} == {
        ("two", "next", True),
        ("three", "", True),
    }
    assert desk.agenda.hint([WEB]) == 0
    assert desk.agenda.state() == {"waiting": 0, "running": 0, "images": 0, "late": 0.0}


def test_what_says_nothing_of_times_puts_no_round_off(desk: Desk) -> None:
    """However often it changes."""
    for minute in range(7):
        desk.agenda.change(desk.targets, Timetable(Service(interval=timedelta(hours=1), url=f"https://{minute}")))
        desk.waits(minutes=10)
    assert len(desk.passes()) == 2
    desk.agenda.change(desk.targets, Timetable(Service(interval=timedelta(minutes=1), jitter=timedelta())))
    desk.waits(minutes=1)
    assert len(desk.passes()) == 2


def test_a_target_that_goes_while_it_runs_is_not_missed(desk: Desk) -> None:
    """Its end is nobody's business any longer."""
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    errand = desk.agenda.ready()
    assert errand
    desk.agenda.change(desk.targets[1:], Timetable(Service()))
    desk.agenda.uses("one", [WEB])
    desk.agenda.done(errand)
    desk.waits(seconds=60)
    assert [one.target.name for one in desk.passes() if one.target.name == "one"] == []
    assert desk.agenda.hint([WEB]) == 0


def test_nothing_is_taken_after_the_end(desk: Desk) -> None:
    """Whoever waits for an errand gets none."""
    desk.agenda.hint([WEB])
    desk.waits(seconds=1)
    desk.agenda.stop()
    assert desk.agenda.take() is None
    assert desk.agenda.ready() is None


@pytest.mark.parametrize(
    ("schedule", "zone", "now", "then"),
    [
        ("*/10 * * * *", "UTC", (5, 1, 12, 0), (5, 1, 12, 10)),
        ("0 6 * * *", "Europe/Berlin", (5, 1, 12, 0), (5, 2, 4, 0)),
        ("0 6 * * 1-5", "UTC", (5, 2, 12, 0), (5, 5, 6, 0)),
    ],
)
def test_a_schedule_is_read_on_its_own_clock(
    schedule: str, zone: str, now: tuple[int, ...], then: tuple[int, ...]
) -> None:
    """As cron has it, in the time zone it names."""
    service = Service(schedule=(schedule,), timezone=zone, jitter=timedelta(0))
    month, day, hour, minute = now
    begun = datetime(2031, month, day, hour, minute, tzinfo=UTC)
    month, day, hour, minute = then
    assert Timetable(service).after(begun) == datetime(2031, month, day, hour, minute, tzinfo=UTC)


def test_no_minute_is_left_out_where_the_clock_goes_back() -> None:
    """A quarter past two comes again after a quarter to three."""
    service = Service(schedule=("45 * * * *", "15 * * * *"), timezone="Europe/Berlin")
    found, until = [datetime(2031, 10, 26, tzinfo=UTC)], datetime(2031, 10, 26, 3, tzinfo=UTC)
    while found[-1] < until:
        found.append(Timetable(service, lambda: 0.0).after(found[-1]))
    assert {later - one for one, later in pairwise(found[1:])} == {timedelta(minutes=30)}


def test_jitter_puts_off_and_never_hastens() -> None:
    """By up to as much as is said."""
    service = Service(interval=timedelta(minutes=10), jitter=timedelta(minutes=2))
    found = {Timetable(service).after(START) for _ in range(50)}
    assert len(found) > 1
    assert all(timedelta(minutes=10) <= when - START <= timedelta(minutes=12) for when in found)
