"""Policy and tags -> choice and reasons, no network."""

from __future__ import annotations

import argparse

from tagwright import flags
from tagwright.errors import ConfigError, UsageError
from tagwright.exits import DONE, FAILED, USAGE
from tagwright.talking import lines_of


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("cases", nargs="*", metavar="CASES", help="files of cases: what is expected of a policy")
    flags.common(parser)
    flags.policy(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright.cases import lists

    if args.cases:
        return _tried(args)
    lines = lines_of(args.file or "-")
    if args.json:
        for answer in lists.answers(lines):
            print(answer, flush=True)
    else:
        print(lists.explained(args, lines))
    return DONE


def _tried(args: argparse.Namespace) -> int:
    """Files of cases: 0 when all get what they expect, 1 when one does not, 2 when one cannot be read."""
    from datetime import UTC, datetime

    from tagwright.cases import expectations
    from tagwright.views import cases as view

    if said := args.given & {"file", "current", *flags.KINDS}:
        raise UsageError(f"--{min(said)} has no part in files of cases", hint="each case says its own")
    try:
        tried = expectations.tried(args.cases, args.config, datetime.now(UTC))
    except ConfigError as error:
        if not args.json:
            raise
        print(view.document((), error.problems))
        return USAGE
    print(view.document(tried, ()) if args.json else view.told(tried, args.verbose))
    return FAILED if any(one.missed for one in tried) else DONE
