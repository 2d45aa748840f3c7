"""The pipeline. One screen: what happens to a target, and what happens when someone pushes first."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Protocol

from tagwright.cache import Cache
from tagwright.config.rules import bindings_of, holds_beside
from tagwright.errors import BranchMoved, BranchProtected, ConfigError, Problem, TagwrightError
from tagwright.globs import selects
from tagwright.holds import expired
from tagwright.model import (
    ChangeSet,
    Decision,
    Delivery,
    Head,
    HostCost,
    Mode,
    Report,
    Target,
    TargetReport,
    Told,
    Verdict,
)
from tagwright.plan import Original, Plan, early, plan
from tagwright.publish import publish
from tagwright.publish.result import Heard
from tagwright.publish.work import Work
from tagwright.survey import SETTINGS, FileFound, Place, Survey, Worth, survey
from tagwright.tracing import span
from tagwright.whereabouts import a_run, carried, within

if TYPE_CHECKING:
    from tagwright.forges.base import Forge
    from tagwright.ledger import Answer

log = logging.getLogger(__name__)

TARGETS_SIDE_BY_SIDE = 4


class Wish(Protocol):
    """What a pass is for: to follow policies (`run`, `plan`), or to make given images true (`set`)."""

    @property
    def worth(self) -> Worth | None:
        """Which files are worth parsing; None = all."""

    @property
    def proposer(self) -> str:
        """The command that proposes, as its pull requests' commits say it."""

    def decide(self, target: Target, head: Head, found: Survey, place: Place) -> tuple[Decision, ...]:
        """Look up what is needed, and decide about every reference it concerns."""

    def describe(self, key: str, decisions: tuple[Decision, ...], delivery: Delivery) -> tuple[str, str]:
        """Title and commit message of a change set."""

    def knows(self, target: Target, image: str, answer: Answer) -> bool:
        """Whether an answer to a pull request was counted already."""

    def hear(self, target: Target, heard: Heard) -> None:
        """What people answered to pull requests: it counts from the next look on."""

    def remember(self, target: Target) -> tuple[Problem, ...]:
        """After the deliveries: leave in Git what the next pass must know and no commit carries; what went wrong."""


@dataclass(frozen=True, slots=True)
class Clients:
    """The outside, as one value: places to work on, forges, the cache, and the patience to retry."""

    open: Callable[[Target], AbstractContextManager[Place]]
    forge_for: Callable[[Target], Forge]
    cache: Cache
    deadline: float = float("inf")  # on the monotonic clock, seconds
    retry_for: float = 120.0  # seconds
    forge_traffic: Callable[[], tuple[HostCost, ...]] = tuple  # what forges were sent so far
    tell: Callable[[ChangeSet], Told] = lambda _: Told()  # what the images of a change are, asked only when it is shown


def run(targets: Iterable[Target], wish: Wish, clients: Clients, deliver: bool = True) -> Report:
    """One pass over every target, side by side; one that fails never stops its neighbours."""
    one = run_target if deliver else look_at_target
    longest = [0.0]  # seconds a target took so far
    with within(run=a_run()), span("pass"), ThreadPoolExecutor(TARGETS_SIDE_BY_SIDE) as pool:
        report = Report(tuple(pool.map(carried(partial(_placed, one, wish, clients, longest)), targets)))
        failed = sum(bool(target.problems) for target in report.targets)
        log.info("the pass has ended: %d targets, %d of them failed", len(report.targets), failed)
    return report


def run_target(target: Target, wish: Wish, clients: Clients) -> TargetReport:
    """Scan, decide, plan, publish; when the branch moved meanwhile, the same wish again on the new head."""
    with clients.open(target) as place:
        retries = 0
        for moved in _attempts(clients):
            seen = look(target, wish, clients, place)
            try:
                result = publish(seen.work(clients, wish), place)
            except BranchMoved as error:
                moved(error)
                retries += 1
            except BranchProtected:
                target = replace(target, delivery=replace(target.delivery, mode=Mode.PULL_REQUEST))
            else:
                if result.heard:
                    wish.hear(target, result.heard)
                    continue
                problems = seen.report.problems + result.problems + wish.remember(target)
                notes = seen.report.notes + result.notes
                return replace(seen.report, published=result.published, problems=problems, notes=notes, retries=retries)
    raise AssertionError("the last attempt returns or raises")


def look_at_target(target: Target, wish: Wish, clients: Clients) -> TargetReport:
    """Scan, decide, plan: a dry run."""
    with clients.open(target) as place:
        return look(target, wish, clients, place).report


@dataclass(frozen=True, slots=True)
class Seen:
    """A target as far as a dry run goes."""

    target: Target
    head: Head
    plan: Plan
    report: TargetReport

    def work(self, clients: Clients, wish: Wish) -> Work:
        """What is left to do: deliver it."""
        unread = frozenset(problem.path for problem in self.report.unread)
        knows = partial(wish.knows, self.target)
        return Work(self.plan, self.target, self.head, clients.forge_for, wish.proposer, knows, clients.tell, unread)


def look(target: Target, wish: Wish, clients: Clients, place: Place) -> Seen:
    """Scan, look up, decide, plan."""
    target, head, found = look_over(target, clients, place, wish.worth)
    scanned = found.scanned
    decisions = wish.decide(target, head, found, place)
    planned = plan(decisions, _originals(decisions, found, place, target), head.branch, target.delivery, wish.describe)
    problems = tuple(decision.problem for decision in planned.decisions if decision.problem)
    report = TargetReport(
        target=target.name,
        branch=head.branch,
        commit=head.commit,
        references=len(scanned.references),
        decisions=planned.decisions,
        changes=planned.changes,
        problems=tuple(dict.fromkeys(problems)),
        unread=scanned.problems,
        notes=expired(target, holds_beside(scanned.references), datetime.now(UTC)),
    )
    return Seen(target, head, planned, report)


def look_over(
    target: Target, clients: Clients, place: Place, worth: Worth | None = None
) -> tuple[Target, Head, Survey]:
    """The files of the target's head, with what the repository's own configuration says laid over the target.

    Its `files` say which references are edited; Flux's policies are read wherever they stand.
    """
    head = place.head(target.branch, () if target.folder else _beside(target))
    found = survey(place, head, target, clients.cache, f"{target.repository} {head.branch}", worth)
    if found.settings is not None and target.allow_repository_config:
        from tagwright.config.loading import merge_repository

        target = merge_repository(target, found.settings.encode("utf-8", "surrogateescape"), SETTINGS)
        selected = selects(target.files)
        found = replace(found, found=tuple(_narrowed(file, selected) for file in found.found))
    return target, head, found


def _beside(target: Target) -> tuple[str, ...]:
    """The refs that a pass will ask for beside its base."""
    from tagwright.ledger import PLACES

    return (*PLACES, f"refs/heads/{target.delivery.branch_prefix}*")


def _narrowed(file: FileFound, selected: Callable[[str], bool]) -> FileFound:
    if selected(file.entry.path):
        return file
    return replace(file, scanned=replace(file.scanned, references=(), problems=()))


def _originals(decisions: Iterable[Decision], found: Survey, place: Place, target: Target) -> dict[str, Original]:
    """The files that will be edited, as the head has them."""
    updates = (early(decision, target.delivery) for decision in decisions)
    paths = {decision.reference.path for decision in updates if decision.verdict is Verdict.UPDATE}
    if not paths:
        return {}
    entries = {file.entry.path: file.entry for file in found.found if file.entry.path in paths}
    blobs = dict(place.read(sorted({entry.oid for entry in entries.values()})))
    return {path: Original(entry.mode, blobs[entry.oid], bindings_of(target, path)) for path, entry in entries.items()}


def _attempts(clients: Clients) -> Iterator[Callable[[BranchMoved], None]]:
    """Attempts with jittered waits between them, until patience or the deadline ends: then the last refusal is raised.

    Only one of N writers wins each round, so the losers spread over a window that doubles with
    each loss, up to 16 times what an attempt takes here and now. All of `retry_for` is used; an attempt that would
    not end before the deadline, were it as slow as the last one, is not begun.
    """
    patience = time.monotonic() + clients.retry_for
    losses = count()

    def moved(error: BranchMoved) -> None:
        took = time.monotonic() - begun
        wait = random.uniform(0, took * min(2 ** next(losses), 16))  # noqa: S311 - spreads writers, guards nothing
        left = min(patience, clients.deadline - took) - time.monotonic()
        if left <= 0:
            raise error
        log.info("the branch moved, looking again in %.2f s", min(wait, left))
        time.sleep(min(wait, left))

    while True:
        begun = time.monotonic()
        yield moved


def _placed(
    one: Callable[[Target, Wish, Clients], TargetReport],
    wish: Wish,
    clients: Clients,
    longest: list[float],
    target: Target,
) -> TargetReport:
    """As `_guarded`, in a place of its own in logs and traces."""
    with within(target=target.name), span("target", target=target.name):
        report = _guarded(one, target, wish, clients, longest)
        counts = report.references, len(report.changes), len(report.problems)
        log.info("the target has ended: %d references, %d changes, %d problems", *counts)
    return report


def _guarded(
    one: Callable[[Target, Wish, Clients], TargetReport],
    target: Target,
    wish: Wish,
    clients: Clients,
    longest: list[float],
) -> TargetReport:
    """A target's failure becomes a problem of that target; the unexpected is a bug, logged and reported as one.

    A target that would not end before the deadline, were it as slow as the slowest so far, is not begun.
    """
    begun = time.monotonic()
    if begun + longest[0] >= clients.deadline:
        late = Problem(target.name, "not-reached", "there was no time left for it", "give --deadline more time")
        return TargetReport(target.name, problems=(late,))
    try:
        report = one(target, wish, clients)
        return replace(report, seconds=time.monotonic() - begun)
    except ConfigError as error:
        return TargetReport(target.name, problems=error.problems)
    except TagwrightError as error:
        return TargetReport(target.name, problems=(error.problem(target.name),))
    except Exception as error:
        log.exception("a bug in Tagwright, met at target %s", target.name)
        bug = Problem(
            target.name, "bug", f"{type(error).__name__} in Tagwright itself", "please report it with the log"
        )
        return TargetReport(target.name, problems=(bug,))
    finally:
        longest[0] = max(longest[0], time.monotonic() - begun)
