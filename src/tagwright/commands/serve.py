"""Long-running: schedule, webhooks, status page, metrics."""

from __future__ import annotations

import argparse

from tagwright import flags


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.accepting(parser)
    flags.serving(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright.serve import serve

    return serve(args)
