"""The whole loop on this machine: an embedded registry, a local Git remote, nothing to configure."""

from __future__ import annotations

import argparse

from tagwright import flags


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.common(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
    from tagwright import demo

    return demo.demo(print, args.main)
