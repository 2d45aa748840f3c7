"""Targets as passes leave them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tagwright.errors import Problem
from tagwright.model import Change, Delivered, ImageStatus, State, TargetStatus

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DENIED = Problem("deploy", "git-denied", "the server refuses our credentials", "look at the token")
ENDED = Problem("tagwright.yaml", "hold-expired", "the hold (INC-12) ended 2026-11-20", "take it away", "t.yaml", 9)


def image(
    current: str = "1.0.0", state: State = State.CURRENT, verdict: str = "current", **more: object
) -> ImageStatus:
    """A reference of one image."""
    made = ImageStatus(
        "ghcr.io/acme/api", "api.yaml", 3, current, state, verdict, "", "", "", "", "", "", "", since=NOW
    )
    return replace(made, **more)  # type: ignore[arg-type]


def target(*images: ImageStatus, looked: datetime = NOW, name: str = "deploy", **more: object) -> TargetStatus:
    """A target that a pass left so."""
    made = TargetStatus(name, "https://git.example.com/deploy", "main", "c0ffee", looked, 1.0, images)
    return replace(made, **more)  # type: ignore[arg-type]


def passes(*statuses: TargetStatus) -> list[Change]:
    """They follow one another, a minute apart, failures counted; nothing was known before."""
    found: list[Change] = []
    for number, one in enumerate(statuses):
        before = found[-1].after if found else None
        failures = (before.failures if before else 0) + 1 if one.problems else 0
        after = replace(one, looked=NOW + number * MINUTE, failures=failures)
        found.append(Change(before, after))
    return found


UPDATED = Delivered(
    "all",
    "Update acme/api to 1.1.0",
    "pushed",
    commit="abc123def4567890",
    images=(("ghcr.io/acme/api", "1.0.0", "1.1.0"),),
)
OPENED = replace(UPDATED, outcome="opened", url="https://git.example.com/deploy/pulls/7")
