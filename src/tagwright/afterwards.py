"""What a pass leaves beside its commits: how each target stands, for whoever looks later, and its figures."""

from __future__ import annotations

import argparse
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.board import Board

if TYPE_CHECKING:
    from tagwright.follow import FollowPolicies
    from tagwright.model import Change, Report
    from tagwright.outside import Pass

log = logging.getLogger(__name__)


def leave(args: argparse.Namespace, following: Pass[FollowPolicies], report: Report) -> None:
    """Leave what the pass found where somebody wants it. Nothing of this fails a pass: the work is done."""
    if not (args.cache or args.metrics_file):
        return
    board = Board(following.clients.cache, lambda: datetime.now(UTC))
    of = {target.name: target for target in following.targets}
    changes = tuple(board.post(of[one.target], one) for one in report.targets)
    if args.metrics_file:
        _measure(Path(args.metrics_file), report, changes)


def _measure(path: Path, report: Report, changes: tuple[Change, ...]) -> None:
    from tagwright.metrics import Metrics

    metrics = Metrics()
    for change, target in zip(changes, report.targets, strict=True):
        metrics.posted(change, target)
    if report.cost:
        metrics.asked(report.cost.hosts, report.cost.forges)
    try:
        metrics.write(path)
    except OSError as error:
        log.warning("the metrics file %s cannot be written: %s", path, error.strerror or error)
