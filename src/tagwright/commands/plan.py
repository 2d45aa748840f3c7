"""The same without delivering: a diff and a table."""

from __future__ import annotations

import argparse

from tagwright import flags
from tagwright.errors import UsageError
from tagwright.exits import DONE, WAITING
from tagwright.talking import say


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.delivery(parser)
    flags.accepting(parser)
    flags.flag(parser, "--exit-code", action="store_true", help="exit 10 when changes are waiting")
    flags.flag(parser, "--preview", action="store_true", help="what commits and pull requests would say, for the diff")


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright import outside

    if args.json and args.preview:
        raise UsageError("--json and --preview exclude each other", hint="give one of them")
    with outside.following(args, assume=True) as following:
        report = following.run(deliver=False)
        if args.preview:
            from tagwright.views import preview

            deliveries = {target.name: target.delivery for target in following.targets}
            print(preview.previewed(report, deliveries, following.clients.tell), end="\n\n")
    waiting = args.exit_code and any(target.changes for target in report.targets)
    return say(args, report, WAITING if waiting else DONE, diffs=not args.preview)
