"""How targets stand, for people at a terminal and for an issue: what passes left, without what is as it should be."""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.model import State, TargetStatus
from tagwright.views.escape import LONGEST_BODY, cell, code
from tagwright.views.page import times
from tagwright.views.page.asked import Query
from tagwright.views.page.plots import updates
from tagwright.views.page.rows import WORST_FIRST, Changes, Row, Watched, asked_for, counts
from tagwright.views.printable import shown
from tagwright.views.text import table

_QUIET = (State.CURRENT, State.UNMANAGED)


def told(watched: Watched, everything: bool = False) -> str:
    """Each target with what is not current there, or with `everything`; then what went wrong."""
    lines = [line for target in watched.targets for line in _target(target, watched, everything)]
    lines += [f"{name}: not looked at yet" for name in watched.waiting]
    if watched.targets:
        lines.append(f"updates: {updates(watched.targets, 30, watched.now).summary}")
    return "\n".join(map(shown, lines)) or "no target is configured"


def _target(target: TargetStatus, watched: Watched, everything: bool) -> Iterator[str]:
    looked = f"{times.people(target.looked)} UTC, {times.relative(target.looked, watched.now)}"
    yield f"{target.name}: {_counted(target)} (looked at {looked})"
    rows = [row for row in _sorted(target, watched) if everything or row.image.state not in _QUIET]
    yield from (f"  {line}" for line in table([_cells(row) for row in rows]))
    for problem in dict.fromkeys((*target.problems, *target.notes)):
        yield f"  {problem.code}: {problem}"


def _sorted(target: TargetStatus, watched: Watched) -> list[Row]:
    return asked_for(Watched((target,), watched.now).rows, Query(), Changes())


def _counted(target: TargetStatus) -> str:
    found = counts(Watched((target,), target.looked).rows)
    return ", ".join(f"{found[state]:,} {state}" for state in WORST_FIRST if found[state]) or "no references"


def _cells(row: Row) -> tuple[str, ...]:
    one = row.image
    moves = one.allowed and one.allowed != one.current
    return (
        one.state,
        f"{one.path}:{one.line}",
        one.image,
        f"{one.current} -> {one.allowed}" if moves else one.current,
        "" if row.lag is None else f"for {times.lasting(row.lag)}",
        one.pull_request or _why(row),
    )


def _why(row: Row) -> str:
    until = f"until {times.people(row.image.until)} UTC" if row.image.until else ""
    detail = row.image.detail if row.image.state not in _QUIET else ""
    return ", ".join(filter(None, (until, detail)))


def markdown(watched: Watched) -> str:
    """The same as Markdown: one table of what is not current, and a list of what went wrong; cut where it gets long."""
    found = counts(watched.rows)
    summary = ", ".join(f"{found[state]:,} {state}" for state in WORST_FIRST if found[state]) or "no references"
    targets = "1 target" if len(watched.targets) == 1 else f"{len(watched.targets):,} targets"
    head = f"**{summary}** in {targets}, as of {times.people(watched.now)} UTC\n"
    rows = [row for row in asked_for(watched.rows, Query(), Changes()) if row.image.state not in _QUIET]
    lines, room = [head], LONGEST_BODY
    if rows:
        lines.append("| State | Target | Image | Where | Current | Newest allowed | Behind for | |")
        lines.append("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for number, line in enumerate([*map(_row, rows), *_problems(watched)]):
        room -= len(line) + 1
        if room < 0:
            lines.append(f"\n… and {len(rows) - number:,} more; `tagwright report --json` has everything.")
            break
        lines.append(line)
    return "\n".join(lines)


def _row(row: Row) -> str:
    one = row.image
    lag = "" if row.lag is None else times.lasting(row.lag)
    cells = (cell(row.target.name), cell(one.image), cell(row.place), cell(one.current), cell(one.allowed))
    why = cell(one.pull_request or _why(row)) if one.pull_request or _why(row) else ""
    return f"| {one.state} | {' | '.join(cells)} | {lag} | {why} |"


def _problems(watched: Watched) -> Iterator[str]:
    found = dict.fromkeys(problem for target in watched.targets for problem in (*target.problems, *target.notes))
    for number, problem in enumerate(found):
        yield f"{'' if number else chr(10)}- {code(problem.code)}: {code(str(problem))}"
