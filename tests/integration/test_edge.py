"""The service's edge, over real sockets: what is too much, too slow, unknown or broken gets no further."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from tagwright.serve.web import edge
from tagwright.serve.web.edge import Edge
from tagwright.serve.web.strangers import Strangers
from tagwright.serve.web.wire import Wire
from tests.support.listening import Client, asked, listening

HEAD = "POST /echo HTTP/1.1\r\nHost: x\r\n"


async def _echo(request: Request) -> JSONResponse:
    return JSONResponse({"bytes": len(await request.body())})


async def _login(request: Request) -> PlainTextResponse:
    refused = {"good": 200, "known": 403}.get(request.headers.get("x-key", ""), 401)
    return PlainTextResponse("hello", refused)


async def _bug(_: Request) -> PlainTextResponse:
    raise ZeroDivisionError("the inside of the house")


async def _big(_: Request) -> StreamingResponse:
    return StreamingResponse(b"x" * 65536 for _ in range(2000))


async def _framed(_: Request) -> PlainTextResponse:
    return PlainTextResponse("x", headers={"Content-Security-Policy": "default-src 'self'"})


@pytest.fixture
def strangers() -> Strangers:
    """Three at once, and then one an hour."""
    return Strangers(burst=3, per_second=1 / 3600)


@pytest.fixture
def port(strangers: Strangers) -> Iterator[int]:
    """A small application, served as the service serves its own."""
    routes = [
        Route("/echo", _echo, methods=["POST"]),
        Route("/login/{secret}", _login),
        Route("/bug", _bug),
        Route("/big", _big),
        Route("/framed", _framed),
    ]
    with listening(Edge(Starlette(routes=routes), strangers, most_bytes=1 << 20, body_seconds=0.4)) as found:
        yield found


# ── too much ─────────────────────────────────────────────────────────────────


def test_a_body_up_to_the_limit_is_taken(port: int) -> None:
    """To its last byte, in one piece or in chunks."""
    with Client(port) as client:
        client.say(f"{HEAD}Content-Length: {1 << 20}\r\n\r\n".encode() + b"x" * (1 << 20))
        assert client.answer()[2] == '{"bytes":1048576}'
        client.say(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n")
        client.say(b"80000\r\n" + b"x" * 0x80000 + b"\r\n80000\r\n" + b"x" * 0x80000 + b"\r\n0\r\n\r\n")
        assert client.answer()[2] == '{"bytes":1048576}'


def test_a_body_that_says_to_be_longer_is_refused_before_it_comes(port: int) -> None:
    """413 for its Content-Length alone, and the connection ends."""
    with Client(port) as client:
        client.say(f"{HEAD}Content-Length: {(1 << 20) + 1}\r\n\r\n")
        heard = client.hears()
    assert heard.startswith("HTTP/1.1 413 ")
    assert "connection: close" in heard.lower()


def test_long_bodies_share_room_that_short_ones_do_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many connections there are, memory is bounded; what a request held is free after it, however it ended."""
    monkeypatch.setattr(edge, "MOST_HELD", 1 << 20)
    whole = Edge(Starlette(routes=[Route("/echo", _echo, methods=["POST"])]), Strangers())

    async def story() -> None:
        rest = asyncio.Event()
        held = asyncio.create_task(_posted(whole, 900_000, rest))
        await asyncio.sleep(0)
        while whole._room.left == 1 << 20:
            await asyncio.sleep(0)
        assert await _posted(whole, 1_000_000) == 503
        assert await _posted(whole, 65_536) == 200
        rest.set()
        assert await held == 200
        assert await _posted(whole, 1_000_000) == 200
        assert whole._room.left == 1 << 20

    asyncio.run(story())


async def _posted(app: Edge, length: int, rest: asyncio.Event | None = None) -> int:
    """How a body of so many bytes is answered; its end comes when `rest` is set."""
    pieces: list[Message] = [
        {"type": "http.request", "body": b"x" * length, "more_body": True},
        {"type": "http.request", "body": b""},
    ]
    statuses = []

    async def receive() -> Message:
        if rest and len(pieces) == 1:
            await rest.wait()
        return pieces.pop(0)

    async def send(message: Message) -> None:
        statuses.append(message.get("status"))

    scope = {"type": "http", "method": "POST", "path": "/echo", "headers": [], "query_string": b"", "root_path": ""}
    await app(scope, receive, send)
    return int(statuses[0] or 0)


@pytest.mark.parametrize("length", ["9" * 19, "9" * 30])
def test_a_number_beyond_all_measure_is_too_long(port: int, length: str) -> None:
    """Nothing is reserved for it."""
    with Client(port) as client:
        client.say(f"{HEAD}Content-Length: {length}\r\n\r\n")
        assert client.hears().split()[1] in ("413", "400")


def test_chunks_are_counted(port: int) -> None:
    """What never says its length is refused where it passes the limit."""
    with Client(port) as client:
        client.say(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n")
        client.say(b"100001\r\n" + b"x" * 0x100001 + b"\r\n")
        assert client.answer()[0] == 413


@pytest.mark.parametrize("more", ["Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: -1\r\n", "a b: c\r\n"])
def test_heads_that_can_be_read_in_two_ways_are_refused(port: int, more: str) -> None:
    """400, so that no proxy before us reads another request than we do."""
    with Client(port) as client:
        client.say(f"{HEAD}{more}\r\nxxxx")
        assert client.hears().startswith("HTTP/1.1 400 ")


def test_a_long_head_is_refused(port: int) -> None:
    """Past 32 KiB."""
    with Client(port) as client:
        client.say(HEAD + f"X-Long: {'x' * 70_000}\r\n")
        assert client.hears().startswith("HTTP/1.1 4")


# ── too slow ─────────────────────────────────────────────────────────────────


def test_a_body_that_does_not_come_is_not_waited_for(port: int) -> None:
    """408 when the whole is not there in time, however many pieces came."""
    with Client(port) as client:
        client.say(f"{HEAD}Content-Length: 100\r\n\r\n")
        client.say("x")
        assert client.answer()[0] == 408


@pytest.mark.parametrize("said", ["", "POST /echo HTTP/1.1\r\nHost"])
def test_a_head_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, port: int, said: str) -> None:
    """The connection is closed, at whatever byte it stands still; a second request on it has no more time."""
    monkeypatch.setattr(Wire, "head_seconds", 0.2)
    with Client(port) as client:
        client.say(said)
        assert client.hears() == ""
    with Client(port) as client:
        client.say(HEAD + "Content-Length: 0\r\n\r\n")
        assert client.answer()[0] == 200
        client.say(said or "P")
        assert client.hears() == ""


def test_a_head_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Each byte in time, the whole not: slowloris."""
    monkeypatch.setattr(Wire, "head_seconds", 0.3)
    begun = time.monotonic()
    with Client(port) as client, pytest.raises((BrokenPipeError, ConnectionResetError)):
        _drip(client, HEAD * 100)
    assert time.monotonic() - begun < 5


def _drip(client: Client, text: str) -> None:
    for byte in text:
        client.say(byte)
        time.sleep(0.01)


def test_an_answer_that_nobody_reads_is_not_held(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """The connection ends with what was read so far."""
    ended, lost = threading.Event(), Wire.connection_lost

    def connection_lost(wire: Wire, exc: Exception | None) -> None:
        lost(wire, exc)
        ended.set()

    monkeypatch.setattr(Wire, "exchange_seconds", 0.3)
    monkeypatch.setattr(Wire, "connection_lost", connection_lost)
    with Client(port) as client:
        client.say("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
        assert ended.wait(10)
        assert len(client.hears()) < 2000 * 65536


def test_only_so_many_connections_are_held(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Where all are being answered the next one is told to come again, and room that is left is used."""
    monkeypatch.setattr(Wire, "most", 2)
    with Client(port) as one, Client(port) as two:
        for client in (one, two):
            client.say("GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            assert client.begins("HTTP/1.1 200 ")
        with Client(port) as third:
            assert third.answer()[:2] == (503, {"content-length": "0", "retry-after": "2", "connection": "close"})
    _until(lambda: asked(port, "POST /echo HTTP/1.1\nHost: x\nContent-Length: 0")[0] == 200)


@pytest.mark.parametrize("said", ["", "POST /echo HTTP/1.1\r\nHost", HEAD + "Content-Length: 9\r\n\r\nx"])
def test_connections_that_ask_nothing_keep_nobody_out(monkeypatch: pytest.MonkeyPatch, port: int, said: str) -> None:
    """Where there are too many, the one ends whose request has not come for the longest."""
    monkeypatch.setattr(Wire, "most", 3)
    with Client(port) as known:
        known.say(HEAD + "Content-Length: 0\r\n\r\n")
        assert known.answer()[0] == 200
        with ExitStack() as held:
            silent = [held.enter_context(Client(port)) for _ in range(10)]
            for one in silent[-2:]:
                one.say(said)
            assert [asked(port, "POST /echo HTTP/1.1\nHost: x\nContent-Length: 0")[0] for _ in range(5)] == [200] * 5
            assert silent[0].hears() == ""


def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + 10
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


# ── who is unknown ───────────────────────────────────────────────────────────


def login(port: int, key: str, more: str = "") -> tuple[int, dict[str, str], str]:
    """A request with a key that is good or not."""
    return asked(port, f"GET /login/hunter2 HTTP/1.1\nHost: x\nX-Key: {key}{more}")


def test_strangers_are_told_to_wait_and_nobody_else_is(port: int) -> None:
    """From the fourth failure on 429 with Retry-After, from the same address; a good login is heard all the while.

    So who is known to somebody and may not do this: anybody can have that.
    """
    assert [login(port, key)[0] for key in ("bad", "known", "bad", "known", "bad")] == [401, 403, 401, 429, 429]
    status, headers, body = login(port, "bad")
    assert (status, body) == (429, '{"error": "too many requests that are not allowed"}')
    assert 0 < int(headers["retry-after"]) <= 3600
    assert [login(port, "good")[0] for _ in range(10)] == [200] * 10


def test_a_forwarded_address_counts_only_from_a_proxy_that_is_trusted(strangers: Strangers) -> None:
    """Who is not trusted cannot be a new stranger with each request; behind a trusted proxy each client counts."""
    app = Edge(Starlette(routes=[Route("/login/{secret}", _login)]), strangers)
    with listening(app) as port:
        found = [login(port, "bad", f"\nX-Forwarded-For: 192.0.2.{number}")[0] for number in range(5)]
    assert found == [401, 401, 401, 429, 429]
    with listening(app, trusted=["127.0.0.0/8"]) as port:
        assert [login(port, "bad", f"\nX-Forwarded-For: 192.0.2.{n}")[0] for n in range(5)] == [401] * 5
        lying = [login(port, "bad", f"\nX-Forwarded-For: 203.0.113.{n}, 192.0.2.99")[0] for n in range(5)]
    assert lying == [401, 401, 401, 429, 429]


# ── every answer ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/framed", "/bug", "/nothing", "/login/x"])
def test_every_answer_has_headers_for_browsers(port: int, path: str) -> None:
    """Nothing is guessed, framed, sent on or stored; a room's own word wins; the server does not name itself."""
    _, headers, _ = asked(port, f"GET {path} HTTP/1.1\nHost: x")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith(
        "default-src 'self'" if path == "/framed" else "default-src 'none'"
    )
    assert "server" not in headers


def test_a_bug_says_nothing_to_the_sender_and_all_to_the_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """500, and the trace in the log once."""
    status, _, body = asked(port, "GET /bug HTTP/1.1\nHost: x")
    assert status == 500
    assert "inside" not in body
    _until(lambda: caplog.text.count("ZeroDivisionError: the inside of the house") == 1)
    assert caplog.text.count("Traceback") == 1


def test_unknown_paths_and_methods_are_refused_without_an_echo(port: int) -> None:
    """404 and 405; HEAD is answered like GET without a body."""
    status, _, body = asked(port, "GET /hunter2?x=hunter2 HTTP/1.1\nHost: x")
    assert (status, "hunter2" in body) == (404, False)
    assert asked(port, "DELETE /echo HTTP/1.1\nHost: x")[0] == 405
    assert asked(port, "OPTIONS /echo HTTP/1.1\nHost: x")[1]["allow"] == "POST"
    with Client(port) as client:
        client.say("HEAD /framed HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert client.hears().endswith("\r\n\r\n")


def test_the_access_log_holds_no_secret(port: int, caplog: pytest.LogCaptureFixture) -> None:
    """A route by its pattern; no path, no query, no header."""
    with caplog.at_level(logging.INFO, "tagwright.access"):
        asked(port, "GET /login/hunter2?token=hunter2 HTTP/1.1\nHost: x\nAuthorization: Bearer hunter2")
        asked(port, "GET /hunter2 HTTP/1.1\nHost: hunter2")
        _until(lambda: len(caplog.messages) == 2)
    assert [message.split(", ")[0] for message in caplog.messages] == ["GET /login/{secret} 401", "GET - 404"]
    assert "hunter2" not in caplog.text
    assert "for 127.0.0.1" in caplog.text
