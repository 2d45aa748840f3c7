"""Dates as registries write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tagwright.registries.documents import moment


@pytest.mark.parametrize(
    "said",
    [
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:60Z",
        253_402_300_799,
    ],
)
def test_a_date_beyond_the_calendar_is_none(said: str | int) -> None:
    """Every date that is one can be told in UTC, and has an age; a publisher writes what he likes."""
    assert moment(said) is None


@pytest.mark.parametrize("said", ["8999-12-31T23:59:59-14:00", "0002-01-01T00:00:00Z", "2026-01-02T03:04:05+14:00"])
def test_a_date_within_it_is_kept_as_it_was_told(said: str) -> None:
    """With the zone that the publisher gave."""
    assert moment(said) == datetime.fromisoformat(said)


def test_a_date_without_a_zone_is_in_utc() -> None:
    """As registries mean it."""
    assert moment("2026-01-02T03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
