"""How targets stand, as samples of gauges: made anew whenever somebody asks, of the targets that are known then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from statistics import median

from tagwright.model import ImageStatus, Outcome, State, TargetStatus

MOST_TARGETS = 500
OTHER = "other"

Sample = tuple[str, tuple[str, ...], float]
"""A metric's name, the values of its labels, and its value."""

_OPEN = (Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED)
_BEHIND = (State.OUTDATED, State.PENDING, State.HELD, State.FAILING)
_TOGETHER: dict[str, Callable[[Iterable[float]], float]] = {
    "images": sum,
    "pull_requests": sum,
    "last_run_timestamp_seconds": min,
    "last_success_timestamp_seconds": min,
}
"""What the targets beyond the bound come to together; of the others the largest counts."""


def samples(known: Iterable[TargetStatus], now: datetime) -> Iterator[Sample]:
    """Everything there is to say of these targets."""
    targets = sorted(known, key=lambda one: one.name)
    yield "targets", (), len(targets)
    for gate, count in sorted(Counter(gate for one in targets for gate in _gates(one)).items()):
        yield "candidate_pending", (gate,), count
    for one in targets[:MOST_TARGETS]:
        yield from _of_target(one, one.name, now)
    rest: dict[tuple[str, tuple[str, ...]], list[float]] = {}
    for one in targets[MOST_TARGETS:]:
        for name, labels, value in _of_target(one, OTHER, now):
            rest.setdefault((name, labels), []).append(value)
    for (name, labels), values in rest.items():
        yield name, labels, _TOGETHER.get(name, max)(values)


def lag(image: ImageStatus, now: datetime) -> float | None:
    """For how many seconds what the policy allows has been out, where something else stands.

    It counts from when it was pushed, or from when we first saw it where nothing tells that.
    """
    if image.state not in _BEHIND or not image.allowed or image.allowed == image.current:
        return None
    return max(0.0, (now - (image.published or image.behind or image.since)).total_seconds())


def _of_target(target: TargetStatus, name: str, now: datetime) -> Iterator[Sample]:
    states = Counter(one.state for one in target.images)
    for state in State:
        yield "images", (name, state), states[state]
    lags = [found for one in target.images if (found := lag(one, now)) is not None] or [0.0]
    yield "image_release_lag_seconds", (name, "0.5"), median(lags)
    yield "image_release_lag_seconds", (name, "1"), max(lags)
    yield from _proposed(target, name, now)
    yield "last_run_timestamp_seconds", (name,), target.looked.timestamp()
    if target.succeeded:
        yield "last_success_timestamp_seconds", (name,), target.succeeded.timestamp()
    yield "consecutive_failures", (name,), target.failures


def _proposed(target: TargetStatus, name: str, now: datetime) -> Iterator[Sample]:
    published = [one for one in target.published if one.url and one.outcome in _OPEN]
    urls = {one.url for one in published} | {one.pull_request for one in target.images if one.pull_request}
    yield "pull_requests", (name, "open"), len(urls)
    yield "pull_requests", (name, "waiting"), sum(one.outcome == Outcome.WAITING for one in target.published)
    ages = [(now - one.since).total_seconds() for one in target.images if one.pull_request]
    yield "pull_request_age_seconds", (name,), max(0.0, max(ages, default=0.0))


def _gates(target: TargetStatus) -> Iterator[str]:
    """What keeps the newest tag of each reference from being taken; where a window alone does it, that."""
    for one in target.images:
        if one.newest_reason and one.newest != one.current:
            yield one.newest_reason
        elif one.state is State.PENDING:
            yield "window"
