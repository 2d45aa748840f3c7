"""The table on top: image, workload, environment, place, from and to, and since when the new one is there."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from datetime import UTC, datetime

from tagwright.model import Told
from tagwright.views.escape import cell
from tagwright.views.pull_request.changes import known
from tagwright.views.pull_request.parts import Part
from tagwright.views.updates import Update, short_version

_COLUMNS: tuple[tuple[str, Callable[[Update], str]], ...] = (
    ("Image", lambda one: one.name),
    ("Workload", lambda one: one.decision.reference.workload),
    ("Environment", lambda one: one.folder),
    ("File", lambda one: f"{posixpath.basename(one.path)}:{one.line}"),
    ("From", lambda one: short_version(one.old)),
    ("To", lambda one: short_version(one.new)),
)


def table(changed: tuple[Update, ...], told: Told) -> Part:
    """A row for each place. Columns that would be empty are left out."""
    reads = (*_COLUMNS, ("Published", lambda one: _published(one, told)))
    found = [(title, [read(one) for one in changed]) for title, read in reads]
    columns = [(title, texts) for title, texts in found if any(texts)]
    head = [f"| {' | '.join(title for title, _ in columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    rows = zip(*(texts for _, texts in columns), strict=True)
    return Part("\n".join(head), tuple(f"| {' | '.join(map(cell, row))} |" for row in rows), "places")


def _published(one: Update, told: Told) -> str:
    """Since when the new image is there, and by which clock, the most trustworthy first.

    A day and no age: the same change gives the same text tomorrow.
    """
    found = known(told, one, one.new)
    if found is None:
        return ""
    asked = one.decision.facts.get(one.decision.chosen or "", found)
    made = found.details.created[:10] if found.details else ""
    clocks = (
        (_day(found.pushed or asked.pushed), "pushed"),
        (_day(asked.first_seen), "first seen"),
        (made, "created, its publisher says"),
    )
    return next((f"{day}, {clock}" for day, clock in clocks if day), "")


def _day(when: datetime | None) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d}" if when else ""
