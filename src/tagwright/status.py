"""A pass's report of a target -> its status: what stands, what could stand, why it does not, and since when.

Rulings of hundreds of tags become the newest few and counts of the rest, told apart from the status, because few ask
for them. Where the names of the tags alone decided, and are the same as in the pass before, nothing is concluded anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tagwright.image import Image
from tagwright.model import (
    ChangeSet,
    Decision,
    Delivered,
    ImageStatus,
    Outcome,
    Published,
    Ruling,
    State,
    TagRuling,
    Target,
    TargetReport,
    TargetStatus,
    Verdict,
    Verdicts,
)
from tagwright.standing import standing

MOST_RULINGS = 25

BELIEVED = timedelta(days=30)
"""So long a conclusion stands for the same question; a cache forgets what nobody used for three times as long."""

STATES = {
    Verdict.UPDATE: State.OUTDATED,
    Verdict.CURRENT: State.CURRENT,
    Verdict.NONE: State.CURRENT,
    Verdict.HELD: State.HELD,
    Verdict.PENDING: State.PENDING,
    Verdict.REJECTED: State.HELD,
    Verdict.SUPERSEDED: State.CURRENT,
    Verdict.CONFLICT: State.FAILING,
    Verdict.UNMANAGED: State.UNMANAGED,
    Verdict.ERROR: State.FAILING,
}
_OPEN = (Outcome.OPENED, Outcome.UPDATED, Outcome.UNCHANGED)


@dataclass(frozen=True, slots=True)
class _Newest:
    """The newest of all tags, why it is not taken, and when that was concluded."""

    tag: str
    reason: str
    detail: str
    concluded: datetime


def status_of(
    target: Target, repository: str, report: TargetReport, before: TargetStatus | None, now: datetime
) -> tuple[TargetStatus, Mapping[str, Verdicts]]:
    """What the pass leaves, and the verdicts on tags that are new, by `verdicts_key`.

    `repository` is the address as it may be shown. A pass that saw nothing keeps what was known of the images, beside
    its problems.
    """
    kept = before or TargetStatus(target.name, repository, report.branch or target.branch, "", now, 0.0)
    fresh = replace(
        kept,
        repository=repository,
        looked=now,
        seconds=report.seconds,
        problems=report.problems,
        succeeded=kept.succeeded if report.problems else now,
        failures=kept.failures + 1 if report.problems else 0,
    )
    if not report.commit and report.problems:
        return replace(fresh, published=()), {}
    published = tuple(_delivered(report.changes, report.published))
    landed = any(one.commit for one in published if one.outcome in (Outcome.PUSHED, Outcome.OPENED, Outcome.UPDATED))
    concluding = _Concluding(kept.images, now)
    status = replace(
        fresh,
        branch=report.branch,
        commit=report.commit,
        images=_images(report, kept, concluding, now),
        notes=report.notes,
        published=published,
        changed=now if landed else kept.changed,
    )
    return status, concluding.told


def verdicts_key(one: ImageStatus) -> str:
    """What the verdicts on an image's tags are called: by what was asked, else by where it stands."""
    return one.question or f"{one.path}:{one.line} {one.image}"


def _delivered(changes: tuple[ChangeSet, ...], published: tuple[Published, ...]) -> Iterable[Delivered]:
    of = {change.key: change for change in changes}
    for one in published:
        change = of.get(one.key)
        moves = dict.fromkeys(_move(decision) for decision in change.decisions) if change else {}
        yield Delivered(one.key, change.title if change else "", one.outcome, one.url, one.commit, tuple(moves))


def _move(decision: Decision) -> tuple[str, str, str]:
    return decision.ruled.image, _version(decision.reference.image), _version(decision.new)


def _version(image: Image | None) -> str:
    return (image.tag or image.digest or "") if image else ""


def _images(
    report: TargetReport, before: TargetStatus, concluding: _Concluding, now: datetime
) -> tuple[ImageStatus, ...]:
    fates = _fates(report)
    going_on = _GoingOn(before.images, now)
    return tuple(going_on.of(_image(one, fates.get(id(one.reference)), concluding, now)) for one in report.decisions)


class _GoingOn:
    """What references have from the pass before, as far as they stand as they stood."""

    def __init__(self, before: Iterable[ImageStatus], now: datetime) -> None:
        self._now = now
        self._stood: dict[tuple[str, ...], ImageStatus] = {}
        for one in before:
            at = one.path, one.image, one.current
            self._stood |= {at: one, (*at, one.allowed): one, (*at, one.allowed, one.state): one}

    def of(self, one: ImageStatus) -> ImageStatus:
        """What a pass could not tell of what is allowed, and since when, is as the last one told it."""
        at = one.path, one.image, one.current
        if one.state is State.FAILING and not one.allowed and (before := self._stood.get(at)):
            one = replace(one, allowed=before.allowed, published=before.published)
        alike, same = self._stood.get((*at, one.allowed)), self._stood.get((*at, one.allowed, one.state))
        behind = (alike.behind if alike else None) or self._now
        return replace(
            one,
            since=same.since if same else self._now,
            behind=None if one.allowed in ("", one.current) else behind,
        )


def _fates(report: TargetReport) -> dict[int, tuple[ChangeSet, Published]]:
    """What became of each reference that was to change."""
    published = {one.key: one for one in report.published}
    return {
        id(decision.reference): (change, published[change.key])
        for change in report.changes
        if change.key in published
        for decision in change.decisions
    }


def _image(
    decision: Decision, fate: tuple[ChangeSet, Published] | None, concluding: _Concluding, now: datetime
) -> ImageStatus:
    reference, ruled = decision.reference, decision.ruled
    policy = f"{ruled.policy.kind}: {ruled.policy.argument}" if ruled.policy else ""
    awaited = _version(decision.awaited)
    candidate = decision.facts.get(decision.chosen or awaited)
    one = ImageStatus(
        image=ruled.image or reference.image.name,
        path=reference.path,
        line=reference.line,
        current=_version(reference.image),
        state=STATES[decision.verdict],
        verdict=decision.verdict,
        allowed=decision.chosen or awaited,
        newest="",
        newest_reason="",
        newest_detail="",
        detail=decision.problem.message if decision.problem else decision.detail,
        source=ruled.source,
        policy=policy,
        since=now,
        until=_until(decision),
        published=(candidate.pushed or candidate.first_seen) if candidate else None,
        question=decision.question,
    )
    newest = concluding.of(decision, verdicts_key(one))
    one = replace(
        one,
        newest=newest.tag,
        newest_reason=newest.reason,
        newest_detail=newest.detail,
        concluded=newest.concluded,
    )
    return _delivered_to(one, *fate, decision) if fate else one


def _until(decision: Decision) -> datetime | None:
    """When time alone ends it: a window opens, a hold ends, the youngest tag that waits is old enough."""
    if decision.verdict is Verdict.HELD and decision.ruled.hold:
        until = decision.ruled.hold.until
        if until is None or isinstance(until, datetime):
            return until
        return datetime(until.year, until.month, until.day, tzinfo=UTC)
    if decision.verdict is not Verdict.PENDING:
        return None
    waiting = [ruling.eligible for ruling in decision.rulings() if ruling.eligible]
    return decision.opening or min(waiting, default=None)


def _delivered_to(one: ImageStatus, change: ChangeSet, published: Published, decision: Decision) -> ImageStatus:
    """The same once its change was delivered: it stands, waits in a pull request, or could not be delivered."""
    if published.outcome is Outcome.PUSHED and change.branch == change.base:
        return replace(one, current=_version(decision.new), state=State.CURRENT)
    if published.outcome in _OPEN:
        return replace(one, pull_request=published.url)
    if published.outcome is Outcome.FAILED:
        return replace(one, state=State.FAILING, detail=published.detail or "it could not be delivered")
    return replace(one, detail=published.detail or one.detail)


class _Concluding:
    """Thinks about the tags of decisions, of each list once; `told` grows by what it thought."""

    def __init__(self, before: Iterable[ImageStatus], now: datetime) -> None:
        self.told: dict[str, Verdicts] = {}
        self._now = now
        self._known = {
            one.question: _Newest(one.newest, one.newest_reason, one.newest_detail, one.concluded)
            for one in before
            if one.question and one.concluded and now - one.concluded < BELIEVED
        }
        self._alike: dict[tuple[int, str | None], tuple[_Newest, Verdicts]] = {}

    def of(self, decision: Decision, key: str) -> _Newest:
        """The newest tag of a decision; the same question has the same answer."""
        if decision.question in self._known:
            return self._known[decision.question]
        alike = id(decision.rulings), decision.reference.image.tag
        if alike not in self._alike:
            self._alike[alike] = _concluded(decision, self._now)
        newest, self.told[key] = self._alike[alike]
        if decision.question:
            self._known[decision.question] = newest
        return newest


def _concluded(decision: Decision, now: datetime) -> tuple[_Newest, Verdicts]:
    where = standing(decision)
    shown, rest = where.rulings[:MOST_RULINGS], where.rulings[MOST_RULINGS:]
    others: Mapping[str, int] = Counter(str(ruling.reason or "") for ruling in rest)
    newest = where.newest
    return (
        _Newest(newest.tag, str(newest.reason or ""), newest.detail, now) if newest else _Newest("", "", "", now),
        Verdicts(tuple(map(_ruling, shown)), tuple(sorted(others.items()))),
    )


def _ruling(ruling: Ruling) -> TagRuling:
    return TagRuling(ruling.tag, str(ruling.reason or ""), ruling.detail, ruling.eligible)
