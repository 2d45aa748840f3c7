"""An agenda on a clock that a test moves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tagwright.model import Service, Target
from tagwright.serve.agenda import Agenda, Errand
from tagwright.serve.timetable import Timetable

START = datetime(2031, 5, 1, 12, tzinfo=UTC)


class Desk:
    """An agenda of these targets; `passes` takes and ends all errands there are."""

    def __init__(self, names: Iterable[str], service: Service | None = None, most: int = 50_000) -> None:
        self.now = START
        self.targets = [Target(name, repository=f"https://git.example.com/{name}.git") for name in names]
        timetable = Timetable(service or Service(interval=timedelta(hours=1)), lambda: 0.5)
        self.agenda = Agenda(self.targets, timetable, lambda: self.now, most)

    def waits(self, **time: float) -> None:
        """Time goes by."""
        self.now += timedelta(**time)

    def passes(self, delivered: bool = True) -> list[Errand]:
        """Every errand there is now, done in a moment."""
        found = []
        while errand := self.agenda.ready():
            found.append(errand)
            self.agenda.done(errand, errand.hinted if delivered else ())
        return found

    def settled(self, **uses: Iterable[str]) -> None:
        """After the first round, in which each target was seen to use these images."""
        self.passes()
        for name, images in uses.items():
            self.agenda.uses(name, images)
