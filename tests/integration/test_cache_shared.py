"""A cache that many workers share, on a real Redis: what one learns the others know, and nobody waits for it."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tagwright.cache import Cache
from tagwright.cache import redis as store
from tagwright.cache.redis import Redis
from tagwright.errors import UsageError
from tagwright.registries.kept import Seen
from tests.support import certificates
from tests.support.real_redis import raw, serving
from tests.support.real_registry import free_port
from tests.support.registry import trickling

pytestmark = pytest.mark.real
SEEN = Seen(10, "2026-01-02")
PASSWORD = "s3cret-Pa55"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of a server that wants no password."""
    with serving(tmp_path) as port:
        yield f"redis://127.0.0.1:{port}/0"


def test_what_one_worker_keeps_another_knows(url: str, tmp_path: Path) -> None:
    """Two workers with folders of their own, or none; each has it in its own folder as well."""
    Cache(tmp_path / "one").behind(Redis(url)).save(SEEN, "key")
    assert Cache().behind(Redis(url)).load(Seen, "key") == SEEN
    assert Cache(tmp_path / "one").load(Seen, "key") == SEEN
    assert Cache(tmp_path / "two").load(Seen, "key") is None


def test_what_is_kept_has_an_end_and_a_name_of_ours(url: str) -> None:
    """A key of ours and of our version, that expires, and is read for another while."""
    Cache().behind(Redis(url)).save(SEEN, "https://user:secret@example.com")
    client = raw(url)
    (key,) = client.keys()
    assert key.startswith(b"tagwright:1:seen:")
    assert b"secret" not in key
    client.expire(key, 10)
    assert Cache().behind(Redis(url)).load(Seen, "https://user:secret@example.com") == SEEN
    assert 10 < client.ttl(key) <= 90 * 86_400


def test_a_huge_value_is_neither_kept_nor_read(url: str) -> None:
    """Nobody can fill our memory through it, and we do not fill the server's."""
    shared = Redis(url)
    shared.put("huge", bytes(store.MOST + 1))
    assert raw(url).keys() == []
    raw(url).set("tagwright:1:huge", bytes(store.MOST + 1))
    raw(url).set("tagwright:1:large", bytes(store.MOST))
    assert shared.get("huge") is None
    assert shared.get("large") == bytes(store.MOST)


def test_no_more_than_a_value_comes_over_the_wire(url: str) -> None:
    """Of what somebody made larger, only so much is fetched."""
    raw(url).set("tagwright:1:huge", bytes(8 * store.MOST))
    assert Redis(url).get("huge") is None
    assert raw(url).info("stats")["total_net_output_bytes"] < 2 * store.MOST


HOSTILE: list[Any] = [
    {}, [], None, 1, "text", [10], [10, "2026-01-02", 1], ["10", "2026-01-02"], [True, "2026-01-02"], [[], []],
    [10.0, "2026-01-02"], [10, None], [10, 20260102],
]  # fmt: skip


@pytest.mark.parametrize(
    "value", [json.dumps(value).encode() for value in HOSTILE] + [b"\xff", b"[" * 90_000, b"9" * 9999]
)
def test_what_others_write_there_is_not_believed_unless_it_could_be_ours(url: str, value: bytes) -> None:
    """Another shape, another type, nonsense: as if it were not there, and our own is asked."""
    cache = Cache().behind(Redis(url))
    cache.save(SEEN, "key")
    raw(url).set(raw(url).keys()[0], value)
    assert cache.load(Seen, "key") is None


def test_a_key_of_another_kind_is_no_error(url: str) -> None:
    """A list where a value should be."""
    raw(url).rpush("tagwright:1:a", "x")
    assert Redis(url).get("a") is None


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_server_that_refuses_us_is_done_without(
    tmp_path: Path, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The own folder serves; one warning, without a secret."""
    with serving(tmp_path, "--requirepass", PASSWORD) as port:
        cache = Cache(tmp_path).behind(Redis(f"redis://127.0.0.1:{port}", password))
        cache.save(SEEN, "key")
        assert cache.load(Seen, "key") == SEEN
        assert len(caplog.messages) == 1
        assert PASSWORD not in caplog.text
        assert Redis(f"redis://127.0.0.1:{port}", PASSWORD).get("none") is None
        assert len(caplog.messages) == 1


def test_tls_is_checked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With its authority named it serves; without, nothing is sent to it."""
    authority = certificates.authority(tmp_path)
    files = ("--tls-cert-file", f"{tmp_path}/server.pem", "--tls-key-file", f"{tmp_path}/server.key")
    settings = ("--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no", "--tls-ca-cert-file", f"{authority}")
    with serving(tmp_path, *settings, *files) as port:
        trusted = Redis(f"rediss://localhost:{port}?ssl_ca_certs={authority}")
        trusted.put("a", b"1")
        assert (trusted.get("a"), caplog.messages) == (b"1", [])
        assert Redis(f"rediss://localhost:{port}").get("a") is None
        assert len(caplog.messages) == 1


def test_a_server_that_is_away_is_asked_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A refused connection, and then only the own folder."""
    cache = Cache(tmp_path).behind(Redis(f"redis://127.0.0.1:{free_port()}"))
    for number in range(100):
        cache.save(Seen(number, "2026-01-02"), "key")
        assert cache.load(Seen, "key") == Seen(number, "2026-01-02")
    assert len(caplog.messages) == 1


def test_a_server_that_comes_back_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A service lives longer than its neighbours: after a while it asks again, and says what is so once."""
    monkeypatch.setattr(store, "AWAY", 0.0)
    with serving(tmp_path) as port:
        shared = Redis(f"redis://127.0.0.1:{port}")
        shared.put("a", b"1")
    assert [shared.get("a") for _ in range(20)] == [None] * 20
    with serving(tmp_path, port=port):
        shared.put("a", b"2")
        assert shared.get("a") == b"2"
    assert [" ".join(said.split()[4:7]) for said in caplog.messages] == ["is done without:", "is there again"]


def test_a_server_that_trickles_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte now and then is no answer: the time limit is for the whole of it."""
    monkeypatch.setattr(store, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        cache = Cache(tmp_path).behind(Redis(f"redis://127.0.0.1:{server.getsockname()[1]}"))
        cache.save(SEEN, "key")  # it connects, and nobody ever answers
        begun = time.monotonic()
        assert cache.load(Seen, "key") == SEEN
        assert time.monotonic() - begun < 0.3


def test_a_server_that_never_ends_its_answer_leaves_no_thread_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A service makes thousands of runs: who listened to it is ended with the first question."""
    monkeypatch.setattr(store, "PATIENCE", 0.3)
    with trickling(b"$4194304\r\n") as host:
        there = set(threading.enumerate())
        assert Redis(f"redis://{host}/0").get("name") is None
        end = time.monotonic() + 30
        while set(threading.enumerate()) - there and time.monotonic() < end:
            time.sleep(0.02)
        assert set(threading.enumerate()) <= there


@pytest.mark.parametrize("wrong", ["http://127.0.0.1", "127.0.0.1:6379", "redis://[::1", "redis://127.0.0.1:port/0"])
def test_an_address_that_is_none_is_said_at_once(wrong: str) -> None:
    """In our words."""
    with pytest.raises(UsageError, match="the shared cache's address is none") as told:
        Redis(wrong)
    assert "redis://HOST:PORT" in told.value.hint


def test_a_name_that_is_looked_up_for_ever_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver knows no limit, so ours is around it."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(30) and [])
    monkeypatch.setattr(store, "PATIENCE", 0.2)
    shared = Redis("redis://cache.example:6379/0")
    begun = time.monotonic()
    assert [shared.get("one"), shared.get("two")] == [None, None]
    over.set()
    assert time.monotonic() - begun < 10
