"""What became of cases: those that failed with expected, got and why; a line for all; one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from tagwright.errors import Problem
from tagwright.views import json_v1
from tagwright.views.printable import shown
from tagwright.views.rulings import rulings

if TYPE_CHECKING:
    from tagwright.model import Got, Tried


def told(tried: Sequence[Tried], everything: bool = False) -> str:
    """The cases that failed, or with `everything` all, and how many there were."""
    failed = [one for one in tried if one.missed]
    lines = [line for one in (tried if everything else failed) for line in _case(one)]
    noun = "case" if len(tried) == 1 else "cases"
    said = f"{len(tried)} {noun}: {f'{len(failed)} failed' if failed else 'all as expected'}"
    return "\n".join(map(shown, [*lines, said]))


def _case(one: Tried) -> Iterator[str]:
    case, got = one.case, one.got
    yield f"{case.path}:{case.line}: {case.name}: {'failed' if one.missed else 'as expected'}"
    yield from (f"  {what}: expected {wanted}, got {found}" for what, wanted, found in one.missed)
    if one.missed:
        yield f"  {got.verdict}" + (f": {got.detail}" if got.detail else "")
        yield f"  ruled by {got.source}"
        yield from (f"    {line}" for line in rulings(got.rulings, policy=case.policy, current=case.current))


def document(tried: Sequence[Tried], problems: Sequence[Problem]) -> str:
    """{"schema": "tagwright/cases/v1", "cases": […], "problems": […], "summary": {…}}."""
    failed = sum(1 for one in tried if one.missed)
    return json.dumps(
        {
            "schema": "tagwright/cases/v1",
            "cases": [_document(one) for one in tried],
            "problems": [json_v1.problem_of(problem) for problem in problems],
            "summary": {"cases": len(tried), "passed": len(tried) - failed, "failed": failed},
        },
        indent=2,
    )


def _document(one: Tried) -> dict[str, Any]:
    case = one.case
    return {
        "path": case.path,
        "line": case.line,
        "name": case.name,
        "passed": not one.missed,
        "missed": [{"what": what, "expected": wanted, "got": got} for what, wanted, got in one.missed],
        **_got(one.got),
    }


def _got(got: Got) -> dict[str, Any]:
    return {
        "verdict": got.verdict,
        "chosen": got.tag,
        "opening": got.opening.isoformat() if got.opening else None,
        "detail": got.detail,
        "source": got.source,
        "rulings": [json_v1.ruling_of(ruling) for ruling in got.rulings],
    }
