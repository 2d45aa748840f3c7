"""A host's budget: what it still allows is kept to, whoever asks it, and its exhaustion is a problem in time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from tagwright.errors import Problem, RegistryUnreachable
from tagwright.lookup import describe, lookup
from tagwright.model import Fact, RegistryCredentials, RegistrySettings
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, Asked, refusal
from tagwright.registries.web.pace import Pace, Paces, Urgency
from tests.support.registry import ENVIRON, LOGIN, QUICK, Fault, FaultyRegistry, client, instead, paths, running

MOMENT = re.compile(r"after \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")
NOBODY = RegistryCredentials()


def saying(*headers: tuple[str, str]) -> Fault:
    """Every answer has these headers too."""
    return lambda asked, onward: (lambda answer: replace(answer, headers=(*answer.headers, *headers)))(onward(asked))


def pulls(allowed: int) -> Fault:
    """Docker Hub: so many manifests in six hours, then 429; a HEAD costs nothing and tells what is left."""
    left = [allowed]

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if "/manifests/" not in asked.path:
            return onward(asked)
        answer = onward(asked)
        if asked.method == "GET":
            left[0] -= 1
            answer = answer if left[0] >= 0 else refusal(429, "TOOMANYREQUESTS")
        said = ("ratelimit-limit", f"{allowed};w=21600"), ("ratelimit-remaining", f"{max(left[0], 0)};w=21600")
        return replace(answer, headers=(*answer.headers, *said))

    return fault


def image(registry: FaultyRegistry) -> str:
    return f"{registry.host}/acme/api"


def test_manifests_that_are_used_up_are_not_asked_for() -> None:
    """The problem names the time; lists and digests, which cost nothing, go on."""
    with running(pulls(2)) as registry, client(registry.host, NOBODY) as registries:
        describe(image(registry), ["1.0.0", "1.0.1"], registries, Fact.PLATFORMS)
        asked = len(registry.requests)
        with pytest.raises(RegistryUnreachable, match="no more manifests") as said:
            describe(image(registry), ["1.0.2", "1.0.3", "1.0.4"], registries, Fact.PLATFORMS)
        assert len(registry.requests) == asked
        assert MOMENT.search(said.value.hint)
        assert describe(image(registry), ["1.0.5"], registries, Fact.DIGEST)["1.0.5"].digest
        assert not isinstance(lookup([image(registry)], registries)[image(registry)], Problem)


def test_who_finds_them_used_up_asks_once() -> None:
    """The allowance was used by others: one refusal tells all, and no retry hammers on it."""
    with running(pulls(0)) as registry, client(registry.host, NOBODY) as registries:
        for tag in ("1.0.0", "1.0.1"):
            with pytest.raises(RegistryUnreachable, match="no more manifests"):
                describe(image(registry), [tag], registries, Fact.PLATFORMS)
        assert paths(registry) == ["GET /v2/acme/api/manifests/1.0.0"]
        (host,) = registries.accounts.hosts()
    assert (host.requests, host.retries, host.limited) == (1, 0, 1)


@pytest.mark.parametrize(
    "said",
    [
        (("RateLimit-Remaining", "0"), ("RateLimit-Reset", "3600")),
        (("RateLimit", '"hour";r=0;t=3600'),),
        (("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", str(int(time.time()) + 3600))),
    ],
)
def test_a_host_that_allows_nothing_for_long_is_asked_nothing(said: tuple[tuple[str, str], ...]) -> None:
    """The answer that said so is taken; what follows is a problem with the time, at once."""
    with running(saying(*said)) as registry, client(registry.host, NOBODY) as registries:
        registry.add("acme/web", "1.0.0")
        assert not isinstance(lookup([image(registry)], registries)[image(registry)], Problem)
        other = f"{registry.host}/acme/web"
        problem = lookup([other], registries)[other]
        assert isinstance(problem, Problem)
        assert MOMENT.search(problem.hint)
        assert problem.retry_at
        assert len(registry.requests) == 1


def test_a_host_that_never_has_anything_left_holds_nobody_for_long() -> None:
    """It says with each answer to wait three seconds: one request's patience is spent on it, not one an image."""
    names = [f"acme/{number}" for number in range(40)]
    with running(saying(("RateLimit-Remaining", "0"), ("RateLimit-Reset", "3"))) as registry:
        for name in names:
            registry.add(name, "1")
        with client(registry.host, NOBODY, patience=replace(QUICK, budget=4.0)) as registries:
            started = time.monotonic()
            found = lookup([f"{registry.host}/{name}" for name in names], registries)
            assert time.monotonic() - started < 20
    refused = [one for one in found.values() if isinstance(one, Problem)]
    assert len(refused) > len(names) / 2
    assert all("allows us no more requests" in one.message and one.retry_at for one in refused)


ONE_TRY = replace(QUICK, tries=1, budget=60.0)


def test_a_host_that_finds_everybody_too_fast_is_not_asked_for_every_image() -> None:
    """429 until patience ends for three images, and no other answer to anybody: the rest are a problem at once."""
    refused = instead("tags/list", refusal(429, "TOOMANYREQUESTS"))
    with running(refused) as registry, client(registry.host, NOBODY, patience=ONE_TRY) as registries:
        for number in range(30):
            (found,) = lookup([f"{registry.host}/acme/{number}"], registries).values()
            assert isinstance(found, Problem)
            assert "answers 429 again and again" in found.message
        assert len(registry.requests) == 3


@pytest.mark.parametrize(("status", "between"), [(429, True), (500, False)])
def test_a_host_that_finds_some_too_fast_is_asked_for_every_image(status: int, between: bool) -> None:
    """Any other answer in between says that it is there for us; nor does trouble of another kind count."""
    refused = instead(r"acme/\d/tags/list", refusal(status, "X"))
    with running(refused) as registry, client(registry.host, NOBODY, patience=ONE_TRY) as registries:
        for number in range(6):
            lookup([f"{registry.host}/acme/{number}"], registries)
            if between:
                lookup([f"{registry.host}/acme/none{number}"], registries)
        assert sum("/acme/5/tags/list" in one.path for one in registry.requests) == 1


def test_a_host_that_allows_more_each_time_is_waited_for_each_time() -> None:
    """Two requests in three seconds, and eight to ask: every wait is worth it, however long they are in all."""
    left = [2]

    def window(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        left[0] = (left[0] - 1) % 2
        said = ("RateLimit-Remaining", str(left[0])), ("RateLimit-Reset", "3")
        return replace(onward(asked), headers=said)

    names = [f"acme/{number}" for number in range(6)]
    with running(window) as registry:
        for name in names:
            registry.add(name, "1")
        with client(registry.host, NOBODY, patience=replace(QUICK, budget=4.0)) as registries:
            found = [lookup([f"{registry.host}/{name}"], registries)[f"{registry.host}/{name}"] for name in names]
    assert not [one for one in found if isinstance(one, Problem)]


def test_a_host_that_allows_more_soon_is_waited_for() -> None:
    """Nothing fails, nothing is refused, and the wait is in the account."""
    with running(saying(("RateLimit-Remaining", "0"), ("RateLimit-Reset", "1"))) as registry:
        registry.add("acme/web", "1.0.0")
        other = f"{registry.host}/acme/web"
        with client(registry.host, NOBODY) as registries:
            lookup([image(registry)], registries)
            assert not isinstance(lookup([other], registries)[other], Problem)
            (host,) = registries.accounts.hosts()
    assert (host.requests, host.retries, host.limited) == (2, 0, 0)
    assert host.waited > 0.5


def test_one_login_that_is_used_up_stops_no_other() -> None:
    """Allowances belong to who asks: another login for the same host goes on."""
    settings = (
        RegistrySettings("{host}/acme", credentials=NOBODY),
        RegistrySettings("{host}/private", credentials=LOGIN),
    )
    used_up = saying(("RateLimit-Remaining", "0"), ("RateLimit-Reset", "3600"))
    challenged = replace(refusal(401, "UNAUTHORIZED"), headers=(("WWW-Authenticate", 'Basic realm="r"'),))

    def only_strangers(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        known = asked.headers.get("authorization")
        if "/private/" in asked.path and not known:
            return challenged
        return onward(asked) if known else used_up(asked, onward)

    with running(only_strangers) as registry:
        registry.add("private/api", "1.0.0")
        registry.add("private/web", "1.0.0")
        own = tuple(replace(one, prefix=one.prefix.format(host=registry.host)) for one in settings)
        names = [f"{registry.host}/private/api", f"{registry.host}/private/web"]
        with open_registries(own, ENVIRON, patience=QUICK) as registries:
            assert not any(isinstance(found, Problem) for found in lookup(names, registries).values())
            lookup([image(registry)], registries)
            other = describe(names[0], ["1.0.0"], registries)
            assert other["1.0.0"].digest
            with pytest.raises(RegistryUnreachable, match="no more requests"):
                describe(image(registry), ["1.0.0"], registries)


def test_retry_after_is_obeyed_on_a_head_too() -> None:
    """The answer to a HEAD has no body, and says it all the same."""
    wait = replace(refusal(429, "TOOMANYREQUESTS"), headers=(("Retry-After", "1"),), body=b"")
    with running(instead("^HEAD", wait, times=1)) as registry, client(registry.host) as registries:
        assert describe(image(registry), ["1.0.0"], registries, Fact.DIGEST)["1.0.0"].digest
        (host,) = registries.accounts.hosts()
    assert (host.requests, host.limited) == (2, 1)
    assert host.waited >= 0.9


def test_all_settings_of_a_host_share_its_pace() -> None:
    """Two prefixes with logins of their own, and a limit on one of them: the host knows one rate."""
    with running() as registry:
        registry.add("other/web", "1.0.0")
        settings = (
            RegistrySettings(f"{registry.host}/acme", requests_per_second=5),
            RegistrySettings(f"{registry.host}/other", insecure=True, credentials=LOGIN),
        )
        with open_registries(settings, ENVIRON) as registries:
            begun = time.monotonic()
            for name in ("acme/api", "other/web", "acme/api2", "other/web2"):
                lookup([f"{registry.host}/{name}"], registries)
            taken = time.monotonic() - begun
        assert len(registry.requests) >= 4
    assert taken >= 0.2 * (len(registry.requests) - 1) * 0.95


class Noted(Paces):
    """Paces that note how urgent each request is."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[Urgency] = []

    def of(self, address: str) -> Pace:
        pace: Any = super().of(address)
        noted, enter = self.noted, pace.enter

        class Noting(Pace):
            def enter(self, urgency: Urgency = Urgency.SCHEDULED) -> float:
                noted.append(urgency)
                waited: float = enter(urgency)
                return waited

            def leave(self) -> None:
                pace.leave()

        return Noting()


def test_runs_that_share_paces_say_how_urgent_they_are() -> None:
    """A scheduled pass and what a pipeline waits for, at the same hosts."""
    paces = Noted()
    with running() as registry:
        for urgent in (False, True):
            with open_registries((), {}, paces=paces, urgent=urgent) as registries:
                lookup([image(registry)], registries)
    assert paces.noted == [Urgency.SCHEDULED, Urgency.NOW]


@contextmanager
def connections(registry: FaultyRegistry) -> Iterator[set[object]]:
    """The sockets that requests come on, as the server counts them."""
    seen: set[object] = set()
    server: Any = registry._server
    accept = server.get_request

    def counted() -> Any:
        request, address = accept()
        seen.add(address)
        return request, address

    server.get_request = counted
    yield seen


def test_a_thread_keeps_its_connection() -> None:
    """Thirty requests one after the other go over one connection, twenty at once over no more than are allowed."""
    with running() as registry, connections(registry) as seen:
        with open_registries((), {}, concurrency=1) as registries:
            for number in range(30):
                lookup([f"{registry.host}/acme/{number}"], registries)
        assert len(seen) == 1
        with open_registries((), {}, concurrency=4) as registries:
            lookup([f"{registry.host}/acme/{number}" for number in range(40)], registries)
        assert len(seen) <= 5
