"""The service's page over a real socket, with targets as a test likes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from tagwright.model import Config, Service, Target, TargetStatus
from tagwright.serve.house import House
from tagwright.serve.web.app import app
from tagwright.views.page.rows import Watched
from tests.support.listening import listening


@dataclass(frozen=True, slots=True)
class Known:
    """Stands where the board does: what it is given is what passes left."""

    statuses: tuple[TargetStatus, ...]

    def every(self, targets: Iterable[Target]) -> tuple[TargetStatus, ...]:
        """What is known of these."""
        names = {target.name for target in targets}
        return tuple(status for status in self.statuses if status.name in names)

    def explained(self, target: Target) -> TargetStatus | None:
        """The same of one."""
        return next(iter(self.every([target])), None)


@contextmanager
def shown(watched: Watched, service: Service | None = None) -> Iterator[int]:
    """Serve it; the port."""
    names = (*(one.name for one in watched.targets), *watched.waiting)
    config = Config(tuple(map(Target, names)), service=service or Service())
    house = House(config, cast(Any, None), cast(Any, Known(watched.targets)), lambda: watched.now)
    with listening(app(house), config.service.trusted_proxies) as port:
        yield port
