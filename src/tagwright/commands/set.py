"""Deliver a known image now."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from tagwright import flags
from tagwright.exits import DONE, UNMATCHED
from tagwright.talking import say


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("image", nargs="*", metavar="IMAGE:TAG[@DIGEST]", help="an image that should stand")
    flags.place(parser)
    flags.common(parser)
    flags.setting(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright import outside

    with outside.setting(args) as setting:
        report = setting.run(deliver=not args.dry_run)
        report = replace(report, unmatched=tuple(str(intent.image) for intent in setting.wish.unmatched()))
    for image in report.unmatched:
        print(f"no reference of {image} was found", file=sys.stderr)
    return say(args, report, UNMATCHED if report.unmatched else DONE, diffs=args.dry_run)
