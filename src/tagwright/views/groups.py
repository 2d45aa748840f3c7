"""Rulings as people read them: by reason, those that matter first, each tag in its place, long lists cut short."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC

from tagwright.model import Reason, Ruling

FEW = 8
"""Tags named one by one where a reason has more: a registry may list ten thousand."""

_FIRST = 4  # tags with a detail of their own, where a reason has more details than can be shown

ORDER: tuple[Reason | None, ...] = (
    # what was chosen, what time, a person or a fact could still clear, what the policy says, and noise
    None, Reason.TOO_YOUNG, Reason.FROZEN, Reason.HELD, Reason.REJECTED, Reason.MUTATED, Reason.UNVERIFIED,
    Reason.PLATFORM_MISSING, Reason.METADATA_UNAVAILABLE,
    Reason.LEVEL, Reason.OUT_OF_RANGE, Reason.PRERELEASE, Reason.OUTRANKED, Reason.SAME, Reason.OLDER,
    Reason.DOWNGRADE, Reason.NOT_ALLOWED, Reason.IGNORED,
    Reason.DIFFERENT_SUFFIX, Reason.DIFFERENT_PREFIX, Reason.DIFFERENT_PRECISION, Reason.NOT_COMPARABLE,
    Reason.FILTERED, Reason.NOT_A_VERSION, Reason.NOT_AN_IMAGE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """The tags that one reason keeps back, in the order given; `detail` is what all of them have in common to say."""

    reason: Reason | None
    detail: str
    rulings: tuple[Ruling, ...]

    @property
    def name(self) -> str:
        """The reason's name; "chosen" for none."""
        return self.reason or "chosen"

    @property
    def tags(self) -> tuple[str, ...]:
        """Some tags and the last: "2.0.0, 1.9.0, …, 0.1.0 (204 tags)" is said of them by a view."""
        tags = tuple(ruling.tag for ruling in self.rulings)
        return tags if len(tags) <= FEW else (*tags[: FEW - 2], "…", tags[-1])

    @property
    def count(self) -> str:
        """How many there are, where not all are named."""
        return f"{len(self.rulings):,} tags" if len(self.rulings) > FEW else ""


def grouped(rulings: Iterable[Ruling]) -> tuple[Group, ...]:
    """A group for each reason and detail, in the order of reasons; of many details the first few, then the rest."""
    reasons: dict[Reason | None, list[Ruling]] = {}
    for ruling in rulings:
        reasons.setdefault(ruling.reason, []).append(ruling)
    return tuple(group for reason in sorted(reasons, key=ORDER.index) for group in _detailed(reason, reasons[reason]))


def _detailed(reason: Reason | None, rulings: list[Ruling]) -> Iterator[Group]:
    details: dict[str, list[Ruling]] = {}
    for ruling in rulings:
        details.setdefault(said(ruling), []).append(ruling)
    if len(details) <= FEW:
        yield from (Group(reason, detail, tuple(group)) for detail, group in details.items())
        return
    yield from (Group(reason, said(ruling), (ruling,)) for ruling in rulings[:_FIRST])
    yield Group(reason, "", tuple(rulings[_FIRST:]))


def said(ruling: Ruling) -> str:
    """What a ruling says beside its reason; the time it becomes eligible at is part of it."""
    when = f"{ruling.eligible.astimezone(UTC):%Y-%m-%d %H:%M}" if ruling.eligible else ""
    if not when or when in ruling.detail:
        return ruling.detail
    return f"{ruling.detail}, eligible from {when} UTC".removeprefix(", ")
