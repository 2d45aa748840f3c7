"""A dry run decides what a real run decides, whatever tags, people, holds, windows and time did before."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.support import ledgers
from tests.support.git_server import git
from tests.support.story import DEPLOYMENT, Story

FREEZE = "freeze: [{from: 2000-01-01, until: 2999-01-01, reason: audit}]\n"
HOLD = '  # tagwright: hold reason="INC-12"'


@dataclass
class Life:
    """A repository of one reference, and what befalls it; `barred` is the highest version taken back from us."""

    story: Story
    chance: random.Random
    tags: list[tuple[int, int]] = field(default_factory=lambda: [(2, 0)])
    at: tuple[int, int] = (2, 0)
    path: str = "apps/api.yaml"
    held: bool = False
    frozen: bool = False
    aged: bool = False
    ours: bool = False
    barred: tuple[int, int] = (0, 0)

    @property
    def content(self) -> str:
        image = f"{self.story.registry.host}/acme/api:{spelled(self.at)}"
        return DEPLOYMENT.format(image=image + HOLD * self.held)

    def begins(self) -> None:
        self.story.offers("acme/api", spelled(self.at))
        self.commits("Seed")

    def commits(self, message: str) -> None:
        self.story.remote.commit({self.path: self.content}, message)

    def publishes(self) -> None:
        minor, patch = max(self.tags)
        self.tags.append(self.chance.choice([(minor, patch + 1), (minor + 1, 0)]))
        self.story.offers("acme/api", spelled(self.tags[-1]))

    def is_edited(self) -> None:
        to = self.chance.choice(self.tags)
        if self.ours and to < self.at:
            self.barred = max(self.barred, self.at)
        self.ours = self.ours and to == self.at
        self.at = to
        self.commits(self.chance.choice(["By hand", "Merge branch 'x'"]))

    def is_rolled_back(self) -> None:
        lower = [tag for tag in self.tags if tag < self.at]
        if lower:
            self.barred = max(self.barred, self.at)
            self.at, self.ours = self.chance.choice(lower), False
            self.commits('Revert "Update"\n\nThis reverts commit 0123456.')

    def goes_on(self) -> None:
        self.barred = (0, 0)
        self.story.remote.commit({"notes.txt": str(self.chance.random())}, "Go on\n\nTagwright: resume")

    def is_moved(self) -> None:
        old, self.path = self.path, f"{self.chance.choice('abc')}{self.chance.randrange(1000)}/api.yaml"
        stream = "commit refs/heads/main\ncommitter P <p@example.test> now\ndata 4\nMove\nfrom refs/heads/main^0\n"
        script = f"{stream}D {old}\nM 100644 inline {self.path}\ndata {len(self.content)}\n{self.content}\n"
        git("fast-import", "--quiet", "--date-format=now", cwd=self.story.remote.path, stdin=script.encode())

    def is_held_or_let_go(self) -> None:
        self.held = not self.held
        self.commits("Hold" if self.held else "Let go")

    def freezes_or_thaws(self) -> None:
        self.frozen = not self.frozen

    def grows_patient_or_not(self) -> None:
        self.aged = not self.aged

    def grows_older(self) -> None:
        if ledgers.files(self.story.remote):
            ledgers.passes(self.story.remote, timedelta(days=self.chance.choice([1, 3])))

    def is_looked_at(self, command: str) -> Any:
        age = ", minimum_age: 2d" * self.aged
        self.story.configured(
            FREEZE * self.frozen + f"defaults: {{policy: {{compatible: minor{age}}}}}\ndelivery: {{mode: commit}}\n"
        )
        ran = self.story.runs(f"tagwright {command} --json")
        assert ran.code == 0, ran
        (target,) = ran.json["targets"]
        return target


def spelled(tag: tuple[int, int]) -> str:
    return "1.{}.{}".format(*tag)


def told(target: Any) -> Any:
    """What was decided, and why, without the minute it is now."""
    (one,) = target["decisions"]
    reasons = [(ruling["tag"], ruling["reason"]) for ruling in one["rulings"]]
    return one["verdict"], one["current"], one["chosen"], reasons, [change["files"] for change in target["changes"]]


EVENTS = (
    Life.publishes, Life.publishes, Life.publishes, Life.is_edited, Life.is_rolled_back, Life.is_rolled_back,
    Life.goes_on, Life.is_moved, Life.is_held_or_let_go, Life.freezes_or_thaws, Life.grows_patient_or_not,
    Life.grows_older,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_a_dry_run_decides_what_a_real_run_decides(story: Story, seed: int) -> None:
    """With and without what is kept between runs; and no run brings back what a person took back from it."""
    life = Life(story, random.Random(seed))
    life.begins()
    for _ in range(14):
        for event in life.chance.choices(EVENTS, k=2):
            event(life)
        planned = told(life.is_looked_at("plan"))
        done = told(life.is_looked_at(f"run --cache {story.folder / 'cache'}"))
        assert done == planned
        verdict, _, chosen, _, changes = done
        assert bool(changes) == (verdict == "update")
        if verdict == "update":
            life.at, life.ours = tuple(map(int, chosen.split(".")[1:])), True  # type: ignore[assignment]
            assert life.at > life.barred
        assert story.remote.show(life.path) == life.content.rstrip("\n")
        assert told(life.is_looked_at("plan"))[0] != "update"
