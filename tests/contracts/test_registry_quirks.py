"""What products do beside the specification, each on a server that does it: a list is whole, or a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tagwright.errors import Problem, RegistryError
from tagwright.lookup import describe, lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, Asked, answer_json, refusal
from tests.support.fault_proxy import FaultProxy
from tests.support.products import PRODUCTS, selling
from tests.support.registry import QUICK, TAGS, Fault, FaultyRegistry, client, instead, listed, paged, paths, running

MANY = tuple(f"1.{number // 50}.{number % 50}" for number in range(2350))
"""As they were pushed."""


@contextmanager
def sold(product: str, tags: tuple[str, ...], repository: str = "docker/acme/api") -> Iterator[FaultyRegistry]:
    """A registry of a product, with one repository and its neighbour of the same name without the first part."""
    with FaultyRegistry() as registry:
        for name in (repository, repository.partition("/")[2]):
            digest = registry.add(name, "neighbour")
            registry.remove(name, "neighbour")
            for tag in tags if name == repository else ("neighbour",):
                registry.point(name, tag, digest)
        registry.faults.append(selling(PRODUCTS[product], registry))
        yield registry


def asked(registry: FaultyRegistry, repository: str) -> TagList | Problem:
    """What our client says."""
    with client(registry.host) as registries:
        return lookup([f"{registry.host}/{repository}"], registries)[f"{registry.host}/{repository}"]


REQUESTS = {
    "distribution 2": 1, "distribution 3": 3, "refuses large pages": 25, "Amazon ECR": 3, "GitHub": 3, "Quay": 24,
    "Quay with tokens": 47, "Harbor": 3, "Google Artifact Registry": 1, "Azure": 3, "Artifactory": 3, "Nexus": 2,
    "Pulp": 3, "Docker Hub": 3, "GitLab": 3,
}  # fmt: skip


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_s_list_is_whole(product: str) -> None:
    """2,350 tags come, each once, in the product's own order, with the requests that its pages force."""
    with sold(product, MANY) as registry:
        found = asked(registry, "docker/acme/api")
        assert isinstance(found, TagList)
        assert found.tags == (MANY if PRODUCTS[product].pushed else tuple(sorted(MANY)))
        assert len(registry.requests) == REQUESTS[product]


@pytest.mark.parametrize("count", [0, 1, 50, 100, 999, 1000, 1998])
@pytest.mark.parametrize("product", PRODUCTS)
def test_lists_that_end_with_a_page_are_whole(product: str, count: int) -> None:
    """No tags, one, and exactly as many as a page or two of ours or theirs."""
    with sold(product, MANY[:count]) as registry:
        found = asked(registry, "docker/acme/api")
        assert isinstance(found, TagList)
        assert sorted(found.tags) == sorted(MANY[:count])


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_product_s_unknown_repository_is_a_problem(product: str) -> None:
    """404 with this code or that, HTML or 401: never an empty list."""
    with sold(product, ("1.0.0",)) as registry:
        found = asked(registry, "acme/gone")
    assert isinstance(found, Problem)
    assert found.code in ("repository-unknown", "registry-denied")


def test_digests_among_the_tags_are_no_tags() -> None:
    """Artifactory lists the images of an index as if they were tags."""
    with sold("Artifactory", ("1.0.0",)) as registry:
        found = asked(registry, "docker/acme/api")
        body = registry.answer(Asked("GET", "/v2/docker/acme/api/tags/list", {}, {"host": registry.host})).body
    assert b"sha256:" in body
    assert isinstance(found, TagList)
    assert found.tags == ("1.0.0",)


def test_a_link_that_leaves_a_folder_out_is_not_another_repository() -> None:
    """There is a repository at the Link's path too: its tags are not ours, and ours are not lost."""
    with sold("Artifactory", MANY) as registry:
        found = asked(registry, "docker/acme/api")
    assert isinstance(found, TagList)
    assert "neighbour" not in found.tags
    assert len(found.tags) == len(MANY)


# ── where a list is ──────────────────────────────────────────────────────────


def redirecting(registry: FaultyRegistry, there: FaultyRegistry, folder: str) -> None:
    """Send every list elsewhere, into a folder, without the query: as kubernetes/registry.k8s.io does."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        return Answer(307, b"", (("Location", f"{there.url}/v2/{folder}/{asked.path.removeprefix('/v2/')}"),))

    registry.faults.append(fault)


@pytest.mark.parametrize("link", ['<{target}>; rel="next"', '<http://{host}{target}>; rel="next"'])
def test_pages_go_on_where_a_redirect_led(link: str) -> None:
    """A Link is relative to who sent it; whoever we are sent to does not get to know us."""
    with FaultyRegistry() as front, FaultyRegistry(paged(3, link)) as back:
        for tag in TAGS:
            back.add("prod/images/acme/api", tag)
        redirecting(front, back, "prod/images")
        assert listed(front) == TAGS
        assert (len(front.requests), len(back.requests)) == (1, 4)
        assert all("authorization" not in one.headers for one in back.requests)


def test_docker_hub_s_own_images_are_in_library() -> None:
    """`nginx` and docker.io/library/nginx are one repository, wherever Docker Hub's endpoint is."""
    with FaultyRegistry() as registry:
        registry.add("library/nginx", "1.27.0")
        settings = (RegistrySettings("docker.io", endpoints=(registry.url,)),)
        with open_registries(settings, {}, patience=QUICK) as registries:
            names = ["nginx", "docker.io/nginx", "index.docker.io/library/nginx"]
            found = lookup(names, registries)
        assert {getattr(tags, "tags", tags) for tags in found.values()} == {("1.27.0",)}
        assert paths(registry).count("GET /v2/library/nginx/tags/list") == 1


def test_a_registry_by_its_ipv6_address() -> None:
    """[::1]:5000/acme/api is an image, asked at that address; as an endpoint it is one like any."""
    with running() as registry:
        try:
            proxy = FaultProxy(registry.host, version=6)
        except OSError:
            pytest.skip("this machine has no IPv6")
        with (
            proxy,
            open_registries((RegistrySettings("ghcr.io", endpoints=(f"http://{proxy.host}",)),), {}) as registries,
        ):
            found = lookup([f"{proxy.host}/acme/api", "ghcr.io/acme/api"], registries)
            assert [getattr(tags, "tags", tags) for tags in found.values()] == [TAGS, TAGS]
        assert registry.requests[0].headers["host"] == proxy.host


@pytest.mark.parametrize("rooted", [False, True])
@pytest.mark.parametrize(("folder", "repository"), [("", "acme/api"), ("/hub", "hub/acme/api")])
def test_an_api_below_a_path(folder: str, repository: str, rooted: bool) -> None:
    """Artifactory has an API for each of its repositories below /artifactory/api/docker: lists, manifests and Links."""
    root = "/artifactory/api/docker/virtual"

    def below(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if not asked.path.startswith(f"{root}/v2/"):
            return Answer(404, b"<html>")
        return onward(replace(asked, path=asked.path.removeprefix(root)))

    with FaultyRegistry(below, paged(3, f'<{root if rooted else ""}{{target}}>; rel="next"')) as registry:
        for tag in TAGS:
            registry.add(repository, tag)
        settings = RegistrySettings("ghcr.io", endpoints=(f"{registry.url}{root}/v2{folder}",))
        with open_registries((settings,), {}, patience=QUICK) as registries:
            found = lookup(["ghcr.io/acme/api"], registries)["ghcr.io/acme/api"]
            assert isinstance(found, TagList)
            assert found.tags == TAGS
            (told,) = describe("ghcr.io/acme/api", ["1.0.1"], registries).values()
        assert told.digest == registry.repositories[repository].tags["1.0.1"]


# ── lists that change while they are read ────────────────────────────────────


def looking_for_the_last(registry: FaultyRegistry, size: int) -> Fault:
    """A server that looks for the tag after which a page begins, and has nothing after one that is not there."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        last = asked.query.get("last")
        if asked.path.endswith("/tags/list") and last and last not in registry.repositories["acme/api"].tags:
            return answer_json({"name": "acme/api", "tags": []})
        return paged(size)(asked, onward)

    return fault


def before_page(number: int, act: Callable[[], None], every: bool = False) -> Fault:
    """Somebody pushes or deletes just before the number-th list is answered (from 1), or before each from then on."""
    count = [0]

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path.endswith("/tags/list"):
            count[0] += 1
            if count[0] == number or (every and count[0] > number):
                act()
        return onward(asked)

    return fault


def test_a_tag_deleted_between_two_pages_does_not_end_the_list() -> None:
    """The tag after which the next page begins is gone: the list is read again, and lacks that tag alone."""
    with running() as registry:
        registry.faults += [
            before_page(2, lambda: registry.remove("acme/api", "1.0.2")),
            looking_for_the_last(registry, 3),
        ]
        assert listed(registry) == tuple(tag for tag in TAGS if tag != "1.0.2")


def test_a_list_that_never_holds_still_is_a_problem() -> None:
    """Whoever deletes faster than we read keeps us from a whole list, and that is said."""
    with running() as registry:
        tags = registry.repositories["acme/api"].tags

        def delete() -> None:
            if registry.requests[-1].query.get("last"):
                tags.pop(registry.requests[-1].query["last"], None)

        registry.faults += [before_page(2, delete, every=True), looking_for_the_last(registry, 3)]
        with pytest.raises(RegistryError, match="changes while it is read"):
            listed(registry)


@pytest.mark.parametrize("tag", ["0.0.1", "1.0.1a", "9.9.9"])
def test_a_tag_pushed_between_two_pages_loses_no_other(tag: str) -> None:
    """Before, among or after what was read: every tag that was there all the time is in the list, once."""
    with running() as registry:
        digest = registry.repositories["acme/api"].tags["1.0.0"]
        registry.faults += [before_page(2, lambda: registry.point("acme/api", tag, digest)), paged(3)]
        found = listed(registry)
    assert set(TAGS) <= set(found) <= {*TAGS, tag}
    assert len(found) == len(set(found))


def test_a_list_that_ends_exactly_with_a_page_is_not_read_again() -> None:
    """A Link to a page without tags is a server's way to say that it did not look further: one small question more."""
    empty = instead("last=1.0.9", answer_json({"name": "acme/api", "tags": None}))

    def linked(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        answer = onward(asked)
        more = asked.path.endswith("/tags/list") and "last" not in asked.query
        link = ("Link", '</v2/acme/api/tags/list?last=1.0.9>; rel="next"')
        return replace(answer, headers=(*answer.headers, link)) if more else answer

    with running(empty, linked) as registry:
        assert listed(registry) == TAGS
        assert paths(registry)[-1] == "HEAD /v2/acme/api/manifests/1.0.9"
        assert len(registry.requests) == 3


# ── caps ─────────────────────────────────────────────────────────────────────


def test_a_list_that_is_cut_twice_and_says_nothing_is_a_problem() -> None:
    """A server that cuts at `n` without a Link, and to less without `n`, has tags that nobody can list."""

    def cutting(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        size = int(asked.query.get("n", "100"))
        return answer_json({"name": "acme/api", "tags": list(MANY[:size])})

    with running(cutting) as registry, pytest.raises(RegistryError, match="is cut"):
        listed(registry)


def test_a_list_of_exactly_a_page_does_not_make_the_next_one_dearer() -> None:
    """Asked for once more to be sure that it was not cut; the pages of others stay as large as they may be."""
    with sold("Amazon ECR", MANY[:999]) as registry:
        registry.repositories["acme/web"] = replace(registry.repositories["docker/acme/api"], tags={})
        for tag in MANY:
            registry.point("acme/web", tag, next(iter(registry.repositories["acme/web"].manifests)))
        with client(registry.host) as registries:
            names = [f"{registry.host}/{name}" for name in ("docker/acme/api", "acme/web")]
            lists = [lookup([name], registries)[name] for name in names]
            assert [len(getattr(found, "tags", ())) for found in lists] == [999, 2350]
            assert registries.requests == 1 + 10 + 3


@pytest.mark.parametrize("status", [400, 405])
def test_a_list_that_is_refused_is_not_unknown(status: int) -> None:
    """What a registry says of the question is no word about the repository."""
    refused = instead("tags/list", refusal(status, "UNSUPPORTED"))
    with running(refused) as registry, pytest.raises(RegistryError, match=rf"answer {status} \(UNSUPPORTED\)"):
        listed(registry)


def test_a_rate_limit_without_a_time_is_waited_out() -> None:
    """Quay answers 429 in HTML and says not when to come back."""
    limited = Answer(429, b"<html>Too Many Requests</html>", (("Content-Type", "text/html"),))
    with sold("Quay", TAGS) as registry:
        registry.faults.insert(0, instead("tags/list", limited, times=2))
        assert isinstance(asked(registry, "docker/acme/api"), TagList)
