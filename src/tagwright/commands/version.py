"""The version."""

from __future__ import annotations

import argparse

from tagwright import __version__
from tagwright.exits import DONE


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""


def command(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Its exit code."""
    print(f"tagwright {__version__}")
    return DONE
