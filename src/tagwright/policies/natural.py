"""The order people expect of mixed text: numbers inside it count as numbers (`b9` before `b10`)."""

from __future__ import annotations

import re

Natural = tuple[tuple[int, int, str], ...]
_RUNS = re.compile(r"[0-9]+|[^0-9]+")


def natural(text: str) -> Natural:
    """A key that orders text naturally: numbers below words, exact at any length, zero padding ignored."""
    return tuple(_run(run) for run in _RUNS.findall(text))


def _run(run: str) -> tuple[int, int, str]:
    if not run[0].isdigit():
        return 1, 0, run
    number = run.lstrip("0")
    return 0, len(number), number
