"""Every tag's ruling, for people at a terminal: by reason, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagwright.model import PolicySpec, Ruling
from tagwright.standing import in_order
from tagwright.views.groups import Group, grouped
from tagwright.views.paint import Paint

LABEL = 22
"""Columns of what stands before a text: the longest reason and its colon."""

_PLAIN = Paint(78)
_STYLES = {
    "chosen": "green", "too-young": "yellow", "frozen": "yellow", "held": "yellow", "rejected": "yellow",
    "mutated": "red", "unverified": "red", "metadata-unavailable": "red", "platform-missing": "yellow",
    "level": "blue", "out-of-range": "blue", "prerelease": "blue",
}  # fmt: skip


def lines(groups: Iterable[Group], everything: bool = False, paint: Paint | None = None) -> Iterator[str]:
    """A few lines for each reason, or one for every tag."""
    paint = paint or Paint()
    for group in groups:
        label, style = f"{group.name}:", _STYLES.get(group.name, "dim")
        detail = f" ({group.detail})" if group.detail else ""
        if everything:
            yield from (f"{paint(label, style)} {paint(ruling.tag + detail)}" for ruling in group.rulings)
            continue
        count = f" — {group.count}" if group.count else ""
        yield from paint.field(label, f"{', '.join(group.tags)}{count}{detail}", LABEL, style)


def rulings(
    judged: Iterable[Ruling], everything: bool = False, policy: PolicySpec | None = None, current: str | None = None
) -> Iterator[str]:
    """The lines for rulings that no reference stands behind, newest first."""
    yield from lines(grouped(in_order(judged, policy, current)), everything, _PLAIN)
