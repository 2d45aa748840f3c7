"""Many writers on one branch at once: every intent lands, nothing is lost, nobody is forced."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwright.registries.embedded import EmbeddedRegistry
from tests.property.races import Judge
from tests.support.git_model import chain_of
from tests.support.git_server import Place, place
from tests.support.parts import require
from tests.support.story import Running
from tests.support.writers import Arena, login, mixture

WRITERS = 20
SERVICES = [f"ghcr.io/acme/service-{number}" for number in range(WRITERS)]


def together(version: str) -> str:
    """Images on adjacent lines of one file, which a textual merge could never join."""
    return "".join(f"service{n}: {{image: '{name}:{version}'}}\n" for n, name in enumerate(SERVICES[: WRITERS // 2]))


@pytest.mark.parametrize("kind", ["file", "http", "ssh"])
def test_any_mixture_of_writers_and_people(kind: str, tmp_path: Path) -> None:
    """`run` and `set`, old and new versions, builds with ranks and without, batches; notes, moves, deletions, rollbacks
    and reverts by people. Nobody forces, and every writer was told the truth about each of its references."""
    if kind == "ssh":
        require("ssh", "ssh")
    with place(kind, tmp_path) as served, EmbeddedRegistry() as registry:
        arena = Arena(served, tmp_path, registry)
        outcomes = arena.race(mixture(kind, jobs=8, persons=4))
        Judge(chain_of(served.remote), outcomes).judge()
        assert arena.forced == ""
        served.remote.check()


@pytest.fixture(params=["file", "http", "ssh"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A repository with ten images in one file and ten in files of their own, reached in each way there is."""
    if request.param == "ssh":
        require("ssh", "ssh")
    with place(request.param, tmp_path) as found:
        apart = {f"apps/{n}.yaml": f"image: {SERVICES[n]}:1.0.0\n" for n in range(WRITERS // 2, WRITERS)}
        found.remote.commit({"all.yaml": together("1.0.0"), **apart}, "Seed")
        yield found


def flags(served: Place) -> list[str]:
    """How to reach it from the command line."""
    return ["--repo", served.url, *login(served)]


def test_twenty_pipelines_and_a_person_all_land(served: Place) -> None:
    """20 `set` for different images beside a person's commits: 20 intents, 20 trailers, no lost line, no force."""
    stop = threading.Event()
    persons: list[str] = []

    def person() -> None:
        while not stop.wait(0.5) and len(persons) < 12:
            try:
                tip = served.remote.tip() or ""
                text = served.remote.show("all.yaml", tip) + f"\n# note {len(persons)}\n"
                persons.append(served.remote.commit({"all.yaml": text}, f"Note {len(persons)}", onto=tip))
            except AssertionError:
                continue  # the bot was faster: the person looks again

    served.remote.hook(
        "update", '[ "$2" = 0000000000000000000000000000000000000000 ] || git merge-base --is-ancestor $2 $3\n'
    )
    before = served.remote.tip()
    writers = [
        Running(("set", f"{name}:1.1.0", "--retry-for", "2m", *flags(served)), served.environ) for name in SERVICES
    ]
    someone = threading.Thread(target=person)
    someone.start()
    ended = [writer.ends(180) for writer in writers]
    stop.set()
    someone.join()

    assert [one.code for one in ended] == [0] * WRITERS, [one for one in ended if one.code]
    trailers = [line for line in served.remote.log(form="%B") if line.startswith("Tagwright-Image: ")]
    assert sorted(trailers) == sorted(f"Tagwright-Image: {name} 1.0.0 -> 1.1.0" for name in SERVICES)
    lines = served.remote.show("all.yaml").splitlines()
    assert [line for line in lines if line.startswith("service")] == together("1.1.0").splitlines()
    assert [served.remote.show(f"apps/{n}.yaml") for n in range(10, 20)] == [f"image: {n}:1.1.0" for n in SERVICES[10:]]
    assert set(persons) <= set(served.remote.log(form="%H")), "a person's commit was lost"
    assert before in served.remote.log(form="%H")
    assert len(served.remote.log()) == 1 + WRITERS + len(persons), "an empty or a doubled commit"
    served.remote.check()


def test_of_five_versions_of_one_image_the_newest_stands(served: Place) -> None:
    """Whatever order they arrive in, no older one overtakes."""
    versions = ["1.1.0", "1.10.0", "1.2.0", "1.9.0", "1.3.0"]
    writers = [Running(("set", f"{SERVICES[0]}:{version}", *flags(served)), served.environ) for version in versions]
    ended = [writer.ends(120) for writer in writers]
    assert [one.code for one in ended] == [0] * len(versions), [one for one in ended if one.code]
    assert f"{SERVICES[0]}:1.10.0" in served.remote.show("all.yaml")
