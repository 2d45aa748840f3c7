"""Waits, and what Retry-After says."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from tagwright.registries.web.patience import Patience, retry_after


@pytest.mark.parametrize(
    ("value", "seconds"), [(None, None), ("", None), ("soon", None), ("-1", None), ("7", 7), (" 0 ", 0), ("1.5", None)]
)
def test_retry_after_in_seconds(value: str | None, seconds: float | None) -> None:
    """Whole seconds (RFC 9110); what cannot be read is not obeyed."""
    assert retry_after(value) == seconds


def test_retry_after_as_a_date() -> None:
    """A date means until then, and a past one means now."""
    soon = retry_after(formatdate(time.time() + 30, usegmt=True))
    assert soon is not None
    assert 28 <= soon <= 30
    assert retry_after("Mon, 01 Jan 2001 00:00:00 GMT") == 0


def test_waits_grow_with_jitter_and_end() -> None:
    """Twice as long each time, between half and all of it; the last try and a spent budget end it."""
    patience = Patience(tries=4, base=1, budget=10)
    waits = [[patience.wait(tried, 0, None) for _ in range(50)] for tried in (1, 2, 3)]
    for n, drawn in enumerate(waits):
        assert all(wait is not None and 2**n / 2 <= wait <= 2**n for wait in drawn)
        assert len(set(drawn)) > 1
    assert patience.wait(4, 0, None) is None
    assert patience.wait(1, 9.8, None) is None


def test_the_servers_wait_is_kept_within_the_budget() -> None:
    """What the server asks for is waited, never less than we would; more than patience has ends it."""
    patience = Patience(tries=4, budget=10)
    assert patience.wait(1, 0, 7.0) == 7.0
    assert patience.wait(1, 4, 7.0) is None
    assert (patience.wait(1, 0, 0.0) or 0) >= 0.25
