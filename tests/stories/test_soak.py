"""An hour of the service, in faked time: many pushes, few of them told rightly, and everything else that happens."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tagwright import places
from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.cli import parsed
from tagwright.model import State
from tagwright.registries.embedded import Answer, Asked, refusal
from tagwright.serve.agenda import Agenda, Errand
from tagwright.serve.house import House
from tagwright.serve.passes import Passes
from tagwright.serve.timetable import Timetable
from tagwright.serve.workers import Workers
from tests.support.git_server import Remote
from tests.support.registry import FaultyRegistry

NAMES = ["api", "web", "worker", "db", "proxy", "mail"]
USES = {"deploy": NAMES[:4], "prod": NAMES[2:]}


class Hour:
    """Two repositories, a registry, and the service's own parts on a clock that the test moves."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.chance = random.Random(seed)
        self.now = datetime(2031, 5, 1, 12, tzinfo=UTC)
        self.down = False
        self.registry = FaultyRegistry(self._answer)
        self.minor = dict.fromkeys(NAMES, 0)
        self.remotes = {name: Remote(folder / f"{name}.git") for name in USES}
        self.folder = folder
        self.errands: list[Errand] = []

    def _answer(self, asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        return refusal(403, "DENIED") if self.down else onward(asked)

    def image(self, name: str) -> str:
        """An image's name, as files spell it."""
        return f"{self.registry.host}/acme/{name}"

    def begins(self) -> None:
        """The first commit of each repository, and the service."""
        for name, remote in self.remotes.items():
            self.registry_of(name)
            remote.commit({f"{one}.yaml": f"image: {self.image(one)}:1.0.0\n" for one in USES[name]})
        targets = "".join(f"- {{repository: {remote.path}}}\n" for remote in self.remotes.values())
        path = self.folder / "tagwright.yaml"
        path.write_text(
            "version: 1\ndefaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"
            f"serve: {{interval: 5m, jitter: 30s}}\ntargets:\n{targets}"
        )
        args = parsed(["serve", "--config", str(path), "--cache", str(self.folder / "cache")])
        config = places.targets(args)
        cache = Cache(self.folder / "cache")
        self.agenda = Agenda(config.targets, Timetable(config.service, self.chance.random), lambda: self.now)
        self.house = House(config, self.agenda, Board(cache, lambda: self.now), lambda: self.now)
        self.workers = Workers(self.house, Passes(args, cache, self.house.metrics.asked))

    def registry_of(self, target: str) -> None:
        """Every image of a target at 1.0.0."""
        for one in USES[target]:
            self.registry.add(f"acme/{one}", "1.0.0")

    def works(self) -> None:
        """The service does what is due now."""
        while errand := self.agenda.ready():
            self.errands.append(errand)
            self.workers.do(errand)

    def passes_by(self, seconds: float) -> None:
        """Time, and the work of that time."""
        self.now += timedelta(seconds=seconds)
        self.works()

    def push(self, name: str) -> bool:
        """A build: a new tag, told before it is listed, after, several times, or not at all; whether it was told.

        One that is told early, and finds another that nobody told of, waits for the next round.
        """
        how, image, newest = (
            self.chance.choice(["early", "late", "often", "never"]),
            self.image(name),
            self.is_newest(name),
        )
        if how == "early":
            self.agenda.hint([image])
            self.passes_by(1)
        self.minor[name] += 1
        self.registry.add(f"acme/{name}", f"1.{self.minor[name]}.0")
        for _ in range({"late": 1, "often": 30}.get(how, 0)):
            self.agenda.hint([image, "ghcr.io/somebody/else"])
        return how in ("late", "often") or (how == "early" and newest)

    def minute(self, number: int) -> None:
        """What happens in a minute."""
        self.down = number in (20, 21, 22, 40)
        told = [name for name in self.chance.sample(NAMES, self.chance.randint(0, 2)) if self.push(name)]
        if self.chance.random() < 0.3:
            remote = self.chance.choice(list(self.remotes.values()))
            remote.commit({"notes.txt": f"{number}\n"}, f"Note {number}")
        if number == 30:
            self.agenda.change(self.house.config.targets, Timetable(self.house.config.service, self.chance.random))
        for _ in range(4):
            self.passes_by(15)
        assert self.down or all(map(self.is_newest, told)), "what is told is written within a minute"

    def is_newest(self, name: str) -> bool:
        """Whether every repository has the newest tag of an image."""
        wanted = f"image: {self.image(name)}:1.{self.minor[name]}.0"
        return all(self.remotes[one].show(f"{name}.yaml") == wanted for one in USES if name in USES[one])


@pytest.mark.parametrize("seed", [2])
def test_an_hour_of_it(tmp_path: Path, seed: int) -> None:
    """In the end everything is at its newest, each update was one commit, and nothing that was opened stayed open."""
    hour = Hour(tmp_path, seed)
    with hour.registry:
        hour.begins()
        hour.works()
        files = len(os.listdir("/proc/self/fd"))
        for number in range(60):
            hour.minute(number)
        hour.passes_by(400)
        for name, remote in hour.remotes.items():
            remote.check()
            log = [line for line in remote.log() if line.startswith("Update")]
            assert len(log) == len(set(log)), "an update was made twice"
            assert len(log) <= sum(hour.minor[one] for one in USES[name])
        assert all(map(hour.is_newest, NAMES))
        assert len(os.listdir("/proc/self/fd")) <= files + 4
        assert hour.agenda.state() == {"waiting": 0, "running": 0, "images": 0, "late": 0.0}
        board, targets = hour.house.board, hour.house.config.targets
        states = [one.state for status in board.every(targets) for one in status.images]
        assert states == [State.CURRENT] * 8
        rounds = {errand.round for errand in hour.errands if errand.round}
        assert 10 <= len(rounds) <= 15, "a round each five minutes, and the jitter"
