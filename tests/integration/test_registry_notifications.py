"""A real registry tells of what is pushed to it, and is understood."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.hooked import SECRET, Room, hook
from tests.support.real_registry import Pusher, docker_registry, free_port, wait_for_port

pytestmark = pytest.mark.real


@contextmanager
def listening(room: Room) -> Iterator[str]:
    """The room, for as long as the block lasts; gives its address."""
    port = free_port()
    settings = uvicorn.Config(room.app, port=port, log_config=None, lifespan="off")
    server = uvicorn.Server(settings)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for_port(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def until(room: Room, images: list[str]) -> None:
    """Wait until so many images were told of."""
    ends = time.monotonic() + 20
    while len(room.noted.images) < len(images) and time.monotonic() < ends:
        time.sleep(0.01)
    assert room.noted.images == images


@pytest.mark.parametrize("version", [2, 3])
def test_a_push_to_a_real_registry(tmp_path: Path, version: int) -> None:
    """A tag, and a tag of an index whose images are pushed without one, are a hint each; the many layers are none."""
    room = Room((hook("distribution"),))
    with listening(room) as address, EmbeddedRegistry() as source:
        endpoint = (
            "notifications:\n  endpoints:\n"
            f"    - {{name: tagwright, url: '{address}/hooks/distribution', timeout: 5s, threshold: 3, backoff: 1s,\n"
            f"       headers: {{Authorization: [Bearer {SECRET}]}}}}\n"
        )
        with docker_registry(tmp_path, endpoint, version=version) as host:
            source.add("team/web", "2.0.0")
            Pusher(host).push(source)
            until(room, [f"{host}/team/web"])
            source.add("team/many", "2.1.0", platforms=("linux/amd64", "linux/arm64"))
            del source.repositories["team/web"]
            Pusher(host).push(source)
            until(room, [f"{host}/team/web", f"{host}/team/many"])


def test_a_real_registry_without_the_secret_is_refused(tmp_path: Path) -> None:
    """It is answered 401, and nothing is looked at; with it again, what it says is heard."""
    room = Room((hook("distribution"), hook("distribution", "other", header="X-Other")))
    with listening(room) as address, EmbeddedRegistry() as source:
        endpoint = (
            "notifications:\n  endpoints:\n"
            f"    - {{name: wrong, url: '{address}/hooks/other', timeout: 5s, threshold: 3, backoff: 1s}}\n"
            f"    - {{name: right, url: '{address}/hooks/distribution', timeout: 5s, threshold: 3, backoff: 1s,\n"
            f"       headers: {{Authorization: [Bearer {SECRET}]}}}}\n"
        )
        with docker_registry(tmp_path, endpoint) as host:
            source.add("team/web", "2.0.0")
            Pusher(host).push(source)
            until(room, [f"{host}/team/web"])
    told = room.house.metrics.text("")[0].decode()
    assert 'result="refused"' in told
