"""What was written back, when, by whom: from the commits' trailers."""

from __future__ import annotations

import argparse
import sys

from tagwright import flags
from tagwright.errors import Problem, UsageError
from tagwright.exits import DONE, worst


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.auditing(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright import looking_back
    from tagwright.views import history as view
    from tagwright.views.printable import shown

    if args.json and args.csv:
        raise UsageError("--json and --csv exclude each other", hint="give one of them")
    problems: list[Problem] = []
    if args.json:
        for piece in view.document(looking_back.history(args), problems):
            print(piece, end="")
        print()
    else:
        told = view.sheet if args.csv else view.tables
        for line in told(looking_back.history(args), problems):
            print(line)
        for problem in problems:
            print(shown(str(problem)), file=sys.stderr)
    return worst(problems, DONE)
