"""What a pass delivered and what landed since the one before, as figures: of a target before and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from tagwright.model import Change, ImageStatus, Outcome, Verdict

WRITTEN = (Outcome.PUSHED, Outcome.OPENED, Outcome.UPDATED)


def commits(change: Change) -> int:
    """How many commits the pass pushed, to branches of pull requests too."""
    return len({one.commit for one in change.after.published if one.commit and one.outcome in WRITTEN})


def result(change: Change) -> str:
    """How the pass ended, in a word."""
    if change.after.problems:
        return "failed"
    return "updated" if any(one.outcome in WRITTEN for one in change.after.published) else "unchanged"


def proposals(change: Change) -> Mapping[str, int]:
    """What became of pull requests in a pass, each counted once."""
    published = change.after.published
    found = Counter({"opened": 0, "updated": 0, "superseded": 0})
    for one in published:
        if one.url and one.outcome in found:
            found[str(one.outcome)] += 1
    found["merged"] = len({one.pull_request for one, _ in _landed(change)})
    found["turned-down"] = len({one.pull_request for one in _turned_down(change)})
    return found


def _landed(change: Change) -> Iterator[tuple[ImageStatus, ImageStatus]]:
    """References before and after whose pull request was merged, or whose version came another way."""
    for before, after in _pairs(change):
        if before.pull_request and before.allowed and after.current == before.allowed != before.current:
            yield before, after


def _turned_down(change: Change) -> Iterator[ImageStatus]:
    for before, after in _pairs(change):
        if before.pull_request and after.verdict == Verdict.REJECTED != before.verdict:
            yield before


def _pairs(change: Change) -> Iterator[tuple[ImageStatus, ImageStatus]]:
    """The references that stood before as well, by place."""
    earlier = change.before.images if change.before else ()
    known = {(one.path, one.line, one.image): one for one in earlier}
    for one in change.after.images:
        if before := known.get((one.path, one.line, one.image)):
            yield before, one


def lead_times(change: Change, received: datetime | None) -> Iterator[tuple[str, str, float]]:
    """From what, to what, in how many seconds: once for each version that was delivered or landed in this pass."""
    after = change.after
    delivered = {move for one in after.published if one.outcome in WRITTEN for move in one.images}
    moved = {(image, to) for image, _, to in delivered}
    if moved and received:
        yield "received", "delivered", max(0.0, (after.looked - received).total_seconds())
    published = {(one.image, one.allowed): one.published for one in after.images if one.published}
    for version in moved:
        if since := published.get(version):
            yield "pushed", "delivered", max(0.0, (after.looked - since).total_seconds())
    for landed in {(one.image, one.allowed, one.published) for one, _ in _landed(change)}:
        if landed[2]:
            yield "pushed", "merged", max(0.0, (after.looked - landed[2]).total_seconds())
