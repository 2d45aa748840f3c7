"""Every image reference found, and what could not be read."""

from __future__ import annotations

import argparse
from dataclasses import replace

from tagwright import flags
from tagwright.exits import DONE, FAILED, worst


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.flag(parser, "--strict", action="store_true", help="exit 1 when a file cannot be read")


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright import outside
    from tagwright.views import json_v1, text

    found, unmatched, failed = outside.scan(args)
    everything = replace(found, problems=(*found.problems, *failed))
    print(json_v1.scan(everything, unmatched) if args.json else text.scanned(everything, unmatched))
    return worst(failed, FAILED if args.strict and found.problems else DONE)
