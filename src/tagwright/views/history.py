"""What was written back, for people, for spreadsheets and for scripts; as it comes, a few hundred lines at a time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice

from tagwright.errors import Problem
from tagwright.model import Branch, Event, Happened
from tagwright.views.json_v1 import problem_of
from tagwright.views.printable import shown

COLUMNS = (
    "target", "branch", "kind", "when", "commit", "image", "old", "new", "order", "author", "email", "files", "reverts",
    "subject",
)  # fmt: skip
_CUT = "; a shallow clone: what was before stands elsewhere"
_ALIGNED = 200  # lines
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
Told = Iterable[tuple[Branch | None, Iterable[Event], Iterable[Problem]]]
"""Each target: what its events are of, the events, and what went wrong; the last is asked when the events are."""


def tables(told: Told, problems: list[Problem]) -> Iterator[str]:
    """A line an event, in columns, under each target's name; what went wrong is added to `problems`."""
    for branch, events, failed in told:
        if branch:
            commit = f"{branch.branch or 'HEAD'} at {branch.commit[:12]}"
            yield shown(f"{branch.target}, {commit}" + ("" if branch.complete else _CUT))
            yield from _table(events)
        problems += failed


def _table(events: Iterable[Event]) -> Iterator[str]:
    coming, none = iter(events), True
    while rows := [_row(event) for event in islice(coming, _ALIGNED)]:
        none = False
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            yield "  ".join(("", *cells, row[-1])).rstrip()
    if none:
        yield "  nothing"


def _row(event: Event) -> tuple[str, ...]:
    files = "" if not event.files else event.files[0] + (f" +{len(event.files) - 1}" if len(event.files) > 1 else "")
    moved = f"{event.old or 'none'} -> {event.new or 'none'}" if event.old or event.new else ""
    if event.kind is Happened.RESUME:
        moved = "goes on"
    elif event.kind is Happened.REVERT:
        moved = " ".join(filter(None, ("taken back:", moved or event.subject)))
    cells = (event.when[:16].replace("T", " "), event.commit[:12], event.image, moved, event.author, files)
    return tuple(map(shown, cells))


def sheet(told: Told, problems: list[Problem]) -> Iterator[str]:
    """CSV (RFC 4180, but for the line ends): COLUMNS, then a line an event.

    No cell begins as a formula does (owasp.org, "CSV Injection"): such a one gets an apostrophe before it. Several
    files are kept apart by line breaks.
    """
    yield _line(COLUMNS)
    for branch, events, failed in told:
        for event in events:
            values = {**asdict(event), "target": branch.target if branch else "", "branch": branch and branch.branch}
            values["files"] = "\n".join(event.files or ())
            yield _line(values[column] for column in COLUMNS)
        problems += failed


def _line(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([_harmless(value) for value in values])
    return line.getvalue()[:-1]


def _harmless(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = "".join(char if char == "\n" or char.isprintable() else "\ufffd" for char in value)
    return f"'{text}" if value.startswith(_FORMULA) else text


def document(told: Told, problems: list[Problem]) -> Iterator[str]:
    """The JSON document, in pieces; what went wrong is added to `problems` as well."""
    yield '{"schema": "tagwright/history/v1", "targets": ['
    first = True
    for branch, events, failed in told:
        if branch:
            yield ("" if first else ",") + "\n" + _head(branch) + ', "events": ['
            first = False
            for number, event in enumerate(events):
                yield (",\n  " if number else "\n  ") + json.dumps(event_of(event))
            yield "]}"
        problems += failed
    yield '\n], "problems": ' + json.dumps([problem_of(one) for one in problems]) + "}"


def _head(branch: Branch) -> str:
    """A target's object, left open."""
    values = {
        "target": branch.target,
        "branch": branch.branch or None,
        "commit": branch.commit,
        "head_is_ours": branch.ours,
        "complete": branch.complete,
    }
    return json.dumps(values)[:-1]


def event_of(event: Event) -> dict[str, object]:
    """One event as JSON has it."""
    return {
        "kind": event.kind,
        "commit": event.commit,
        "when": event.when,
        "author": {"name": event.author, "email": event.email},
        "subject": event.subject,
        "image": event.image or None,
        "old": event.old or None,
        "new": event.new or None,
        "order": event.order,
        "files": None if event.files is None else list(event.files),
        "reverts": event.reverts or None,
    }
