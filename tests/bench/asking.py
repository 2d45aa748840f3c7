"""What asking for many lists costs: beside a bare client, in requests as the server counts them, and in memory.

1,000 repositories of 1,000 tags. The bare client is http.client, json and as many threads, each with its connection;
it asks the same targets and checks nothing. The rounds alternate, the best of each counts. They are compared at
docker-registry, where it is installed, and at a server of ready bytes, where nothing but the client's own work is left:
that is for us to see, and has no limit. Run with
`python -m tests.bench.asking`.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tagwright.cache import Cache
from tagwright.lookup import lookup
from tagwright.model import TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import EmbeddedRegistry, Repository
from tests.bench.tag_server import Serving, tag_server
from tests.support.real_registry import free_port

REPOSITORIES, AT_ONCE, ROUNDS = 1000, 16, 7
_SPEED_LIMIT, _MEMORY_LIMIT = 0.8, 400


def ours(host: str, repositories: int = REPOSITORIES) -> float:
    """Seconds for all lists, as a run looks them up."""
    with open_registries((), {}, concurrency=AT_ONCE) as registries:
        begun = time.perf_counter()
        found = lookup([f"{host}/acme/image-{number}" for number in range(repositories)], registries)
        taken = time.perf_counter() - begun
    assert all(isinstance(tags, TagList) for tags in found.values())
    return taken


def bare(host: str) -> float:
    """The peer's seconds for the same."""
    mine = threading.local()

    def ask(number: int) -> list[str]:
        if not hasattr(mine, "connection"):
            mine.connection = http.client.HTTPConnection(host)
        mine.connection.request("GET", f"/v2/acme/image-{number}/tags/list?n=999")
        found: list[str] = json.loads(mine.connection.getresponse().read())["tags"]
        return found

    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        found = list(threads.map(ask, range(REPOSITORIES)))
    assert all(found)
    return time.perf_counter() - begun


def share(host: str, where: str) -> float:
    """How fast we are, as a share of the bare client's speed."""
    times: dict[str, list[tuple[float, float]]] = {"bare": [], "ours": []}
    for _ in range(ROUNDS):
        for name, work in (("bare", bare), ("ours", ours)):
            used = time.process_time()
            times[name].append((work(host), time.process_time() - used))
    (peer, peer_cpu), (own, own_cpu) = (tuple(map(min, zip(*times[name], strict=True))) for name in ("bare", "ours"))
    print(
        f"asking    {where}: {REPOSITORIES} lists in {own * 1000:.0f} ms, bare client {peer * 1000:.0f} ms"
        f" = {peer / own:.0%} of its speed; CPU a list {own_cpu:.2f} ms, bare {peer_cpu:.2f} ms"
    )
    return float(peer / own)


def counted(serving: Serving) -> dict[str, int]:
    """Requests of each kind for all lists, by the server's own count."""
    with tag_server(serving) as host:
        ours(host)
        with urllib.request.urlopen(f"http://{host}/counts") as reply:
            found: dict[str, int] = json.load(reply)
    return found


def requests_are_few() -> bool:
    """One a list; a challenge, and a token for each host or scope; and what the server's pages force."""
    fine = True
    for what, serving, wanted in (
        ("open", Serving(), {"lists": 1000}),
        ("a token for the host", Serving(login="one-token"), {"challenges": 1, "tokens": 1, "lists": 1000}),
        ("a token for each scope", Serving(login="token-each"), {"challenges": 1, "tokens": 1000, "lists": 1000}),
        ("pages of 250", Serving(page=250), {"lists": 4000}),
    ):
        found = counted(serving)
        # Threads that begin together may each be refused once, before the first of them has learned the way in.
        fine = (
            fine and found.get("challenges", 0) <= AT_ONCE and {**found, "challenges": 1} == {"challenges": 1, **wanted}
        )
        print(f"asking    {what}: {', '.join(f'{count:,} {kind}' for kind, count in sorted(found.items()))}")
    return fine


def peak(repositories: int, tags: int) -> int:
    """MB of a process that looks up so many lists, at its highest."""
    with tag_server(Serving(tags)) as host:
        command = [sys.executable, "-m", "tests.bench.asking", host, str(repositories)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"VmHWM:\s+(\d+) kB", said)
    assert found
    print(f"asking    {repositories:,} lists of {tags:,} tags: {int(found[1]) >> 10} MB (<= {_MEMORY_LIMIT})")
    return int(found[1]) >> 10


@contextmanager
def docker_registry(folder: Path) -> Iterator[str]:
    """Debian's docker-registry with its data in a folder: one repository with the tags, under every name."""
    tags = folder / "docker/registry/v2/repositories/acme/all/_manifests/tags"
    for number in range(1000):
        (tags / f"1.{number}.0").mkdir(parents=True)
    for number in range(REPOSITORIES):
        (tags.parents[2] / f"image-{number}").symlink_to("all")
    port = free_port()
    (folder / "registry.yml").write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n"
    )
    with subprocess.Popen(["docker-registry", "serve", str(folder / "registry.yml")], stderr=subprocess.DEVNULL) as one:
        while True:
            try:
                http.client.HTTPConnection("127.0.0.1", port).connect()
            except ConnectionRefusedError:
                time.sleep(0.05)
            else:
                break
        yield f"127.0.0.1:{port}"
        one.terminate()


def stretches_are_few() -> bool:
    """Requests for 1,000 of 20,000 tags, beside those for all."""
    prefix, counts = "main-", []
    with EmbeddedRegistry() as registry, tempfile.TemporaryDirectory() as folder:
        branches = [f"{letter}ain" for letter in "abcdefghijklmnopqrst"]
        tags = {f"{branch}-{number:04}": "" for branch in branches for number in range(1000)}
        registry.repositories["acme/api"] = Repository(tags)
        name = f"{registry.host}/acme/api"
        for _ in range(2):
            with open_registries((), {}, cache=Cache(Path(folder))) as registries:
                assert isinstance(lookup([name], registries, {name: prefix})[name], TagList)
                counts.append(registries.requests)
    print(f"asking    one branch of twenty, 20,000 tags: {counts[1]} requests, the whole list {counts[0]}")
    return counts[1] * 4 <= counts[0]


def is_fast() -> bool:
    """At a real registry."""
    if not shutil.which("docker-registry"):
        print("asking    docker-registry is not installed")
        return True
    with tempfile.TemporaryDirectory() as folder, docker_registry(Path(folder)) as host:
        return share(host, "at docker-registry") >= _SPEED_LIMIT


def is_small() -> bool:
    """A million tags, in many lists and in few."""
    return max(peak(1000, 1000), peak(10, 100_000)) <= _MEMORY_LIMIT


def main() -> int:
    """Print the figures; 1 when one is beyond its limit."""
    results = [is_fast(), requests_are_few(), stretches_are_few(), is_small()]
    with tag_server(Serving()) as host:
        share(host, "at a server of ready bytes")
    return 0 if all(results) else 1


if __name__ == "__main__":
    if sys.argv[2:]:
        ours(sys.argv[1], int(sys.argv[2]))
        print(Path("/proc/self/status").read_text())
    else:
        sys.exit(main())
