"""What the rooms of the service share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.metrics import Metrics
from tagwright.model import Config
from tagwright.notify import Notifier
from tagwright.serve.agenda import Agenda
from tagwright.serve.web.strangers import Strangers


@dataclass(slots=True)
class House:
    """`config` is the one that holds now; `now` the time, in UTC. `healthy`: whether all its threads live, `ready`:
    whether it takes requests, which it does not any longer once it is told to stop. `strangers` counts those who cannot
    say who they are."""

    config: Config
    agenda: Agenda
    board: Board
    now: Callable[[], datetime]
    healthy: Callable[[], bool] = lambda: True
    ready: bool = True
    strangers: Strangers = field(default_factory=Strangers)
    metrics: Metrics = field(default_factory=Metrics)
    notifier: Notifier = field(default_factory=lambda: Notifier((), Cache(), {}, kept=True))
