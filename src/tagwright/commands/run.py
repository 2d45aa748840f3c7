"""One pass over every target: look, decide, deliver."""

from __future__ import annotations

import argparse

from tagwright import flags
from tagwright.talking import say


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.delivery(parser)
    flags.accepting(parser)
    flags.afterwards(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright import afterwards, outside

    with outside.following(args) as following:
        report = following.run(deliver=True)
        afterwards.leave(args, following, report)
    return say(args, report)
