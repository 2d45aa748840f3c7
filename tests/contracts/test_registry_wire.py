"""Whatever happens to one answer or to the bytes of it: the list is whole, or it is a problem, and in time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwright.errors import Problem, RegistryError
from tagwright.lookup import describe, lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, Asked
from tagwright.registries.web.patience import Patience
from tests.support.fault_proxy import FaultProxy, Toxic
from tests.support.houses import MANY, House, running_house
from tests.support.registry import TAGS, Bearer, authorization, client, instead, paged, running, without
from tests.support.spoiled import ADDING, HARMFUL, HARMLESS, bomb, spoiled

SHORT = Patience(tries=2, base=0.002, budget=1.0, timeout=0.15, whole=0.5)
IN_TIME = 30.0
"""Seconds, far beyond two tries of half a second for each of ten pages: only what hangs takes longer."""


def asked(host: str, patience: Patience = SHORT, image: str = "acme/api") -> TagList | Problem:
    """What our client says of an image of a registry, in time."""
    started = time.monotonic()
    with open_registries((RegistrySettings(host),), {}, patience=patience) as registries:
        (found,) = lookup([f"{host}/{image}"], registries).values()
    assert time.monotonic() - started < IN_TIME
    return found


def assert_whole_or_a_problem(found: TagList | Problem, whole: tuple[str, ...] = TAGS) -> None:
    """Never a part."""
    assert isinstance(found, Problem) or sorted(found.tags) == sorted(whole), found


# ── answers ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("spoil", HARMLESS)
def test_what_still_says_all_is_read(spoil: str, at: int) -> None:
    """Packed, in chunks, after interim responses: the first page, one between and the last are read as ever."""
    with running(spoiled(HARMLESS[spoil], at, once=True), paged(3)) as registry:
        found = asked(registry.host, Patience())
        assert isinstance(found, TagList)
        assert sorted(found.tags) == list(TAGS)
        assert len(registry.requests) == 4


@pytest.mark.parametrize("at", [0, 1, 3])
@pytest.mark.parametrize("spoil", HARMFUL)
def test_what_does_not_say_all_is_a_problem(spoil: str, at: int) -> None:
    """However often it is asked: a page that is spoiled for good fails its list."""
    with running(spoiled(HARMFUL[spoil], at, once=False), paged(3)) as registry:
        assert isinstance(asked(registry.host), Problem)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(sorted(HARMFUL | HARMLESS)), st.integers(0, 5), st.integers(1, 11))
def test_one_spoiled_answer_never_makes_a_shorter_list(spoil: str, at: int, size: int) -> None:
    """One answer of any size of page, spoiled once in any way: the whole list or a problem."""
    with running(spoiled((HARMFUL | HARMLESS)[spoil], at, once=True), paged(size)) as registry:
        assert_whole_or_a_problem(asked(registry.host))


@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("spoil", HARMFUL)
def test_a_spoiled_token_makes_no_half_list(spoil: str, at: int) -> None:
    """The first token, or the one that is asked for when the first is over between two pages."""
    bearer = Bearer(authorization())

    def ending(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.query.get("last") == TAGS[5] and len(bearer.grants) == 1:
            bearer.tokens.clear()
        return onward(asked)

    with running(spoiled(HARMFUL[spoil], at, once=False, what="/token"), ending, bearer, paged(3)) as registry:
        with client(registry.host, patience=SHORT) as registries:
            (found,) = lookup([f"{registry.host}/acme/api"], registries).values()
        assert_whole_or_a_problem(found)
        assert len(bearer.grants) > at


GONE = ("not there", "not there, as a page")
"""What says that a tag is not there (any more): a fact, and no failure."""


@pytest.mark.parametrize("what", ["/manifests/", "/blobs/"])
@pytest.mark.parametrize(
    ("spoil", "bare"),
    # A manifest that is one, of a server that promises no digest, is believed.
    [(name, bare) for name in HARMFUL if name not in GONE for bare in (False, True) if not (bare and name in ADDING)],
)
def test_a_spoiled_description_is_no_fact(spoil: str, what: str, bare: bool) -> None:
    """A manifest or a configuration spoiled for good: the truth or an error, never other facts and never fewer."""
    with running(tags=()) as registry:
        registry.add("acme/api", "1.0.0", platforms=("linux/amd64", "linux/arm64"))
        registry.add("acme/api", "1.1.0")
        name = f"{registry.host}/acme/api"
        with open_registries((), {}) as registries:
            truth = describe(name, ["1.0.0", "1.1.0"], registries)
        registry.faults += [spoiled(HARMFUL[spoil], 1, once=False, what=what)]
        registry.faults += [without("Docker-Content-Digest")] if bare else []
        for tag in truth:
            with open_registries((), {}, patience=SHORT) as registries, suppress(RegistryError):
                assert describe(name, [tag], registries)[tag] == truth[tag]


def test_a_bomb_is_not_unpacked() -> None:
    """20 MiB in 20 kB are cut off at the limit, like any body that is too big."""
    packed = Answer(200, bomb(), (("Content-Encoding", "gzip"),))
    with running(instead("tags/list", packed)) as registry:
        found = asked(registry.host, Patience(tries=1))
    assert isinstance(found, Problem)
    assert "more than 16 MiB" in found.message


def test_lists_are_asked_for_packed() -> None:
    """Tags pack to a tenth; manifests, whose digests are checked, are asked for as they are."""
    with running() as registry, open_registries((), {}) as registries:
        lookup([f"{registry.host}/acme/api"], registries)
        describe(f"{registry.host}/acme/api", ["1.0.0"], registries)
    listed, *others = [one.headers["accept-encoding"] for one in registry.requests]
    assert (listed, set(others)) == ("gzip", {"identity"})


def test_what_nobody_asked_for_is_no_answer() -> None:
    """A server that says more than its length leaves that on the connection: the next question is asked on another."""
    forged = b'HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n{"name": "acme/web", "tags": ["6.6.6.6"]}'
    filling = b" " * 70_000  # so that what follows is in no buffer of ours
    body = b'{"name": "acme/api", "tags": ["1.0.0"]}' + filling
    smuggling = Answer(200, body + forged, (("Content-Length", str(len(body))),))
    with running(instead("acme/api/tags/list", smuggling)) as registry:
        registry.add("acme/web", "2.0.0")
        with open_registries((), {}) as registries:
            names = [f"{registry.host}/acme/{name}" for name in ("api", "web")]
            first, second = (lookup([name], registries)[name] for name in names)
    assert isinstance(first, TagList)
    assert isinstance(second, TagList)
    assert (first.tags, second.tags) == (("1.0.0",), ("2.0.0",))


# ── bytes ────────────────────────────────────────────────────────────────────


@contextmanager
def behind_a_proxy() -> Iterator[tuple[FaultProxy, int]]:
    """A registry of four pages behind a proxy that did no harm yet, and how many bytes its list is."""
    with running(paged(3)) as registry:
        with FaultProxy(registry.host) as healthy:
            assert isinstance(asked(healthy.host, Patience()), TagList)
        with FaultProxy(registry.host) as proxy:
            yield proxy, healthy.carried


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["reset", "end", "stall"]), st.floats(0, 1, exclude_max=True), st.booleans())
def test_a_connection_that_breaks_at_any_byte_never_makes_a_shorter_list(way: str, part: float, once: bool) -> None:
    """In a status line, a header, a body or between two answers, once or for ever after: whole, or a problem."""
    with behind_a_proxy() as (proxy, size):
        proxy.toxic = Toxic(way, int(part * size), once)
        assert_whole_or_a_problem(asked(proxy.host))


@pytest.mark.parametrize("way", ["refuse", "reset", "end", "stall"])
def test_what_breaks_once_is_asked_again(way: str) -> None:
    """A connection that breaks in the middle of a body costs another try, not the list."""
    with behind_a_proxy() as (proxy, size):
        proxy.toxic = Toxic(way, 0 if way == "refuse" else size // 2 + 60)
        found = asked(proxy.host, Patience(tries=4, base=0.002, timeout=1.0, whole=3.0))
        assert isinstance(found, TagList)
        assert sorted(found.tags) == list(TAGS)


@pytest.mark.parametrize("toxic", [Toxic(delay=0.02), Toxic(rate=40_000)])
def test_a_slow_network_is_waited_for(toxic: Toxic) -> None:
    """Late and slow are no faults within the limits."""
    with behind_a_proxy() as (proxy, _):
        proxy.toxic = toxic
        assert isinstance(asked(proxy.host, Patience(tries=1)), TagList)


def test_a_network_that_never_gets_done_is_a_problem() -> None:
    """A few bytes a second keep no one waiting for longer than an answer may take."""
    with behind_a_proxy() as (proxy, _):
        proxy.toxic = Toxic(rate=60)
        found = asked(proxy.host)
    assert isinstance(found, Problem)
    assert found.code == "registry-unreachable"


@pytest.mark.real
@pytest.mark.parametrize("kind", ["distribution-2-none", "distribution-3-none", "crane"])
def test_real_registries_behind_a_bad_network(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Their own headers and ways of sending, broken at a dozen places: whole, or a problem."""
    with running_house(kind, tmp_path_factory.mktemp(kind)) as house:
        with FaultProxy(house.host) as healthy:
            assert_whole(house, healthy)
        for way in ("reset", "end", "stall"):
            for part in (0.001, 0.1, 0.5, 0.99):
                with FaultProxy(house.host, Toxic(way, int(part * healthy.carried), once=False)) as proxy:
                    assert_whole_or_a_problem(asked(proxy.host, image="acme/many"), MANY)


def assert_whole(house: House, proxy: FaultProxy) -> None:
    """Without a fault the list comes through."""
    found = asked(proxy.host, image="acme/many")
    assert isinstance(found, TagList)
    assert sorted(found.tags) == list(MANY)
