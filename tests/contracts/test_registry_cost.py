"""Every request is counted, for the image that wanted it and the host that got it; and no list is asked for twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from tagwright.ages import Ages
from tagwright.costs import DEAR
from tagwright.errors import Problem
from tagwright.inquiry import Inquiry
from tagwright.lookup import describe, lookup, pushes
from tagwright.model import Fact, PolicyKind, PolicySpec, RegistrySettings, Ruled, TagList
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import EmbeddedRegistry, refusal
from tests.support.native import PUSHED, NativeRegistry
from tests.support.registry import (
    ENVIRON,
    LOGIN,
    QUICK,
    Bearer,
    Fault,
    authorization,
    client,
    instead,
    joined,
    paged,
    running,
    slow,
)

README = Path(__file__).resolve().parents[2] / "README.md"
SPELLINGS = ("nginx", "library/nginx", "docker.io/nginx", "docker.io/library/nginx", "index.docker.io/library/nginx")


def hub(registry: EmbeddedRegistry) -> Registries:
    """Our client, for which this registry is Docker Hub."""
    return open_registries((RegistrySettings("docker.io", endpoints=(f"http://{registry.host}",)),), ENVIRON)


def test_all_spellings_of_an_image_share_one_list() -> None:
    """From many threads at once too: the first asks, the others wait for its answer."""
    with EmbeddedRegistry() as registry:
        registry.add("library/nginx", "1.25.0")
        with hub(registry) as registries, ThreadPoolExecutor(16) as threads:
            looks = [threads.submit(lookup, SPELLINGS, registries) for _ in range(16)]
            found = [look.result() for look in looks]
        assert [asked.path for asked in registry.requests] == ["/v2/library/nginx/tags/list"]
    assert all(isinstance(tags, TagList) and tags.tags == ("1.25.0",) for one in found for tags in one.values())
    assert registries.accounts.images()[0].image == "docker.io/library/nginx"


def test_who_waits_for_anothers_question_gets_its_failure_too() -> None:
    """A repository that fails is asked as often as its patience has tries, not once more for each who wants it."""
    with running(instead("tags/list", refusal(503, "UNAVAILABLE")), slow(0.02)) as registry:
        name = f"{registry.host}/acme/api"
        with client(registry.host) as registries, ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: lookup([name], registries)[name], range(8)))
        assert all(isinstance(one, Problem) for one in found)
        assert len(registry.requests) == QUICK.tries
        (host,) = registries.accounts.hosts()
    assert (host.requests, host.retries) == (QUICK.tries, QUICK.tries - 1)
    assert host.waited > 0


def test_the_counts_are_the_servers_own() -> None:
    """Challenges, tokens, pages, manifests and blobs: each is counted once, for the image that wanted it."""
    with running(Bearer(authorization()), paged(3)) as registry:
        registry.add("acme/web", "1.0.0")
        names = [f"{registry.host}/acme/api", f"{registry.host}/acme/web"]
        with client(registry.host) as registries:
            lookup(names, registries)
            describe(names[0], ["1.0.0", "1.0.1"], registries, Fact.DIGEST | Fact.CREATED)
            served = Counter(asked.path for asked in registry.requests)
            hosts, images = registries.accounts.hosts(), {one.image: one for one in registries.accounts.images()}
        assert [(host.host, host.requests) for host in hosts] == [(registry.host, served.total())]
    assert sum(one.requests for one in images.values()) == served.total()
    assert images[names[0]].tags == sum(n for path, n in served.items() if "/manifests/" in path or "/blobs/" in path)
    lists = sum(one.lists for one in images.values())
    assert lists == sum(n for path, n in served.items() if path.endswith(("/tags/list", "/token")))


def test_a_refusal_for_being_too_fast_is_counted_as_such() -> None:
    """With the seconds that were waited for it."""
    too_fast = instead("tags/list", refusal(429, "TOOMANYREQUESTS"), times=1)
    with running(too_fast) as registry, client(registry.host) as registries:
        lookup([f"{registry.host}/acme/api"], registries)
        (host,) = registries.accounts.hosts()
    assert (host.requests, host.retries, host.limited) == (2, 1, 1)


@pytest.mark.parametrize("product", ["quay", "harbor"])
def test_a_registrys_own_api_is_counted_too(product: str) -> None:
    """For the same image, as requests for times of pushes."""
    with NativeRegistry(product) as registry:
        registry.add("acme/api", "1.0.0")
        name = f"{registry.host}/acme/api"
        settings = (RegistrySettings(registry.host, credentials=LOGIN),)
        with open_registries(settings, ENVIRON, patience=QUICK) as registries:
            lookup([name], registries)
            assert pushes([name], registries)[name]
            (image,) = registries.accounts.images()
        assert image.pushes == len(registry.asked_natively) == 1
        assert image.requests == len(registry.requests)


def asked(tag: str, facts: Fact) -> int:
    """Requests for what facts of one tag of acme/api."""
    with running() as registry:
        parts = {f"linux/{name}": registry.add("acme/api", name) for name in ("amd64", "arm64", "s390x")}
        joined(registry, "acme/api", "index", parts)
        with client(registry.host) as registries:
            describe(f"{registry.host}/acme/api", [tag], registries, facts)
            return registries.requests


def listing(*faults: Fault) -> int:
    """Requests for one list of tags of one page."""
    with running(*faults) as registry, client(registry.host) as registries:
        lookup([f"{registry.host}/acme/api"], registries)
        return registries.requests


def test_the_readme_says_what_each_question_costs() -> None:
    """Its table is what was measured."""
    measured = {
        "a list of tags, a page": listing(),
        "a tag's digest": asked("1.0.0", Fact.DIGEST),
        "the platforms of an index": asked("index", Fact.PLATFORMS),
        "the platforms of an image by itself": asked("1.0.0", Fact.PLATFORMS),
        "the date of an image by itself": asked("1.0.0", Fact.CREATED),
        "the date of an index of three platforms": asked("index", Fact.CREATED),
        "the first login with a token": listing(Bearer(authorization())) - listing(),
    }
    table = [line for line in README.read_text("utf-8").splitlines() if line.startswith("|")]
    rows = {f"| {question} | {requests} |" for question, requests in measured.items()}
    assert rows <= set(table)
    head = table.index("| asked of a registry | requests |")
    assert rows == set(table[head + 2 : head + 2 + len(rows)])


def test_the_readme_says_when_a_rule_is_expensive() -> None:
    """The bound and the warning's word."""
    assert f"cost more than {DEAR} requests" in README.read_text("utf-8")
    assert "`expensive-rule`" in README.read_text("utf-8")


@pytest.mark.parametrize(("asked_for", "natively"), [(60, 3), (3, 3), (1, 1)])
@pytest.mark.parametrize("product", ["quay", "harbor"])
def test_times_of_pushes_come_in_pages_where_that_is_less(product: str, asked_for: int, natively: int) -> None:
    """250 tags are three pages: for the age of sixty that is less than sixty questions, and for one it is not."""
    with NativeRegistry(product) as registry:
        for number in range(250):
            registry.add("acme/api", f"1.{number}.0", created=PUSHED + timedelta(hours=number))
        name = f"{registry.host}/acme/api"
        rule = Ruled(PolicySpec(PolicyKind.SEMVER, "^1", minimum_age=timedelta(days=3)), "a:1", name)
        tags = tuple(f"1.{number}.0" for number in range(asked_for))
        settings = (RegistrySettings(registry.host, credentials=LOGIN),)
        with open_registries(settings, ENVIRON, patience=QUICK) as registries:
            inquiry = Inquiry([rule], registries, Ages(None, {name: timedelta(days=3)}, PUSHED))
            inquiry.describe(name, tags)
        offer = inquiry.of(name)
        assert not isinstance(offer, Problem)
        assert {offer.known[tag].pushed for tag in tags} == {PUSHED}
        assert len(registry.asked_natively) == natively
