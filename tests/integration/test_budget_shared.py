"""One budget of requests for many workers, on a real Redis: what a host allows is kept together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagwright.cache.redis import Redis
from tagwright.lookup import lookup
from tagwright.model import TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry, answer_json, refusal
from tagwright.registries.web.pace import Paces
from tests.support.git_server import Remote
from tests.support.real_redis import raw, serving
from tests.support.story import Running

pytestmark = pytest.mark.real
HOST = "registry.example.com:5000"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a server."""
    with serving(tmp_path) as port:
        yield f"redis://127.0.0.1:{port}/0"


def test_each_turn_is_taken_once(url: str) -> None:
    """Two workers that ask in turn get one moment after the other; another host is another matter."""
    workers = [Redis(url), Redis(url)]
    waits = [workers[number % 2].turn(HOST, 20.0, 0.0) for number in range(6)]
    assert waits == pytest.approx([0, 20, 40, 60, 80, 100], abs=10)
    assert workers[0].turn("quay.io", 20.0, 0.0) == 0


def test_each_turn_is_taken_once_by_threads_at_once(url: str) -> None:
    """Whoever asks in the same moment: no two get the same one."""
    workers, waits, lock = [Redis(url) for _ in range(4)], list[float](), threading.Lock()

    def take(worker: Redis) -> None:
        for _ in range(5):
            wait = worker.turn(HOST, 10.0, 0.0)
            with lock:
                waits.append(wait)

    threads = [threading.Thread(target=take, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == pytest.approx([number * 10 for number in range(20)], abs=9)


def test_a_pause_is_for_all_and_the_longest_counts(url: str) -> None:
    """Who was told Retry-After tells it."""
    Redis(url).turn(HOST, 0.0, 60.0)
    Redis(url).turn(HOST, 0.0, 30.0)
    assert Redis(url).turn(HOST, 0.0, 0.0) == pytest.approx(60, abs=10)


def test_without_a_limit_nothing_is_kept(url: str) -> None:
    """The common case costs a question, and leaves nothing there."""
    assert Redis(url).turn(HOST, 0.0, 0.0) == 0
    assert raw(url).keys() == []


def test_a_key_is_bounded_ends_by_itself_and_tells_nothing(url: str) -> None:
    """A registry may lead us to hosts of any name."""
    Redis(url).turn("user:s3cret@" + "a" * 9999, 5.0, 0.0)
    (key,) = raw(url).keys()
    assert key.startswith(b"tagwright:1:turn:")
    assert len(key) < 60
    assert b"s3cret" not in key
    assert 0 < raw(url).pttl(key) <= 6000


@pytest.mark.parametrize("value", [b"nan", b"inf", b"-inf", b"1e308", b"-5", b"", b"\xff", b"x" * 99999, b"9" * 400])
def test_what_others_write_there_stops_nobody(url: str, value: bytes) -> None:
    """A turn is never later than in five minutes, whatever stands there, nor before now."""
    Redis(url).turn(HOST, 5.0, 0.0)
    raw(url).set(raw(url).keys()[0], value)
    assert 0 <= Redis(url).turn(HOST, 5.0, 0.0) <= 300


def test_a_server_that_goes_away_is_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """From then on the local budget alone counts; said once, for the cache and the budget together."""
    with serving(tmp_path) as port:
        shared = Redis(f"redis://127.0.0.1:{port}")
        shared.turn(HOST, 60.0, 0.0)
        assert shared.turn(HOST, 60.0, 0.0) > 30
    begun = time.monotonic()
    assert [shared.turn(HOST, 60.0, 0.0) for _ in range(50)] == [0.0] * 50
    assert shared.get("name") is None
    assert time.monotonic() - begun < 10
    assert len(caplog.messages) == 1


# ── whole runs ───────────────────────────────────────────────────────────────

WORKERS, IMAGES, RATE = 3, 40, 40


class Counting(EmbeddedRegistry):
    """Notes when each request came. Until a request of each worker is there nobody gets an answer."""

    def __init__(self, workers: int) -> None:
        super().__init__()
        self._workers, self._lock = workers, threading.Lock()
        self._known, self._all_here = set[str](), threading.Event()
        self.arrivals = list[float]()
        self.many = threading.Event()

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.arrivals.append(time.monotonic())
            self._known |= {asked.path.split("/")[2]}
            if len(self._known) == self._workers:
                self._all_here.set()
            if len(self.arrivals) == IMAGES // 2:
                self.many.set()
        self._all_here.wait(60)
        return super().answer(asked)


def _worker(folder: Path, registry: EmbeddedRegistry, name: str, server: str) -> Running:
    """A run over a repository of its own, whose images nobody else has, at a host that allows so many a second."""
    remote = Remote(folder / name / "deploy.git")
    images = [f"{registry.host}/{name}/app-{number}" for number in range(IMAGES)]
    for number in range(IMAGES):
        registry.add(f"{name}/app-{number}", "1.0.0")
    remote.commit({"all.yaml": "".join(f"- image: {image}:1.0.0\n" for image in images)})
    (folder / name / "tagwright.yaml").write_text(
        f"version: 1\nregistries: [{{prefix: '{registry.host}', requests_per_second: {RATE}}}]\n"
        "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"
        f"targets: [{{name: {name}, repository: {remote.path}, branch: main}}]\n"
    )
    arguments = ("run", "--json", "--config", str(folder / name / "tagwright.yaml"))
    return Running(arguments, {"TAGWRIGHT_SHARED_CACHE": server})


def _images(ran: Any) -> int:
    return len(ran.json["targets"][0]["decisions"])


def test_many_workers_together_keep_to_what_one_may(tmp_path: Path, url: str) -> None:
    """Three processes at once, each allowed 40 requests a second at one host: no more than 40 of all arrive there."""
    with Counting(WORKERS) as registry:
        running = [_worker(tmp_path, registry, f"worker-{number}", url) for number in range(WORKERS)]
        ended = [one.ends() for one in running]
    assert [(one.code, _images(one)) for one in ended] == [(0, IMAGES)] * WORKERS, ended
    came = registry.arrivals
    assert len(came) == WORKERS * IMAGES
    assert came[-1] - came[0] >= (len(came) - 1) / RATE * 0.95


class Strict(EmbeddedRegistry):
    """Says to the first who asks that it was too much; `arrivals` are when each request came."""

    def __init__(self, first: Answer) -> None:
        super().__init__()
        self._first, self.arrivals = first, list[float]()

    def answer(self, asked: Asked) -> Answer:
        self.arrivals.append(time.monotonic())
        return self._first if len(self.arrivals) == 1 else super().answer(asked)


@pytest.mark.parametrize(
    "first",
    [
        refusal(429, "TOOMANYREQUESTS", (("Retry-After", "2"),)),
        answer_json(
            {"name": "acme/api", "tags": ["1.0.0"]}, headers=(("RateLimit-Remaining", "0"), ("RateLimit-Reset", "2"))
        ),
    ],
    ids=["too many requests", "nothing left"],
)
def test_what_one_worker_is_told_holds_the_others_back(first: Answer, url: str) -> None:
    """Retry-After, and a limit that has run out: another worker, with connections of its own, does not ask before."""
    with Strict(first) as registry:
        registry.add("acme/api", "1.0.0")
        image = f"{registry.host}/acme/api"
        one, other = (open_registries((), {}, paces=Paces(budget=Redis(url))) for _ in range(2))
        with one, other:
            told = threading.Thread(target=lookup, args=([image], one))
            told.start()
            while told.is_alive() and not raw(url).keys():
                time.sleep(0.01)
            found = lookup([image], other)
            told.join()
        assert isinstance(found[image], TagList)
    assert min(registry.arrivals[1:]) - registry.arrivals[0] >= 2 * 0.95


def test_a_server_that_is_killed_in_the_middle_leaves_each_to_its_own_budget(tmp_path: Path) -> None:
    """The run ends well, as fast as it may and no faster, with one word about it."""
    with Counting(1) as registry:
        with serving(tmp_path) as port:
            running = _worker(tmp_path, registry, "alone", f"redis://127.0.0.1:{port}")
            assert registry.many.wait(60)
        ended = running.ends()
    assert (ended.code, _images(ended)) == (0, IMAGES), ended
    assert ended.err.count("is done without") == 1
    came = registry.arrivals
    assert came[-1] - came[0] >= (len(came) - 1) / RATE * 0.95
