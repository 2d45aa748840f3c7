"""Many workers: 10,000 repositories with 100,000 references on 1, 4 and 16 shards.

Real: who looks after what (`sharding`), and all that is asked of registries: each shard is a process that looks up the
images of its repositories as a run does, at three hosts of ready bytes that allow `RATE` requests a second each, which
count what comes. Once each shard is on its own (a budget each), once they share a Redis (one budget, and lists that
another has just read). What repositories cost is measured on a few, by whole runs of one shard, and computed for as
many machines as shards. Two cores do all of it, so of 16 processes much of the time is theirs. Run with
`python -m tests.bench.shards [REPOSITORIES]`.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
import urllib.request
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import Any

from tagwright.cache import Cache, redis
from tagwright.lookup import lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.web.pace import Paces
from tagwright.sharding import Shard
from tests.bench.tag_server import Serving, tag_server
from tests.support.git_server import Remote
from tests.support.real_redis import serving
from tests.support.story import DEPLOYMENT, Running

REPOSITORIES, EACH, RATE, TRIED = 10_000, 10, 200, 48
SHARDS = (1, 4, 16)
HOSTS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
"""How the images are spread over the hosts."""
PATIENCE = 60.0  # seconds with a server that shares two cores with 16 workers and three hosts
UNEVEN_LIMIT, MORE_LIMIT, RATE_LIMIT = 1.2, 1.25, 1.05


@dataclass(frozen=True, slots=True)
class Estate:
    """Repositories of a company, drawn from a seed: some large, most small. Hosts are numbers."""

    repositories: int

    def images(self) -> Iterator[tuple[str, tuple[tuple[int, str], ...]]]:
        """Each repository's address with its references: half to images of its team, half to what everybody uses."""
        chance = random.Random(7)
        sizes = [chance.paretovariate(2.0) for _ in range(self.repositories)]
        scale = self.repositories * EACH / sum(sizes)
        common = max(self.repositories // 10, 1)
        for number, size in enumerate(sizes):
            team = number // 10
            names = (
                f"team-{team}/app-{chance.randrange(4)}" if chance.random() < 0.5
                else f"common/image-{min(int(chance.paretovariate(0.6)), common)}"
                for _ in range(max(1, round(size * scale)))
            )  # fmt: skip
            address = f"https://git.example.com/team-{team}/deploy-{number}.git"
            yield address, tuple((_host(name), name) for name in names)


def _host(name: str) -> int:
    return HOSTS[zlib.crc32(name.encode()) % len(HOSTS)]


@dataclass(frozen=True, slots=True)
class Order:
    """What a shard is told."""

    index: int
    count: int
    repositories: int
    hosts: tuple[str, ...]
    redis: str = ""


# ── a shard, in a process of its own ─────────────────────────────────────────


def work(order: Order) -> None:
    """Look up the images of one's own repositories, when told to begin; say how much that was."""
    own = Shard(order.index, order.count)
    mine = [images for _, images in own.part(Estate(order.repositories).images(), lambda one: one[0])]
    names = list(dict.fromkeys(f"{order.hosts[host]}/{name}" for images in mine for host, name in images))
    life = timedelta(hours=1) if order.redis else None
    settings = tuple(RegistrySettings(host, requests_per_second=RATE, tags_max_age=life) for host in order.hosts)
    redis.PATIENCE = PATIENCE
    server = redis.Redis(order.redis) if order.redis else None
    cache, paces = (Cache().behind(server), Paces(budget=server)) if server else (Cache(), Paces())
    print("ready", flush=True)
    sys.stdin.readline()
    with open_registries(settings, {}, cache=cache, paces=paces) as registries:
        found = lookup(names, registries)
        requests = registries.requests
    assert all(isinstance(tags, TagList) for tags in found.values())
    print(json.dumps({"targets": len(mine), "references": sum(map(len, mine)), "requests": requests}), flush=True)


# ── all of them ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Passed:
    """All shards' passes: what each had, what each host got (by its own count), and the seconds until the last."""

    shards: tuple[Mapping[str, int], ...]
    hosts: tuple[int, ...]
    seconds: float

    def uneven(self, what: str) -> float:
        """The most that a shard had, by the mean."""
        found = [shard[what] for shard in self.shards]
        return max(found) / mean(found)

    @property
    def rate(self) -> float:
        """Requests a second at the host that was asked most."""
        return max(self.hosts) / self.seconds


def passed(count: int, repositories: int, server: str = "") -> Passed:
    """One pass by so many shards at once, at hosts that nobody asked before."""
    with ExitStack() as stack:
        hosts = tuple(stack.enter_context(tag_server(Serving(tags=20))) for _ in set(HOSTS))
        orders = (Order(index, count, repositories, hosts, server) for index in range(count))
        shards = [stack.enter_context(_started(order)) for order in orders]
        for shard in shards:
            assert _line(shard) == "ready"
        begun = time.perf_counter()
        for shard in shards:
            assert shard.stdin
            shard.stdin.write("go\n")
            shard.stdin.flush()
        told = tuple(json.loads(_line(shard)) for shard in shards)
        seconds = time.perf_counter() - begun
        return Passed(told, tuple(_counted(host) for host in hosts), seconds)


@contextmanager
def _started(order: Order) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bench.shards", json.dumps(asdict(order))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def _line(shard: subprocess.Popen[str]) -> str:
    assert shard.stdout
    return shard.stdout.readline().strip()


def _counted(host: str) -> int:
    with urllib.request.urlopen(f"http://{host}/counts") as answer:
        counts: Counter[str] = Counter(json.load(answer))
    return counts.total()


def repository_cost(folder: Path) -> float:
    """Seconds a repository of ten references takes a run that has seen none of them, its registry left out."""
    lines = []
    for number in range(TRIED):
        remote = Remote(folder / f"deploy-{number}.git")
        image = "registry.invalid/team/app:1.0.0"
        remote.commit({f"app-{app}.yaml": DEPLOYMENT.format(image=image) for app in range(EACH)})
        lines.append(f"  - {{name: deploy-{number}, repository: {remote.path}, branch: main}}\n")
    text = "version: 1\nholds: [{images: ['**'], reason: measured}]\ndelivery: {mode: commit}\ntargets:\n"
    (folder / "tagwright.yaml").write_text(text + "".join(lines))
    begun = time.perf_counter()
    ended = Running(("run", "--config", str(folder / "tagwright.yaml"), "--cache", str(folder / "cache"))).ends()
    assert ended.code in (0, 2), ended
    return (time.perf_counter() - begun) / TRIED


HEAD = (
    "shards    targets  refs  requests |  each on its own: requests  by host                 s   req/s |"
    "  sharing: requests  by host                 s   req/s |  Git on N machines"
)


def row(count: int, own: Passed, sharing: Passed, each: float) -> str:
    """A line of the table: most/mean of a shard, then what was asked, then what repositories take at the largest."""
    uneven = "  ".join(f"{own.uneven(what):6.2f}" for what in ("targets", "references", "requests"))
    largest = max(shard["targets"] for shard in own.shards)
    parts = [
        f"{sum(one.hosts):8,}  {' '.join(f'{host:,}' for host in one.hosts):22} {one.seconds:6.1f} {one.rate:7.0f}"
        for one in (own, sharing)
    ]
    return (
        f"{count:6}    {uneven}  |  {parts[0]} |  {parts[1]} |  {largest:,} repositories: {largest * each / 60:.1f} min"
    )


def main(repositories: int) -> int:
    """Print the table; 1 when a figure is beyond its limit."""
    with tempfile.TemporaryDirectory() as name:
        each = repository_cost(Path(name))
        print(
            f"shards    {repositories:,} repositories, about {repositories * EACH:,} references; each of 3 hosts allows"
            f" {RATE} requests/s; a repository takes a cold run {each * 1000:.0f} ms (of {TRIED})\n{HEAD}",
            flush=True,
        )
        fine, alone = True, 0
        for count in SHARDS:
            with serving(Path(name)) as port:
                own, sharing = passed(count, repositories), passed(count, repositories, f"redis://127.0.0.1:{port}")
            print(row(count, own, sharing, each), flush=True)
            alone = alone or sum(own.hosts)
            fine &= own.uneven("targets") <= UNEVEN_LIMIT and sharing.rate <= RATE * RATE_LIMIT
            fine &= sum(sharing.hosts) <= alone * MORE_LIMIT
    print(
        f"shards    at most {UNEVEN_LIMIT} times the mean of targets; sharing, at most {MORE_LIMIT} times the requests "
        f"of one worker, and {RATE_LIMIT} times the rate"
    )
    return 0 if fine else 1


def _ordered(text: str) -> Order:
    said: dict[str, Any] = json.loads(text)
    return Order(**{**said, "hosts": tuple(said["hosts"])})


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("{"):
        work(_ordered(sys.argv[1]))
    else:
        sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else REPOSITORIES))
