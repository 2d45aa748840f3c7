"""A target before and after a pass -> what is new to people. What stays as it is, is told once.

Nothing is known of a target that was never looked at: then its failure is news, and what was delivered, and nothing
else. Without a cache every pass is the first one, so that there only what was delivered is told (`kept` is false).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from tagwright.errors import Problem
from tagwright.model import (
    Change,
    Delivered,
    ImageStatus,
    Notice,
    Notification,
    Occasion,
    Outcome,
    TargetStatus,
    Verdict,
)

MOST_SAID = 10  # lines of one notice
LONGEST = 300  # characters of one
_NEWS = (Outcome.PUSHED, Outcome.OPENED)


def notices(change: Change, how: Notification, kept: bool) -> Iterator[Notice]:
    """What is to be told of this pass, in the way of that notification; its `on` and `targets` are not looked at."""
    yield from _delivered(change.after)
    if not kept:
        return
    yield from _failing(change, how.after)
    if change.before:
        yield from _expired(change.before, change.after)
        yield from _rejected(change.before, change.after)
        if how.outdated_after:
            yield from _outdated(change.before, change.after, how.outdated_after)


def _delivered(after: TargetStatus) -> Iterator[Notice]:
    for one in after.published:
        if one.outcome in _NEWS and (one.commit or one.url):
            yield Notice(
                Occasion.UPDATE,
                after.name,
                f"{after.name}: {_what(one)}",
                after.looked,
                (f"commit {one.commit[:12]} on {after.branch}",) if one.outcome == Outcome.PUSHED else (),
                one.images,
                (("pull request", one.url),) if one.url else (),
            )


def _what(one: Delivered) -> str:
    done = "updated" if one.outcome == Outcome.PUSHED else "update proposed"
    return f"{done}: {one.title}" if one.title else done


def _failing(change: Change, patience: int) -> Iterator[Notice]:
    before, after = change.before, change.after
    failed = before.failures if before else 0
    if after.failures >= patience > failed:
        times = "" if patience == 1 else f" ({after.failures} passes in a row)"
        yield Notice(Occasion.FAILURE, after.name, f"{after.name}: fails{times}", after.looked, _said(after.problems))
    elif after.failures > patience and before and (new := _new(before.problems, after.problems)):
        yield Notice(Occasion.FAILURE, after.name, f"{after.name}: fails at something else", after.looked, _said(new))
    elif failed >= patience and not after.failures:
        times = "a pass" if failed == 1 else f"{failed} passes"
        yield Notice(
            Occasion.RECOVERY, after.name, f"{after.name}: works again, after {times} with problems", after.looked
        )


def _expired(before: TargetStatus, after: TargetStatus) -> Iterator[Notice]:
    ended = [one for one in _new(before.notes, after.notes) if one.code == "hold-expired"]
    if ended:
        yield Notice(Occasion.HOLD_EXPIRED, after.name, f"{after.name}: a hold has ended", after.looked, _said(ended))


def _rejected(before: TargetStatus, after: TargetStatus) -> Iterator[Notice]:
    """A "no" of people, to what stood there before as well: of one image once, wherever it stands."""
    unknown = (Verdict.REJECTED, Verdict.ERROR)  # what failed may have been turned down before that
    free = {(one.path, one.image) for one in before.images if one.verdict not in unknown}
    no = {one.image: one for one in after.images if one.verdict == Verdict.REJECTED and (one.path, one.image) in free}
    for one in no.values():
        title = f"{after.name}: {one.image} stays at {one.current}"
        yield Notice(Occasion.REJECTED, after.name, title, after.looked, (_short(one.detail),) if one.detail else ())


def _outdated(before: TargetStatus, after: TargetStatus, patience: timedelta) -> Iterator[Notice]:
    """What was not too old yet when it was looked at before, and is now."""
    old = {
        (one.image, one.current, one.allowed): one
        for one in after.images
        if one.allowed
        and one.allowed != one.current
        and before.looked - _out(one) < patience <= after.looked - _out(one)
    }
    if old:
        title = f"{after.name}: {_count(len(old), 'image')} behind for {_length(patience)}"
        links = {one.pull_request: ("pull request", one.pull_request) for one in old.values() if one.pull_request}
        yield Notice(Occasion.OUTDATED, after.name, title, after.looked, (), tuple(old), tuple(links.values()))


def _out(one: ImageStatus) -> datetime:
    return one.published or one.behind or one.since


def _new(before: tuple[Problem, ...], after: tuple[Problem, ...]) -> list[Problem]:
    """Problems of a kind, at a place, that were not there before; their words may hold numbers that change."""
    known = {(one.about, one.code, one.path, one.line) for one in before}
    return [one for one in after if (one.about, one.code, one.path, one.line) not in known]


def _said(problems: Iterable[Problem]) -> tuple[str, ...]:
    lines = list(dict.fromkeys(_short(str(one)) for one in problems))
    more = (f"and {len(lines) - MOST_SAID} more",) if len(lines) > MOST_SAID else ()
    return (*lines[:MOST_SAID], *more)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _length(patience: timedelta) -> str:
    seconds = int(patience.total_seconds())
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= length and seconds % length == 0:
            return _count(seconds // length, unit)
    return _count(seconds, "second")
