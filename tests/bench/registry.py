"""B7: 100 images at 50 ms, against the limit that round trips set and against asking one after the other.

The server runs in a process of its own, answers 50 ms late, gives every image 1,000 tags, and counts nothing of its
CPU to us. Round trips: opening a connection costs none here, as only answers are late, so the limit is
`k * ceil(N / c) * RTT` alone. Run with `python -m tests.bench.registry`.
"""

from __future__ import annotations

import http.client
import json
import math
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tagwright.lookup import lookup
from tagwright.model import TagList
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry, answer_json
from tests.support.registry import Bearer, Fault

IMAGES, TAGS, AT_ONCE, RTT, RUNS = 100, 1000, 16, 0.05, 5
_WALL_LIMIT, _CPU_LIMIT, _PEER_LIMIT = 1.3, 0.4, 10.0


class Late(EmbeddedRegistry):
    """Every repository has the same tags; every answer is late, the token server's too."""

    def __init__(self, late: float, fault: Fault | None) -> None:
        super().__init__()
        tags = [f"1.{number}.0" for number in range(TAGS)]
        self._late, self._fault, self._tags = late, fault, tags

    def answer(self, asked: Asked) -> Answer:
        time.sleep(self._late)
        return self._fault(asked, self._list) if self._fault else self._list(asked)

    def _list(self, asked: Asked) -> Answer:
        name = asked.path.removeprefix("/v2/").removesuffix("/tags/list")
        return answer_json({"name": name, "tags": self._tags})


@contextmanager
def served(login: str) -> Iterator[str]:
    """A late registry in a process of its own; gives its host."""
    command = [sys.executable, "-m", "tests.bench.registry", "serve", login]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.terminate()


def serve(login: str) -> None:
    """The other process: say the host, answer until ended."""
    universal = 'Bearer realm="http://{host}/token",service="s",scope="read"'
    faults: dict[str, Fault | None] = {
        "none": None,
        "one-token": Bearer(challenge=universal, universal=True),
        "token-each": Bearer(),
    }
    with Late(RTT, faults[login]) as registry:
        print(registry.host, flush=True)
        sys.stdin.read()


def measured(host: str, registries: Registries) -> tuple[float, float]:
    """Wall and CPU seconds of one lookup of all images."""
    names = [f"{host}/acme/image-{number}" for number in range(IMAGES)]
    wall, cpu = time.perf_counter(), time.process_time()
    found = lookup(names, registries)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert all(isinstance(tags, TagList) and len(tags.tags) == TAGS for tags in found.values())
    return wall, cpu


def one_by_one(host: str) -> float:
    """The peer: the same lists, one request after the other, for a tenth of the images; seconds for all."""
    started = time.perf_counter()
    for number in range(IMAGES // 10):
        with urllib.request.urlopen(f"http://{host}/v2/acme/image-{number}/tags/list") as reply:
            json.load(reply)
    return (time.perf_counter() - started) * 10


def bare(host: str) -> float:
    """CPU milliseconds of one such list with http.client and json alone, on this machine at this hour."""
    connection, started = http.client.HTTPConnection(host), time.process_time()
    for number in range(IMAGES // 2):
        connection.request("GET", f"/v2/acme/image-{number}/tags/list")
        json.loads(connection.getresponse().read())
    connection.close()
    return (time.process_time() - started) * 1000 / (IMAGES // 2)


def report(login: str, requests: int) -> tuple[float, float, float]:
    """Measure one way of logging in; prints a line and returns wall ratio, CPU milliseconds an image, median wall."""
    limit = requests * math.ceil(IMAGES / AT_ONCE) * RTT
    runs = []
    with served(login) as host:
        for _ in range(RUNS):
            with open_registries((), {}, concurrency=AT_ONCE) as registries:
                if login == "one-token":
                    lookup([f"{host}/acme/first"], registries)
                runs.append(measured(host, registries))
    wall, cpu = (statistics.median(values) for values in zip(*runs, strict=True))
    each = cpu / IMAGES * 1000
    print(
        f"B7 registry {login:10} {IMAGES} images x {TAGS} tags: {wall * 1000:4.0f} ms, limit {limit * 1000:.0f} ms"
        f" = {wall / limit:.2f}x (<= {_WALL_LIMIT}), CPU {each:.2f} ms an image (<= {_CPU_LIMIT})"
    )
    return wall / limit, each, wall


def main() -> int:
    """Print every ratio; 1 when one is beyond its limit."""
    with served("none") as host:
        peer, floor = one_by_one(host), bare(host)
    ratio, cpu, wall = report("none", 1)
    cached, cached_cpu, _ = report("one-token", 1)
    each, _, _ = report("token-each", 2)
    print(f"B7 registry CPU of http.client and json alone: {floor:.2f} ms = 1/{cpu / floor:.1f} of ours")
    print(f"B7 registry one by one: {peer * 1000:.0f} ms = {peer / wall:.1f}x ours (>= {_PEER_LIMIT:.0f})")
    good = max(ratio, cached, each) <= _WALL_LIMIT and max(cpu, cached_cpu) <= _CPU_LIMIT and peer / wall >= _PEER_LIMIT
    return 0 if good else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        sys.exit(main())
