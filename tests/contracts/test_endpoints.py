"""Mirrors and pull-through caches: an image keeps its name, and the first endpoint that can answers for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.errors import Problem, RegistryDenied, RegistryUnreachable, RepositoryUnknown, TagUnknown
from tagwright.lookup import describe, lookup
from tagwright.model import Fact, RegistryCredentials, RegistrySettings, Secret
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import Answer
from tests.support.registry import ENVIRON, LOGIN, QUICK, FaultyRegistry, authorization, basic, instead, paths

IMAGE = "ghcr.io/acme/api"


@pytest.fixture
def two() -> Iterator[tuple[FaultyRegistry, FaultyRegistry]]:
    """A mirror that is behind, and the registry itself."""
    with FaultyRegistry() as mirror, FaultyRegistry() as origin:
        mirror.add("acme/api", "1.0.0")
        origin.add("acme/api", "1.0.0")
        origin.add("acme/api", "1.1.0")
        yield mirror, origin


def opened(*urls: str, prefix: str = "ghcr.io", more: tuple[RegistrySettings, ...] = ()) -> Registries:
    return open_registries((RegistrySettings(prefix, endpoints=urls), *more), ENVIRON, patience=QUICK)


def tags(registries: Registries, image: str = IMAGE) -> tuple[str, ...] | str:
    """The tags, or the problem's code."""
    found = lookup([image], registries)[image]
    return found.code if isinstance(found, Problem) else found.tags


def test_the_first_endpoint_answers(two: tuple[FaultyRegistry, FaultyRegistry]) -> None:
    """One endpoint's list alone counts, the others are not even asked, and it is known who answered."""
    mirror, origin = two
    with opened(mirror.url, origin.url) as registries:
        assert tags(registries) == ("1.0.0",)
        assert registries.answered == {IMAGE: mirror.url}
    assert origin.requests == []


@pytest.mark.parametrize(
    "fault", [Answer(500), Answer(429), Answer(404), Answer(403), Answer(200, b"<html>"), Answer(200, b'{"tags":[]}')]
)
def test_who_cannot_answer_is_passed_over(two: tuple[FaultyRegistry, FaultyRegistry], fault: Answer) -> None:
    """An endpoint that is down, overrun, denying, broken, or does not know the image leaves it to the next."""
    mirror, origin = two
    mirror.faults.append(instead("tags/list", fault))
    with opened(mirror.url, origin.url) as registries:
        assert tags(registries) == ("1.0.0", "1.1.0")
        assert registries.answered == {IMAGE: origin.url}


def test_half_a_list_is_not_joined_with_another(two: tuple[FaultyRegistry, FaultyRegistry]) -> None:
    """A mirror whose second page fails has no part in the answer."""
    mirror, origin = two
    link = (("Link", '</v2/acme/api/tags/list?n=1&last=0.9>; rel="next"'),)
    mirror.faults += [instead(r"last=", Answer(500)), instead("tags/list", Answer(200, b'{"tags":["0.9"]}', link))]
    with opened(mirror.url, origin.url) as registries:
        assert tags(registries) == ("1.0.0", "1.1.0")


def test_a_mirror_with_a_few_of_the_tags_has_no_answer_in_the_place_of_one_that_had_many(tmp_path: Path) -> None:
    """Whichever gave the longest list: with it down, or with its own list shrunk, nothing is concluded from a few."""
    with FaultyRegistry() as origin, FaultyRegistry() as mirror:
        for number in range(10):
            origin.add("acme/api", f"1.0.{number}")
        mirror.add("acme/api", "1.0.0")

        def asked(*endpoints: FaultyRegistry, accepted: bool = False) -> int | str:
            urls = tuple(one.url for one in endpoints)
            settings = (RegistrySettings("ghcr.io", endpoints=urls, accept_shrunk=accepted),)
            with open_registries(settings, ENVIRON, patience=QUICK, cache=Cache(tmp_path)) as registries:
                found = tags(registries)
                return found if isinstance(found, str) else len(found)

        assert asked(mirror, origin) == 1
        assert asked(origin, mirror) == 10
        assert asked(mirror, origin) == 10
        origin.faults.append(instead(".", Answer(503)))
        assert asked(origin, mirror) == "registry-unreachable"
        assert asked(mirror, origin) == "list-shrunk"
        origin.faults.clear()
        for number in range(2, 10):
            origin.remove("acme/api", f"1.0.{number}")
        assert asked(origin, mirror) == "list-shrunk"
        assert asked(origin, mirror, accepted=True) == 2
        assert asked(origin, mirror) == 2


def test_who_answered_is_asked_first_from_then_on(two: tuple[FaultyRegistry, FaultyRegistry]) -> None:
    """The digest of a tag comes from whose list it stood in, and the mirror that failed is left in peace."""
    mirror, origin = two
    mirror.faults.append(instead("tags/list", Answer(404)))
    with opened(mirror.url, origin.url) as registries:
        tags(registries)
        before = len(mirror.requests)
        describe(IMAGE, ["1.0.0"], registries, Fact.DIGEST)
    assert len(mirror.requests) == before
    assert "HEAD /v2/acme/api/manifests/1.0.0" in paths(origin)


def test_what_is_not_there_is_so_only_when_all_say_it(two: tuple[FaultyRegistry, FaultyRegistry]) -> None:
    """A tag that one does not have while another is down is no absence."""
    mirror, origin = two
    with opened(mirror.url, origin.url) as registries:
        member, repository = registries.for_image(IMAGE)
        with pytest.raises(TagUnknown):
            member.digest(repository, "9.9.9")
        with pytest.raises(RepositoryUnknown):
            member.tags("acme/other")
    mirror.faults.append(instead(".", Answer(503)))
    with opened(mirror.url, origin.url) as registries:
        member, repository = registries.for_image(IMAGE)
        with pytest.raises(RegistryUnreachable):
            member.digest(repository, "9.9.9")
        assert member.digest(repository, "1.1.0").startswith("sha256:")


def test_a_mirror_gets_its_own_credentials_alone() -> None:
    """Each endpoint is logged in to as its own host's settings say; the registry's own never reach a mirror."""
    with ExitStack() as stack:
        mirror = stack.enter_context(FaultyRegistry(basic(authorization("mirror", "m1rror"))))
        origin = stack.enter_context(FaultyRegistry(basic()))
        for one in (mirror, origin):
            one.add("acme/api", "1.0.0")
        whole = RegistrySettings(origin.host, endpoints=(mirror.url, origin.url), credentials=LOGIN)
        login = RegistryCredentials(username=Secret(env="MU"), password=Secret(env="MP"))
        known = RegistrySettings(mirror.host, credentials=login)
        environ = {**ENVIRON, "MU": "mirror", "MP": "m1rror"}
        image = f"{origin.host}/acme/api"
        with open_registries((whole, known), environ, patience=QUICK) as registries:
            assert tags(registries, image) == ("1.0.0",)
            assert registries.answered == {image: mirror.url}
        with open_registries((whole,), environ, patience=QUICK) as registries:
            assert tags(registries, image) == ("1.0.0",)
            assert registries.answered == {image: origin.url}
        sent = {asked.headers.get("authorization") for asked in mirror.requests}
        assert sent == {None, authorization("mirror", "m1rror")}
        assert authorization("mirror", "m1rror") not in {one.headers.get("authorization") for one in origin.requests}


def test_a_folder_of_a_mirror_is_asked(two: tuple[FaultyRegistry, FaultyRegistry]) -> None:
    """An endpoint's path is put before the repository, as Artifactory and Harbor lay out their caches."""
    mirror, origin = two
    mirror.add("ghcr-cache/acme/api", "3.0.0")
    with opened(f"{mirror.url}/ghcr-cache", origin.url) as registries:
        assert tags(registries) == ("3.0.0",)


def test_plain_http_to_another_machine_is_refused_for_each() -> None:
    """Among several endpoints too, plain http is for this machine or where the mirror's own settings say so."""
    with opened("http://mirror.example:5000", "https://ghcr.io") as registries:
        found = lookup([IMAGE], registries)[IMAGE]
    assert isinstance(found, Problem)
    assert "plain http" in found.message


def test_all_that_fail_are_one_problem(two: tuple[FaultyRegistry, FaultyRegistry]) -> None:
    """The first that did not just not know it says why."""
    mirror, origin = two
    mirror.faults.append(instead(".", Answer(404)))
    origin.faults.append(instead(".", Answer(403)))
    with opened(mirror.url, origin.url) as registries:
        assert tags(registries) == RegistryDenied.code
