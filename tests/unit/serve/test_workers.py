"""What a service begins with, and errands done: what they found goes to whoever wants to know."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.errors import GitError
from tagwright.image import Image
from tagwright.model import Config, Decision, Event, Reference, Ruled, Target, TargetReport, Verdict
from tagwright.serve import agenda_of
from tagwright.serve.agenda import Errand
from tagwright.serve.house import House
from tagwright.serve.passes import Passes
from tagwright.serve.web.app import app
from tagwright.serve.workers import Workers
from tests.support.agendas import Desk
from tests.support.asgi import post


class Branch:
    """Passes over a branch at `head`; `read` counts how often its history was asked for."""

    def __init__(self) -> None:
        self.head, self.read = "", 0

    def run(self, _: Config, errand: Errand) -> TargetReport:
        """A pass that finds the head."""
        return TargetReport(errand.target.name, commit=self.head, branch="main")

    def over(self, _: int) -> None:
        """Nothing is shared."""

    def history(self, _: Target) -> tuple[Event, ...]:
        """Git is away."""
        self.read += 1
        raise GitError("it is away")


def test_after_a_start_it_is_known_who_uses_an_image(tmp_path: Path) -> None:
    """By what the passes before left: a hint hastens a target that waits for its first look."""
    desk = Desk(["one", "two"])
    image = Image("ghcr.io/acme/api", "1.0.0")
    reference = Reference("api.yaml", 7, 1, (0, 1), "kubernetes", "image", image, str(image), ())
    decision = Decision(reference, Ruled(None, "no rule", image.name), Verdict.UNMANAGED, None, None)
    Board(Cache(tmp_path), lambda: desk.now).post(
        desk.targets[1], TargetReport("two", commit="one", branch="main", decisions=(decision,))
    )
    agenda = agenda_of(Config(targets=tuple(desk.targets)), Board(Cache(tmp_path), lambda: desk.now))
    assert agenda.hint([image.name]) == 1


def test_history_is_read_when_the_branch_moved() -> None:
    """By whomever; not when nothing did. And one that cannot be read fails no pass."""
    desk, branch = Desk(["deploy"]), Branch()
    house = House(Config(), desk.agenda, Board(Cache(), lambda: desk.now), lambda: desk.now)
    workers = Workers(house, cast(Passes, branch))
    for head, read in (("one", 1), ("one", 1), ("two", 2), ("two", 2)):
        branch.head = head
        desk.agenda.due(["deploy"])
        desk.waits(seconds=1)
        errand = desk.agenda.ready()
        assert errand
        workers.do(errand)
        assert branch.read == read


def test_a_worker_that_is_gone_is_told_to_whoever_asks_for_health() -> None:
    """So that somebody starts the service anew."""
    desk = Desk([])
    house = House(Config(), desk.agenda, Board(Cache(), lambda: desk.now), lambda: desk.now)
    workers = Workers(house, cast(Passes, Branch()))
    house.healthy = workers.alive
    workers.start()
    assert post(app(house), "/healthz", b"", method="GET").status == 200
    desk.agenda.stop()
    assert workers.join(lambda: 30.0)
    assert post(app(house), "/healthz", b"", method="GET").status == 503
