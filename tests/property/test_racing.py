"""Writers that race, in every order their looks and pushes can take: what each was told is true, and nothing is lost.

Each writer runs the real pipeline in a thread of its own, which stops before each look and each push until the schedule
lets it go on; so a failure shrinks to the fewest writers and the shortest schedule that show it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tagwright import inquiry
from tagwright.cache import Cache
from tagwright.follow import FollowPolicies
from tagwright.git.mirror import open_mirror
from tagwright.intents import Intent, parse
from tagwright.make_true import MakeTrue
from tagwright.model import Delivery, GitAccess, Head, Mode, PolicyKind, PolicySpec, TagList, Target, TargetReport
from tagwright.recall import past
from tagwright.registries import open_registries
from tagwright.run import Clients, run_target
from tagwright.survey import Place
from tests.property.races import (
    HOST,
    SEED,
    VERSIONS,
    Actor,
    Judge,
    Outcome,
    Pass,
    Person,
    Pipeline,
    Said,
    act,
    people,
    writers,
)  # fmt: skip
from tests.support.git_model import Commit, GitModel, MirrorModel, chain_of
from tests.support.git_server import Remote

TARGET = Target(
    "deploy",
    repository="/srv/deploy.git",
    branch="main",
    defaults=PolicySpec(PolicyKind.COMPATIBLE, "minor"),
    delivery=Delivery(mode=Mode.COMMIT, group="all"),
)
SCHEDULES = st.lists(st.integers(0, 7), min_size=8, max_size=40)


class Turns:
    """A place that waits for its turn before each look and each push. `looks` are the heads it saw."""

    def __init__(self, place: Any) -> None:
        self._place = place
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self.looks: list[str] = []
        self.done = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._place, name)

    def head(self, *arguments: Any) -> Head:
        """Look, when it is our turn."""
        self._wait()
        head = cast(Head, self._place.head(*arguments))
        self.looks.append(head.commit)
        return head

    def push(self, *arguments: Any, **named: Any) -> None:
        """Push, when it is our turn."""
        self._wait()
        self._place.push(*arguments, **named)

    def step(self) -> None:
        """Let it go on until it waits again or is done."""
        self._go.release()
        self._back.acquire()

    def end(self) -> None:
        """It is done."""
        self.done = True
        self._back.release()

    def _wait(self) -> None:
        self._back.release()
        self._go.acquire()


@dataclass(slots=True)
class Writing:
    """A writer at work."""

    writer: Pipeline | Pass
    turns: Turns
    failed: list[BaseException] = field(default_factory=list)
    reports: list[tuple[TargetReport, tuple[str, ...]]] = field(default_factory=list)

    def begin(self) -> threading.Thread:
        """Run it as far as its first look."""
        thread = threading.Thread(target=self._work, daemon=True)
        thread.start()
        self.turns._back.acquire()
        return thread

    def _work(self) -> None:
        try:
            wish = _wish(self.writer)
            clients = Clients(lambda _: nullcontext(cast(Place, self.turns)), _no_forge, Cache(None))
            report = run_target(TARGET, wish, clients)
            lost = wish.unmatched() if isinstance(wish, MakeTrue) else ()
            self.reports.append((report, tuple(str(intent.image) for intent in lost)))
        except BaseException as error:  # noqa: BLE001 - told to the test, which fails by it
            self.failed.append(error)
        finally:
            self.turns.end()

    def outcome(self) -> Outcome:
        """How it ended."""
        assert not self.failed, self.failed
        ((report, unmatched),) = self.reports
        said = tuple(
            Said(one.reference.path, one.reference.line, one.verdict.value, one.chosen) for one in report.decisions
        )
        pushed = tuple(one.commit for one in report.published if one.outcome.value == "pushed")
        problems = tuple(f"{one.code}: {one.message}" for one in report.problems)
        code = 1 if problems else 4 if unmatched else 0
        looks = self.turns.looks
        return Outcome(self.writer, looks[0], report.commit, said, pushed, unmatched, problems, code, len(looks))


def _no_forge(_: Target) -> Any:
    raise AssertionError("nobody asked for a pull request")


def _wish(writer: Pipeline | Pass) -> MakeTrue | FollowPolicies:
    registries = open_registries((), {})
    if isinstance(writer, Pass):
        return FollowPolicies(registries, lambda: datetime.now(UTC))
    return MakeTrue(tuple(_intents(writer)), registries)


def _intents(writer: Pipeline) -> Iterator[Intent]:
    files = (writer.files,) if writer.files else ()
    for want in writer.wants:
        yield parse(f"{HOST}/{want.image}:{want.tag}", files=files, order=want.order)


@contextmanager
def offered(newest: str) -> Iterator[None]:
    """The registry has every version up to one; nobody sleeps, and what was recalled counts for its own head alone."""
    tags = tuple(VERSIONS[: VERSIONS.index(newest) + 1])

    def lookup(images: Sequence[str], *_: object) -> Mapping[str, TagList]:
        return {name: TagList(name, tags, newest) for name in images}

    with ExitStack() as stack:
        stack.enter_context(patch.object(inquiry, "lookup", lookup))
        stack.enter_context(patch("tagwright.run.time.sleep", lambda _: None))
        stack.enter_context(patch.object(past, "_SECONDS", 0))
        yield


class InMemory(GitModel):
    """A place of races that costs nothing."""

    def mirror(self) -> Any:
        """Another writer's own."""
        return MirrorModel(self)

    def acts(self, person: Person) -> None:
        """A person commits what they do, if it changes anything."""
        files, message = act(person, self.chain())
        if files != self.commits[self.tip].files:
            self.person(files, message)


class OnDisk:
    """A real repository, and a real mirror for each writer."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.remote, self._folder, self._stack = Remote(folder / "deploy.git"), folder, stack
        self._count = 0
        self.remote.commit(SEED, "Seed")

    def mirror(self) -> Any:
        """Another writer's own, in a cache of its own."""
        self._count += 1
        cache = self._folder / str(self._count)
        return self._stack.enter_context(open_mirror(str(self.remote.path), GitAccess(), cache, os.environ))

    def chain(self) -> list[Commit]:
        """Its commits, oldest first."""
        return chain_of(self.remote)

    def acts(self, person: Person) -> None:
        """A person commits what they do, if it changes anything."""
        chain = self.chain()
        files, message = act(person, chain)
        if files != chain[-1].files:
            self.remote.commit(files, message, alone=True)


def play(stage: InMemory | OnDisk, actors: Sequence[Actor], schedule: Sequence[int]) -> list[Outcome]:
    """Let the actors take turns as the schedule says, and in their order when it is over; how the writers ended."""
    at_work: list[Writing | Person] = [
        actor if isinstance(actor, Person) else Writing(actor, Turns(stage.mirror())) for actor in actors
    ]
    threads = [one.begin() for one in at_work if isinstance(one, Writing)]
    waiting = [one for one in at_work if isinstance(one, Person) or not one.turns.done]
    turns = iter(schedule)
    while waiting:
        one = waiting[next(turns, 0) % len(waiting)]
        if isinstance(one, Person):
            stage.acts(one)
            waiting.remove(one)
        else:
            one.turns.step()
            if one.turns.done:
                waiting.remove(one)
    for thread in threads:
        thread.join()
    return [one.outcome() for one in at_work if isinstance(one, Writing)]


JOBS, PERSONS = st.lists(writers(), min_size=2, max_size=4), st.lists(people(), max_size=3)


@settings(max_examples=300)
@given(JOBS, PERSONS, SCHEDULES)
def test_whoever_is_faster_nothing_is_lost_doubled_or_taken_back(
    jobs: list[Pipeline | Pass], persons: list[Person], schedule: list[int]
) -> None:
    """No lost update, no downgrade, one commit a wish at most and none empty, no line of a person's touched, a
    rollback respected; and every writer is told the truth about every reference it asked for."""
    model = InMemory()
    model.person(SEED, "Seed")
    outcomes = raced(model, jobs, persons, schedule)
    event(f"most attempts: {max(one.attempts for one in outcomes)}")
    for verdict in sorted({said.verdict for one in outcomes for said in one.said}):
        event(f"somebody was told: {verdict}")


@settings(max_examples=6)
@given(JOBS, PERSONS, SCHEDULES)
def test_it_is_so_with_git_itself(
    tmp_path_factory: pytest.TempPathFactory,
    jobs: list[Pipeline | Pass],
    persons: list[Person],
    schedule: list[int],
) -> None:
    """The same races on a real repository, which is whole afterwards: the model of it is a fair one."""
    with ExitStack() as stack:
        stage = OnDisk(tmp_path_factory.mktemp("race"), stack)
        raced(stage, jobs, persons, schedule)
        stage.remote.check()


def raced(
    stage: InMemory | OnDisk, jobs: list[Pipeline | Pass], persons: list[Person], schedule: list[int]
) -> list[Outcome]:
    """Play it, and let it be judged."""
    newest = max((job.newest for job in jobs if isinstance(job, Pass)), key=VERSIONS.index, default=VERSIONS[0])
    with offered(newest):
        outcomes = play(stage, [*jobs, *persons], schedule)
    Judge(stage.chain(), outcomes).judge()
    return outcomes
