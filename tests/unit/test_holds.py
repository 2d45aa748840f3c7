"""Holds: how long, which of several, and what is told of one that has ended."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tagwright import holds
from tagwright.config import loading, rules
from tagwright.errors import ConfigError
from tagwright.image import Image
from tagwright.model import Hold, Marker, Reference, Target

DAY = date(2026, 12, 1)
MORNING = datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("until", "now", "active"),
    [
        (None, datetime.max.replace(tzinfo=UTC), True),
        (DAY, datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), True),
        (DAY, datetime(2026, 12, 1, tzinfo=UTC), False),
        (DAY, datetime(2026, 12, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), True),  # 23:30 in UTC
        (MORNING, datetime(2026, 12, 1, 7, 59, tzinfo=UTC), True),
        (MORNING, MORNING, False),
    ],
)
def test_a_hold_ends_with_the_moment_it_names(until: date | None, now: datetime, active: bool) -> None:
    """A day begins in UTC."""
    assert holds.is_active(Hold("", until), now) is active


def test_of_several_holds_the_one_that_lasts_longest_counts() -> None:
    """So the answer is that of any of them, and the end that is shown is the true one."""
    short, long, ever = Hold("short", DAY), Hold("long", MORNING), Hold("ever")
    assert holds.longest([short, None, long]) == long
    assert holds.longest([ever, long, Hold("also ever")]) == ever
    assert holds.longest([None]) is None


OWN = b"""
holds:
  - {images: [redis], reason: own, until: 2030-01-01}
  - {files: [prod/**], reason: all of prod}
"""


def held(name: str, path: str, marker: Marker | None = None) -> Hold | None:
    """The hold of a reference in a repository that has its own."""
    seen = Reference(path, 7, 1, (0, 0), "kubernetes", "image", Image(name, "1.0.0"), name, (), marker)
    return rules.rule_for(seen, loading.merge_repository(Target(""), OWN), {}).hold


def test_a_hold_is_matched_as_rules_are() -> None:
    """By images as Docker names them, and by files."""
    assert held("docker.io/library/redis", "a.yaml") == Hold("own", date(2030, 1, 1), ".tagwright.yaml:3")
    assert held("redis", "prod/a.yaml") == Hold("all of prod", None, ".tagwright.yaml:4")
    assert held("nginx", "a.yaml") is None
    assert held("", "prod/a.yaml") is None  # a tag alone, whose image nothing says, is nobody's


@pytest.mark.parametrize(("until", "source"), [("2029-01-01", ".tagwright.yaml:3"), ("2031-01-01T08:00", "a.yaml:7")])
def test_a_hold_beside_the_value_counts_with_the_others(until: str, source: str) -> None:
    """Whichever lasts longer."""
    marker = Marker("tagwright", 7, "", settings=(("hold", ""), ("until", until)))
    found = held("redis", "a.yaml", marker)
    assert found
    assert found.source == source


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("holds: [{reason: x}]", "says neither images nor files"),
        ("holds: [{images: [redis], untill: 2030-01-01}]", "holds[0].untill: unknown key"),
        ("holds: [{images: [redis], until: soon}]", "holds[0].until: got 'soon', expected a date such as 2030-12-31"),
    ],
)
def test_a_hold_that_cannot_be_is_a_mistake(text: str, said: str) -> None:
    """Which says where."""
    with pytest.raises(ConfigError, match=said.replace("[", r"\[")):
        loading.merge_repository(Target(""), text.encode())
