"""What commits and pull requests would say: `plan --preview`, for people who write templates or want to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tagwright.model import ChangeSet, Delivery, Mode, Report, Told
from tagwright.views.printable import shown
from tagwright.views.pull_request import body

_WIDTH = 100


def previewed(report: Report, deliveries: Mapping[str, Delivery], tell: Callable[[ChangeSet], Told]) -> str:
    """Every change of a report, delivered as its target wants it; `tell` says what its images are."""
    blocks = [
        "\n".join(_block(target.target, change, deliveries[target.target], tell))
        for target in report.targets
        for change in target.changes
    ]
    return "\n\n".join(blocks)


def _block(target: str, change: ChangeSet, delivery: Delivery, tell: Callable[[ChangeSet], Told]) -> Iterator[str]:
    reviewed = delivery.mode is Mode.PULL_REQUEST
    yield shown(f"═══ {target}: {change.key} ".ljust(_WIDTH, "═"))
    yield shown(f"branch: {change.branch}" + f" (into {change.base})" * reviewed)
    yield shown(f"title: {change.title}") if reviewed else ""
    yield from _text("commit message", change.message)
    if reviewed:
        told = tell(change) if delivery.details else Told()
        yield from _text("pull request", body(change, told, delivery.body))


def _text(what: str, text: str) -> Iterator[str]:
    yield f"─── {what} ".ljust(_WIDTH, "─")
    yield from map(shown, text.rstrip().split("\n"))
