"""Where `report` meets the outside: what earlier passes left in the cache; a look without delivery where nothing is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tagwright import looking_back, outside
from tagwright.board import Board
from tagwright.errors import Problem, TagwrightError, UsageError
from tagwright.model import Event, Target
from tagwright.run import TARGETS_SIDE_BY_SIDE
from tagwright.views.page.rows import Watched


def watched(args: argparse.Namespace) -> tuple[Watched, tuple[Problem, ...]]:
    """How the targets stand, with their history, and what went wrong while that was found out. Raises UsageError."""
    with outside.cached(args), outside.following(args, assume=True) as following:
        board = Board(following.clients.cache, _now)
        unknown = tuple(target for target in following.targets if board.of(target) is None)
        report = replace(following, targets=unknown).run(deliver=False)
        failed = [problem for found in report.targets for problem in found.problems]
        for target, found in zip(unknown, report.targets, strict=True):
            board.post(target, found)
        failed += _remember(board, following.targets, args)
        known = (board.explained(target) for target in following.targets)
        return Watched(tuple(filter(None, known)), _now()), tuple(failed)


def write(path: str, text: str) -> None:
    """A whole file or none; to a device or a pipe as it is. Raises UsageError where it cannot be written."""
    whole, made = Path(path), Path(f"{path}.{os.getpid()}.part")
    try:
        if whole.exists() and not whole.is_file():
            whole.write_text(text, encoding="utf-8")
        else:
            made.write_text(text, encoding="utf-8")
            made.replace(whole)
    except OSError as error:
        with suppress(OSError):
            made.unlink()
        raise UsageError(f"--html {path} cannot be written: {error.strerror}", hint="name a file in a folder") from None


def _remember(board: Board, targets: Iterable[Target], args: argparse.Namespace) -> list[Problem]:
    """The history of each target that was looked at; a folder that is no clone has none."""

    def read(target: Target) -> tuple[Event, ...] | Problem:
        try:
            return looking_back.lately(target, args)
        except TagwrightError as error:
            return error.problem(target.name)

    seen = [target for target in targets if (status := board.of(target)) and status.commit]
    with ThreadPoolExecutor(TARGETS_SIDE_BY_SIDE) as pool:
        histories = list(pool.map(read, seen))
    for target, history in zip(seen, histories, strict=True):
        if isinstance(history, tuple):
            board.tell(target, history)
    return [history for history in histories if isinstance(history, Problem)]


def _now() -> datetime:
    return datetime.now(UTC)
