"""The command line: one small parser function per command, then verb, view, exit code."""

from __future__ import annotations

from tagwright import __version__


def main() -> int:
    """Run one command; returns the exit code of `interface`."""
    print(f"tagwright {__version__}")  # noqa: T201
    return 0
