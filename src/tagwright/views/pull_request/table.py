"""The table on top: image, workload, environment, place, from and to, and since when the new one is there."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from tagwright.views.escape import cell
from tagwright.views.pull_request.parts import Part
from tagwright.views.updates import Update, short_version

_COLUMNS: tuple[tuple[str, Callable[[Update], str]], ...] = (
    ("Image", lambda one: one.name),
    ("Environment", lambda one: one.folder),
    ("File", lambda one: f"{posixpath.basename(one.path)}:{one.line}"),
    ("From", lambda one: short_version(one.old)),
    ("To", lambda one: short_version(one.new)),
)


def table(changed: tuple[Update, ...]) -> Part:
    """A row for each place. Columns that would be empty are left out."""
    told = [(title, [read(one) for one in changed]) for title, read in _COLUMNS]
    columns = [(title, texts) for title, texts in told if any(texts)]
    head = [f"| {' | '.join(title for title, _ in columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    rows = zip(*(texts for _, texts in columns), strict=True)
    return Part("\n".join(head), tuple(f"| {' | '.join(map(cell, row))} |" for row in rows), "places")
