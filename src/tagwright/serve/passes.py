"""Passes over single targets, which share what lasts: the cache, and each host's budget of requests."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from tagwright import looking_back
from tagwright.cache import Cache
from tagwright.follow import FollowPolicies
from tagwright.model import Config, Event, Target, TargetReport
from tagwright.outside import Pass, accepted_by, clients_of, shared_by, telling
from tagwright.registries import Registries, open_registries
from tagwright.registries.kept import Reuse
from tagwright.registries.web.pace import Paces
from tagwright.serve.agenda import Errand
from tagwright.serve.asking import Asking


class Passes:
    """`asked` hears what registries and forges were asked."""

    def __init__(self, args: argparse.Namespace, cache: Cache, asked: Callable[..., None]) -> None:
        self._args, self._cache, self._asked = args, cache, asked
        self._shared = shared_by(args, cache)
        self._paces = self._shared.paces or Paces()
        self._accepted = accepted_by(args, lasting=True)
        self._asking = Asking(self._open, lambda: datetime.now(UTC), asked)
        self.over = self._asking.over

    def run(self, config: Config, errand: Errand) -> TargetReport:
        """One pass over the errand's target."""
        with self._asking.registries(config, errand) as registries:
            wish = FollowPolicies(registries, lambda: datetime.now(UTC), None, False, sparing=True, cache=self._cache)
            clients = clients_of(self._args, 120.0, self._cache)
            clients = replace(clients, tell=telling(registries, (errand.target,)))
            report = Pass((errand.target,), wish, clients, registries).run(deliver=True)
        self._asked((), report.cost.forges if report.cost else ())
        (found,) = report.targets
        return found

    def history(self, target: Target) -> tuple[Event, ...]:
        """What was written back lately, newest first. Raises GitError."""
        return looking_back.lately(target, self._args)

    def _open(self, config: Config, reuse: Reuse, *, urgent: bool) -> Registries:
        return open_registries(
            config.registries,
            os.environ,
            cache=self._shared.cache,
            accepted=self._accepted,
            paces=self._paces,
            urgent=urgent,
            reuse=reuse,
        )
