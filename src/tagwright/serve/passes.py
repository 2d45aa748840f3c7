"""Passes over single targets, which share what lasts: the cache, and each host's budget of requests."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tagwright.audit import Asked, events
from tagwright.cache import Cache
from tagwright.follow import FollowPolicies
from tagwright.git import trail
from tagwright.git.mirror import open_mirror
from tagwright.model import Config, Event, HostCost, Report, Target
from tagwright.outside import Pass, PassForges, accepted_by, clients_of, kept, shared_by, telling
from tagwright.registries import Registries, open_registries
from tagwright.registries.kept import Reuse
from tagwright.serve.agenda import Errand

REMEMBERED = timedelta(days=90)
MOST_EVENTS = 200


class Passes:
    """The targets of a round share their registries, so that an image is asked for once a round, however many use it.

    A pass for hints has its own: images that were told of are read anew, lists of others that were read within the
    service's interval are not.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self.cache = Cache(kept(args))
        self._shared = shared_by(args, self.cache)
        self._accepted = accepted_by(args, lasting=True)
        self._lock = threading.Lock()
        self._rounds: dict[int, Registries] = {}

    def run(self, config: Config, errand: Errand) -> Report:
        """One pass over the errand's target. What the registries of a round were asked is told by `over`."""
        with self._registries(config, errand) as registries:
            wish = FollowPolicies(registries, lambda: datetime.now(UTC), None, False, sparing=True, cache=self.cache)
            clients = clients_of(self._args, 120.0, self.cache)
            clients = replace(clients, tell=telling(registries, (errand.target,)))
            report = Pass((errand.target,), wish, clients, registries).run(deliver=True)
        return replace(report, cost=replace(report.cost, hosts=())) if report.cost and _shares(errand) else report

    def over(self, number: int) -> tuple[HostCost, ...]:
        """A round is over: what it remembered goes; what its registries were asked."""
        with self._lock:
            registries = self._rounds.pop(number, None)
        if registries is None:
            return ()
        registries.close()
        return registries.accounts.hosts()

    def history(self, target: Target) -> tuple[Event, ...]:
        """What was written back lately, newest first. Raises GitError."""
        since = (datetime.now(UTC) - REMEMBERED).timestamp()
        environ = PassForges().environ(target)
        with open_mirror(target.repository, target.access, kept(self._args), environ) as mirror:
            return tuple(events(trail.of_mirror(mirror, target.branch), Asked(since=since, limit=MOST_EVENTS)))

    @contextmanager
    def _registries(self, config: Config, errand: Errand) -> Iterator[Registries]:
        if _shares(errand):
            yield self._of_round(config, errand.round)
            return
        reuse = Reuse(config.service.interval, lambda image: errand.whole or image in errand.hinted)
        with closing(self._open(config, reuse, urgent=True)) as registries:
            yield registries

    def _of_round(self, config: Config, number: int) -> Registries:
        with self._lock:
            if number not in self._rounds:
                self._rounds[number] = self._open(config, Reuse(timedelta(0), lambda _: False))
            return self._rounds[number]

    def _open(self, config: Config, reuse: Reuse, urgent: bool = False) -> Registries:
        return open_registries(
            config.registries,
            os.environ,
            cache=self._shared.cache,
            accepted=self._accepted,
            paces=self._shared.paces,
            urgent=urgent,
            reuse=reuse,
        )


def _shares(errand: Errand) -> bool:
    """Whether it can take what its round was told before: not where somebody says that there is something new."""
    return errand.round > 0 and errand.told is None
