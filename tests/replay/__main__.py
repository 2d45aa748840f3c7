"""The replay command. See the package."""

from __future__ import annotations

import argparse
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.replay.record import Case, Outcome, read

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "dev.jsonl.gz"


@dataclass(frozen=True)
class Replayed:
    """A case and what became of it."""

    name: str
    kind: str
    bot: str
    counts: bool
    outcome: Outcome
    why: str


def replay(data: dict[str, Any]) -> Replayed:
    """One case through the command line, in a folder of its own."""
    case = Case(data)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "tree"
        for path, text in case.before.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        if case.references():
            lines = json.dumps({"version": 1, "references": case.references()})
            (root / ".tagwright.yaml").write_text(lines, "utf-8")
        batch = Path(folder) / "batch.json"
        batch.write_text(json.dumps(case.batch()), "utf-8")
        said = _run("set", "--batch", str(batch), "--path", str(root), "--allow-downgrade", "--json")
        files = {path: (root / path).read_bytes().decode() for path in case.before}
    return Replayed(case.name, case.kind, case.bot, case.counts, case.outcome(files), said)


def _run(*arguments: str) -> str:
    """What the command says of its failures, in a few words."""
    from tagwright.cli import main

    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(list(arguments))
    try:
        report = json.loads(out.getvalue())
    except ValueError:
        return f"exit {code}: {err.getvalue()[-300:]}"
    problems = [one["message"] for target in report["targets"] for one in target["problems"]]
    return "; ".join([f"exit {code}", *problems[:3], *(f"no reference of {one}" for one in report["unmatched"][:3])])


def table(replayed: Iterable[Replayed], by: str) -> str:
    """Rows of exact, of all, and their share; damaged over all cases, pure or not."""
    rows: dict[str, Counter[str]] = {}
    for one in replayed:
        row = rows.setdefault(getattr(one, by), Counter())
        row["damaged"] += one.outcome is Outcome.DAMAGED
        if one.counts:
            row["all"] += 1
            row["exact"] += one.outcome is Outcome.EXACT
    total = sum(rows.values(), Counter[str]())
    ordered = sorted(rows.items(), key=lambda item: -item[1]["all"])
    lines = [f"{by:<26}{'exact':>7}{'of':>7}{'':>9}{'damaged':>9}"]
    for name, row in [*ordered, ("total", total)]:
        share = f"{100 * row['exact'] / row['all']:.1f} %" if row["all"] else ""
        lines.append(f"{name:<26}{row['exact']:>7}{row['all']:>7}{share:>9}{row['damaged']:>9}")
    return "\n".join(lines)


def main() -> int:
    """Replay, print the tables, and with --show every case that did not come out. Exit 1 where one was damaged."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description="Replay recorded update commits.")
    parser.add_argument("files", nargs="*", type=Path, default=[CORPUS], help="JSON lines, gzipped or not")
    parser.add_argument("--kind", help="only cases of this main kind")
    parser.add_argument("--case", action="append", help="only the case of this identifier")
    parser.add_argument("--every", type=int, default=1, help="only every Nth case")
    parser.add_argument("--show", action="store_true", help="name every case that did not come out, and why")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes side by side")
    wanted = parser.parse_args()
    cases = [case for path in wanted.files for case in read(path)][:: wanted.every]
    cases = [case for case in cases if case.batch() and wanted.kind in (None, case.kind)]
    cases = [case for case in cases if not wanted.case or case.name in wanted.case]
    with ProcessPoolExecutor(wanted.jobs) as pool:
        replayed = list(pool.map(replay, [case.data for case in cases], chunksize=16))
    if wanted.show:
        for one in replayed:
            if one.outcome is Outcome.DAMAGED or (one.counts and one.outcome is not Outcome.EXACT):
                print(f"{one.outcome} {one.kind} {one.name}: {one.why}")
    print(table(replayed, "kind"), table(replayed, "bot"), sep="\n\n")
    return int(any(one.outcome is Outcome.DAMAGED for one in replayed))


if __name__ == "__main__":
    raise SystemExit(main())
