"""What every registry promises, whoever runs it: the same steps against each, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tagwright.errors import Problem, RegistryDenied, RepositoryUnknown, TagUnknown
from tagwright.lookup import describe, lookup
from tagwright.model import Fact, TagList
from tagwright.registries import Registries
from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.houses import CREATED, FAKES, MANY, PARTS, REAL, House, fill, running_house


@pytest.fixture(scope="module", params=[*FAKES, *(pytest.param(kind, marks=pytest.mark.real) for kind in REAL)])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture
def registries(house: House) -> Iterator[Registries]:
    with house.open() as opened:
        yield opened


def test_a_list_of_tags_is_whole(house: House, registries: Registries) -> None:
    """Every tag of a long list comes, once, whatever the pages."""
    name = f"{house.host}/acme/many"
    found = lookup([name], registries)[name]
    assert isinstance(found, TagList)
    assert sorted(found.tags) == list(MANY)
    assert found.image == name


def test_the_fingerprint_says_whether_a_list_changed(house: House) -> None:
    """Two runs that see the same list see the same fingerprint, and another list has another."""

    def fingerprint(name: str) -> str:
        with house.open() as registries:
            found = lookup([f"{house.host}/{name}"], registries)[f"{house.host}/{name}"]
        assert isinstance(found, TagList)
        return found.fingerprint

    assert fingerprint("acme/many") == fingerprint("acme/many") != fingerprint("acme/api")


def test_a_digest_is_the_pushed_one(house: House, registries: Registries) -> None:
    """A tag's digest is the manifest's or, with several platforms, the index's."""
    member, repository = registries.for_image(f"{house.host}/acme/api")
    assert {tag: member.digest(repository, tag) for tag in house.digests} == house.digests


def test_a_description_has_digest_date_and_platforms(house: House, registries: Registries) -> None:
    """An image tells its own platform, an index those of its images; the date is the configuration's."""
    facts = describe(f"{house.host}/acme/api", ["1.0.0", "1.1.0"], registries)
    assert {tag: fact.digest for tag, fact in facts.items()} == {tag: house.digests[tag] for tag in facts}
    assert {tag: fact.platforms for tag, fact in facts.items()} == {
        "1.0.0": ("linux/arm64/v8",),
        "1.1.0": ("linux/amd64", "linux/arm/v7"),
    }
    assert {fact.created for fact in facts.values()} == {CREATED}
    assert all(fact.described and fact.pushed is None for fact in facts.values())


def test_an_index_is_as_old_as_the_latest_of_its_images(house: House, registries: Registries) -> None:
    """It was not whole before; and who does not ask for dates pays for none."""
    name = f"{house.host}/acme/parts"
    found = describe(name, ["all"], registries)["all"]
    assert (found.created, len(found.platforms or ())) == (PARTS["arm64"], 3)
    before = registries.requests
    quick = describe(name, ["all"], registries, Fact.PLATFORMS)["all"]
    assert (quick.created, quick.platforms, quick.digest) == (None, found.platforms, found.digest)
    assert registries.requests - before == 1


def test_docker_s_own_manifests_keep_their_digests(house: House, registries: Registries) -> None:
    """Asked for wrongly, registries rewrite them to schema 1, or a list to its amd64 image, under another digest."""
    name = f"{house.host}/acme/docker"
    facts = describe(name, ["v2", "list"], registries)
    source = EmbeddedRegistry()
    fill(source)
    assert {tag: fact.digest for tag, fact in facts.items()} == {
        tag: source.repositories["acme/docker"].tags[tag] for tag in facts
    }
    assert (facts["v2"].platforms, facts["list"].platforms) == (("linux/amd64",), ("linux/amd64", "linux/arm64"))


def test_an_unknown_repository_is_a_problem_of_its_own(house: House, registries: Registries) -> None:
    """What is not there is said to be unknown, and its neighbours are listed all the same."""
    gone, there = f"{house.host}/acme/gone", f"{house.host}/acme/api"
    found = lookup([gone, there], registries)
    assert isinstance(found[there], TagList)
    if not house.knows_unknown:
        assert found[gone] == TagList(gone, (), getattr(found[gone], "fingerprint", ""))
        return
    assert isinstance(found[gone], Problem)
    member, repository = registries.for_image(gone)
    with pytest.raises(RepositoryUnknown, match="acme/gone"):
        member.tags(repository)


def test_an_unknown_tag_is_unknown(house: House, registries: Registries) -> None:
    """No digest is made up for a tag that is not there; described, it has no facts, and that is known."""
    name = f"{house.host}/acme/api"
    member, repository = registries.for_image(name)
    with pytest.raises(TagUnknown, match=r"has no tag 9\.9"):
        member.digest(repository, "9.9")
    assert describe(name, ["9.9"], registries)["9.9"].described
    assert describe(name, ["9.9"], registries)["9.9"].digest is None


def test_a_repository_is_asked_once(house: House, registries: Registries) -> None:
    """Many targets at once ask for one repository: the registry hears of it once, and all get the same list."""
    name = f"{house.host}/acme/many"
    lookup([f"{house.host}/acme/api"], registries)
    with ThreadPoolExecutor(8) as threads:
        lists = list(threads.map(lambda _: lookup([name], registries)[name], range(8)))
    asked = registries.requests
    lookup([name, name], registries)
    assert all(found == lists[0] for found in lists)
    assert isinstance(lists[0], TagList)
    assert registries.requests == asked


@pytest.mark.parametrize("password", ["Wr0ng-s3cret", None])
def test_who_is_not_let_in_is_told_so(house: House, password: str | None) -> None:
    """A wrong password, or none, is a denial where a registry is private; no message holds the password."""
    with house.open(password) as opened:
        name = f"{house.host}/acme/api"
        found = lookup([name], opened)[name]
    if not house.private:
        assert isinstance(found, TagList)
        return
    assert isinstance(found, Problem)
    assert found.code == RegistryDenied.code
    assert "Wr0ng" not in f"{found!r}"
