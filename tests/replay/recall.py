"""Recall: of the places that recorded commits changed, how many lie inside a reference that a scan reports.

    python -m tests.replay.recall [FILE …] [--kind K] [--every N] [--show]

Every file is read as it was before the commit. Places are counted by their base shape. Those that hold a tag
alone, with no image beside it, are counted apart: to bind them takes a line of configuration or a marker.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagwright import scan
from tagwright.model import Reference, Scanned
from tests.replay.__main__ import CORPUS
from tests.replay.record import BARE, Case, read

TARGET = 99.0


@dataclass(frozen=True)
class Place:
    """A value that a commit changed, whether a scan of the file before reports it, and whether `set` knows it."""

    case: str
    base: str
    where: str
    line: str
    named: bool
    reported: bool
    known: bool


def places(data: dict[str, Any]) -> list[Place]:
    """The driven places of one record."""
    case = Case(data)
    files = ((path, text.encode()) for path, text in case.before.items() if scan.wants(path))
    scanned = scan.join(scan.scan_file(path, data) for path, data in files)
    return [place for path in case.before for place in _of_file(case, path, scanned)]


def _of_file(case: Case, path: str, scanned: Scanned) -> Iterator[Place]:
    changes, text = case.places(path), case.before[path]
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    reported, mentioned = (
        covered((one for one in some if one.path == path), lines) for some in (scanned.references, scanned.mentions)
    )
    for one in changes:
        start = lines[one["line"] - 1] + one["col"] - 1
        end = start + len(one["old"])
        found, told = (any(first < end and start < last for first, last in some) for some in (reported, mentioned))
        where, line = f"{path}:{one['line']}:{one['col']}", text[lines[one["line"] - 1] :].partition("\n")[0]
        yield Place(case.name, one["base"], where, line.strip(), _named(one), found, found or told)


def _named(change: dict[str, Any]) -> bool:
    return bool(change.get("image")) and change["base"] not in BARE


def covered(references: Iterable[Reference], lines: list[int]) -> list[tuple[int, int]]:
    """The stretches of text that references answer for; of one that may not be written, the value it points at."""
    spans = []
    for one in references:
        spans += [(slot.start, slot.end) for slot in one.slots]
        if not one.slots:
            start = lines[one.line - 1] + one.column - 1
            spans.append((start, start + max(1, len(one.written))))
    return spans


def table(found: Iterable[Place]) -> str:
    """Rows by base shape: of all places, how many are reported, and how many `set` knows when it is told the image.

    Bare tags stand beside them.
    """
    rows: dict[str, Counter[str]] = {}
    for one in found:
        apart = "" if one.named else "nameless "
        row = rows.setdefault(one.base, Counter())
        row[f"{apart}all"] += 1
        row[f"{apart}reported"] += one.reported
        row[f"{apart}known"] += one.known
    lines = [f"{'place':<24}{'reported':>9}{'of':>7}{'':>9}{'set knows':>11}{'':>9}  bare tags"]
    ordered = sorted(rows.items(), key=lambda item: -item[1]["all"])
    return "\n".join(lines + [_row(*pair) for pair in [*ordered, ("total", sum(rows.values(), Counter[str]()))]])


def _row(name: str, row: Counter[str]) -> str:
    every = row["all"]
    shares = [f"{100 * row[which] / every:.1f} %" if every else "" for which in ("reported", "known")]
    apart = f"  {row['nameless reported']} of {row['nameless all']}" if row["nameless all"] else ""
    return f"{name:<24}{row['reported']:>9}{every:>7}{shares[0]:>9}{row['known']:>11}{shares[1]:>9}{apart}"


def main() -> int:
    """Print the table, and with --show every place that is not reported. Exit 1 below the target."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay.recall", description="Recall of a scan.")
    parser.add_argument("files", nargs="*", type=Path, default=[CORPUS], help="JSON lines, gzipped or not")
    parser.add_argument("--kind", help="only places of this base shape")
    parser.add_argument("--every", type=int, default=1, help="only every Nth case")
    parser.add_argument("--show", action="store_true", help="show every place that is not reported")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes side by side")
    wanted = parser.parse_args()
    cases = [case.data for path in wanted.files for case in read(path)][:: wanted.every]
    with ProcessPoolExecutor(wanted.jobs) as pool:
        found = [one for some in pool.map(places, cases, chunksize=16) for one in some]
    found = [one for one in found if wanted.kind in (None, one.base)]
    if wanted.show:
        for one in found:
            if not one.reported:
                print(f"{one.base}{'' if one.named else ' (bare tag)'} {one.case} {one.where}: {one.line}")
    print(table(found))
    named = [one for one in found if one.named]
    return int(100 * sum(one.reported for one in named) < TARGET * len(named))


if __name__ == "__main__":
    raise SystemExit(main())
