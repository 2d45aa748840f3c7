"""What a pass leaves beside its commits: how each target stands, for whoever looks later, and its figures."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.board import Board

if TYPE_CHECKING:
    from tagwright.follow import FollowPolicies
    from tagwright.model import Change, Report
    from tagwright.notify import Notifier
    from tagwright.outside import Pass

log = logging.getLogger(__name__)


def leave(args: argparse.Namespace, following: Pass[FollowPolicies], report: Report) -> None:
    """Leave what the pass found where somebody wants it. Nothing of this fails a pass: the work is done."""
    if args.cache or args.metrics_file or following.config.notifications:
        try:
            _leave(args, following, report)
        except Exception:
            log.exception("a bug in Tagwright, met after the pass: please report it with this log")


def _leave(args: argparse.Namespace, following: Pass[FollowPolicies], report: Report) -> None:
    board = Board(following.clients.cache, lambda: datetime.now(UTC))
    of = {target.name: target for target in following.targets}
    told: list[tuple[str, str, int]] = []  # how many notices were sent or not, by notification
    notifier = _notifier(args, following, told) if following.config.notifications else None
    hear: Callable[[Change], object] = notifier.hear if notifier else lambda _: None
    changes = tuple(board.post(of[one.target], one, hear) for one in report.targets)
    if notifier:
        notifier.tell()
    if args.metrics_file:
        _measure(Path(args.metrics_file), report, changes, told)


def _notifier(args: argparse.Namespace, following: Pass[FollowPolicies], told: list[tuple[str, str, int]]) -> Notifier:
    """Who tells people what is new; `told` hears of what was sent."""
    from tagwright.notify import Notifier

    return Notifier(
        following.config.notifications,
        following.clients.cache,
        os.environ,
        kept=bool(args.cache),
        page=following.config.service.url,
        counted=lambda *one: told.append(one),
    )


def _measure(path: Path, report: Report, changes: tuple[Change, ...], told: list[tuple[str, str, int]]) -> None:
    from tagwright.metrics import Metrics

    metrics = Metrics()
    for name, result, count in told:
        metrics.notified(name, result, count)
    for change, target in zip(changes, report.targets, strict=True):
        metrics.posted(change, target)
    if report.cost:
        metrics.asked(report.cost.hosts, report.cost.forges)
    try:
        metrics.write(path)
    except OSError as error:
        log.warning("the metrics file %s cannot be written: %s", path, error.strerror or error)
