"""How a command ends.

    0  done, or nothing to do
    1  something failed; the rest was done
    2  the command line or the configuration is wrong
    3  a bug in Tagwright
    4  `set` found no reference for some image; the others are delivered
   10  changes are waiting (`plan --exit-code`)

Several at once: 2, then 3, 1, 4, 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tagwright.errors import Problem

if TYPE_CHECKING:
    from tagwright.model import Report

DONE, FAILED, USAGE, BUG, UNMATCHED, WAITING = 0, 1, 2, 3, 4, 10
WORST_FIRST = (USAGE, BUG, FAILED, UNMATCHED, WAITING)

EXIT_CODES = {"usage": USAGE, "config": USAGE, "template": USAGE, "policy": USAGE, "bug": BUG}
"""Problems that are not plain failures."""


def code_of(report: Report, also: int) -> int:
    """The exit code of a pass, and of whatever else there is to say."""
    return worst((problem for target in report.targets for problem in target.problems), also)


def worst(problems: Iterable[Problem], also: int) -> int:
    """The exit code of the worst that happened."""
    codes = {EXIT_CODES.get(problem.code, FAILED) for problem in problems} | {also}
    return next((code for code in WORST_FIRST if code in codes), DONE)
