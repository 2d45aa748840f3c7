"""How a command talks: its report the way it was asked for, what went wrong, and what it is given on standard input."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError, TagwrightError, UsageError
from tagwright.exits import DONE, code_of

if TYPE_CHECKING:
    from tagwright.model import Cost, Report
    from tagwright.views.paint import Paint


def say(args: argparse.Namespace, report: Report, also: int = DONE, diffs: bool = False) -> int:
    """Print the report the way it was asked for; the exit code."""
    if args.json:
        from tagwright.views import json_v1

        print(json_v1.report(report))
    else:
        from tagwright.views import text

        print(text.report(report, diffs))
        tell_cost(args, report.cost)
    return code_of(report, also)


def tell_cost(args: argparse.Namespace, cost: Cost | None) -> None:
    """A line of what registries were asked, where they were and nobody wants quiet."""
    if cost and (cost.hosts or cost.forges) and not args.quiet:
        from tagwright.views import costs

        print(costs.told(cost, args.verbose))


def paint() -> Paint:
    """What standard output can show: https://no-color.org, and COLUMNS where it is no terminal."""
    import os
    import shutil

    from tagwright.views.paint import Paint

    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return Paint(max(shutil.get_terminal_size().columns, 40), not plain)


def lines_of(path: str) -> Iterable[str]:
    """The lines of a file, "-" being standard input. What is no UTF-8 comes as lone surrogates."""
    if path == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
        return sys.stdin
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readlines()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def complain(error: TagwrightError) -> None:
    """What went wrong before there was a report, and what to try."""
    from tagwright.views.printable import shown

    lines = [f"tagwright: {error.message}", *([f"  try: {error.hint}"] if error.hint else [])]
    if isinstance(error, ConfigError) and error.problems:
        lines = [str(problem) for problem in error.problems]
    for line in lines:
        print(shown(line), file=sys.stderr)
