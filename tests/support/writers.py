"""Writers in processes of their own, as pipelines and CronJobs are: started, waited for, and heard."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagwright.registries.embedded import EmbeddedRegistry
from tests.property.races import (
    BUILDS,
    HOST,
    SEED,
    VERSIONS,
    Actor,
    Outcome,
    Pass,
    Person,
    Pipeline,
    Said,
    Want,
    act,
)  # fmt: skip
from tests.support.git_model import chain_of
from tests.support.git_server import Place
from tests.support.story import Result, Running

_CONFIGURATION = """\
version: 1
registries: [{{prefix: ghcr.io, endpoint: "http://{registry}"}}]
defaults: {{policy: {{compatible: minor}}}}
delivery: {{mode: commit, group: all}}
targets: [{{name: deploy, repository: "{url}", branch: main, access: {access}}}]
"""

_HOOK = """
[ "$2" = 0000000000000000000000000000000000000000 ] && exit 0
git merge-base --is-ancestor $2 $3 || {{ echo "$1 $2 $3" >> {forced}; exit 1; }}
"""


def login(served: Place) -> list[str]:
    """How to reach a repository from the command line."""
    found = []
    if served.access.username:
        found += ["--username-env", served.access.username.env]
    if served.access.token:
        found += ["--token-env", served.access.token.env]
    if served.access.ssh_key_file:
        found += ["--ssh-key-file", served.access.ssh_key_file, "--known-hosts", served.access.known_hosts]
    return found


def mixture(seed: str, jobs: int, persons: int) -> list[Actor]:
    """What many want at once, drawn from a seed: one image or a batch, with ranks or without, in some files or all."""
    chance = random.Random(seed)
    return [*(_job(chance) for _ in range(jobs)), *(_person(chance, number) for number in range(persons))]


def _job(chance: random.Random) -> Pipeline | Pass:
    if chance.random() < 0.2:
        return Pass()
    images = chance.sample("aabc", chance.choice([1, 1, 1, 2]))
    wants = {image: _want(chance, image) for image in images}
    return Pipeline(tuple(wants.values()), chance.choice(["", "", "", "all.yaml"]))


def _want(chance: random.Random, image: str) -> Want:
    if image != "c":
        return Want(image, chance.choice(VERSIONS[1:]))
    tag = chance.choice(sorted(BUILDS))
    return Want("c", tag, chance.choice([BUILDS[tag], None]))


def _person(chance: random.Random, number: int) -> Person:
    does = chance.choice(["note", "note", "move", "delete", "write", "revert"])
    return Person(does, chance.choice("ab"), chance.choice(VERSIONS), number)


@dataclass(slots=True)
class Arena:
    """A served repository and a registry, with writers on them. Whoever moves a branch by force is written down."""

    served: Place
    folder: Path
    registry: EmbeddedRegistry
    _forced: Path = field(init=False)

    def __post_init__(self) -> None:
        self._forced = self.folder / "forced"
        self.served.remote.commit(SEED, "Seed")
        self.served.remote.hook("update", _HOOK.format(forced=self._forced))
        for image in "ab":
            for tag in VERSIONS:
                self.registry.add(f"acme/{image}", tag)
        self.registry.add("acme/c", "seed000")
        access = self.served.access
        keys = {"ssh_key_file": access.ssh_key_file, "known_hosts": access.known_hosts}
        keys |= {"token_env": access.token.env} if access.token else {}
        keys |= {"username_env": access.username.env} if access.username else {}
        given = json.dumps({name: value for name, value in keys.items() if value})
        text = _CONFIGURATION.format(registry=self.registry.host, url=self.served.url, access=given)
        (self.folder / "tagwright.yaml").write_text(text, "utf-8")

    @property
    def forced(self) -> str:
        """The pushes that were no fast-forward."""
        return self._forced.read_text("utf-8") if self._forced.exists() else ""

    def race(self, actors: Iterable[Actor], seconds: float = 120) -> list[Outcome]:
        """Start every writer at once, let people commit meanwhile, and hear how the writers ended."""
        actors = list(actors)
        running = [(one, self._start(one)) for one in actors if not isinstance(one, Person)]
        people = threading.Thread(target=self._people, args=([one for one in actors if isinstance(one, Person)],))
        people.start()
        ended = [(writer, process.ends(seconds)) for writer, process in running]
        people.join()
        return [_outcome(writer, done) for writer, done in ended]

    def _start(self, writer: Pipeline | Pass) -> Running:
        common = ("--json", "--verbose")
        if isinstance(writer, Pass):
            return Running(("run", "--config", str(self.folder / "tagwright.yaml"), *common), self.served.environ)
        batch = [{"image": f"{HOST}/{one.image}:{one.tag}"} | _rank(one) for one in writer.wants]
        file = self.folder / f"batch-{threading.get_ident()}-{id(writer)}"
        file.write_text(json.dumps(batch), "utf-8")
        files = ("--files", writer.files) if writer.files else ()
        place = ("--repo", self.served.url, *login(self.served))
        return Running(("set", "--batch", str(file), *files, *place, *common), self.served.environ)

    def _people(self, persons: list[Person]) -> None:
        for person in persons:
            while True:
                chain = chain_of(self.served.remote, last=2)
                files, message = act(person, chain)
                try:
                    if files != chain[-1].files:
                        self.served.remote.commit(files, message, onto=chain[-1].oid, alone=True)
                    break
                except AssertionError:
                    continue  # a writer was faster: the person looks again


def _rank(want: Want) -> dict[str, int]:
    return {} if want.order is None else {"order": want.order}


def _outcome(writer: Pipeline | Pass, done: Result) -> Outcome:
    report: dict[str, Any] = done.json
    (target,) = report["targets"]
    said = tuple(Said(one["path"], one["line"], one["verdict"], one["chosen"]) for one in target["decisions"])
    pushed = tuple(one["commit"] for one in target["published"] if one["outcome"] == "pushed")
    problems = tuple(f"{one['code']}: {one['message']}" for one in target["problems"])
    attempts = 1 + done.err.count("looking again")
    return Outcome(
        writer, "", target["commit"], said, pushed, tuple(report["unmatched"]), problems, done.code, attempts
    )
