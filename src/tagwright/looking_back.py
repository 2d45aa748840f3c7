"""Where `history` meets the outside: flags become trails of commits, and events to tell."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright import places
from tagwright.errors import Problem, TagwrightError, UsageError
from tagwright.model import Target
from tagwright.outside import PassForges, kept

if TYPE_CHECKING:
    from tagwright.audit import Asked
    from tagwright.git.trail import Trail
    from tagwright.model import Branch, Event

_LATELY, _MOST = timedelta(days=90), 200


def history(args: argparse.Namespace) -> Iterator[tuple[Branch | None, Iterator[Event], list[Problem]]]:
    """Each target with its events, to be read before the next is asked for; what goes wrong is in the list by then.

    Raises UsageError.
    """
    from tagwright import audit

    asked = _asked(args)
    for target in places.targets(args).targets:
        failed: list[Problem] = []
        try:
            with _trail(target, args) as trail:
                yield audit.branch(trail, target.name), _heard(audit.events(trail, asked), target, failed), failed
        except TagwrightError as error:
            yield None, iter(()), [error.problem(target.name)]


def lately(target: Target, args: argparse.Namespace) -> tuple[Event, ...]:
    """What the page shows of a target's history: the last 90 days, newest first. Raises GitError."""
    from tagwright import audit

    since = (datetime.now(UTC) - _LATELY).timestamp()
    with _trail(target, args) as trail:
        return tuple(audit.events(trail, audit.Asked(since=since, limit=_MOST)))


def _heard(events: Iterator[Event], target: Target, failed: list[Problem]) -> Iterator[Event]:
    try:
        yield from events
    except TagwrightError as error:
        failed.append(error.problem(target.name))


@contextmanager
def _trail(target: Target, args: argparse.Namespace) -> Iterator[Trail]:
    from tagwright.git import trail

    if target.folder:
        with trail.of_clone(Path(target.folder), os.environ) as found:
            yield found
    else:
        from tagwright.git.mirror import open_mirror

        environ = PassForges().environ(target)
        with open_mirror(target.repository, target.access, kept(args), environ) as mirror:
            yield trail.of_mirror(mirror, target.branch)


def _asked(args: argparse.Namespace) -> Asked:
    from tagwright import globs
    from tagwright.audit import Asked

    if args.limit is not None and args.limit < 0:
        raise UsageError(f"--limit is {args.limit}", hint="expected a number of events from 0")
    image = globs.compile(tuple(map(globs.image_pattern, args.image))) if args.image else None
    now = datetime.now(UTC)
    since = places.moment(args.since, "--since", now) if args.since else float("-inf")
    until = places.moment(args.until, "--until", now) if args.until else float("inf")
    return Asked(image, since, until, args.limit)
