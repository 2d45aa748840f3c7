"""What every registry promises, whoever runs it: the same steps against each, over HTTP."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt
import pytest

from tagwright.errors import Problem, RegistryDenied, RepositoryUnknown, TagUnknown
from tagwright.lookup import describe, lookup
from tagwright.model import Fact, RegistryCredentials, RegistrySettings, Secret, TagList
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import EmbeddedRegistry
from tests.support import certificates
from tests.support.real_registry import Pusher, TokenServer, docker_registry
from tests.support.registry import PASSWORD, USER, Bearer, Fault, FaultyRegistry, authorization, basic, joined, paged

CREATED = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
PARTS = {name: CREATED + timedelta(hours=hours) for name, hours in (("amd64", 0), ("arm64", 5), ("s390x", 2))}
MANY = tuple(f"2.0.{number:04}" for number in range(250))


@dataclass(frozen=True, slots=True)
class House:
    """A running registry: its host, whether it wants to know us, and the settings that differ (a CA)."""

    host: str
    digests: dict[str, str]
    private: bool = False
    ca_file: str = ""

    def open(self, password: str | None = PASSWORD) -> Registries:
        """Our client for it; without a password as a stranger."""
        login = RegistryCredentials(username=Secret(env="U"), password=Secret(env="P"))
        given = login if self.private and password else RegistryCredentials()
        settings = RegistrySettings(self.host, credentials=given, ca_file=self.ca_file)
        return open_registries((settings,), {"U": USER, "P": password or ""})


def fill(registry: EmbeddedRegistry) -> dict[str, str]:
    """The images that every house holds; digests by tag of acme/api."""
    one = registry.add("acme/api", "1.0.0", created=CREATED, platforms=("linux/arm64/v8",))
    two = registry.add("acme/api", "1.1.0", created=CREATED, platforms=("linux/amd64", "linux/arm/v7"))
    registry.point("acme/api", "latest", two)
    parts = {f"linux/{name}": registry.add("acme/parts", name, created=date) for name, date in PARTS.items()}
    joined(registry, "acme/parts", "all", parts)
    digest = registry.add("acme/many", MANY[0])
    for tag in MANY:
        registry.point("acme/many", tag, digest)
    return {"1.0.0": one, "1.1.0": two, "latest": two}


@contextmanager
def faulty(registry: FaultyRegistry, private: bool) -> Iterator[House]:
    with registry:
        yield House(registry.host, fill(registry), private)


@contextmanager
def distribution(folder: Path, kind: str) -> Iterator[House]:
    """Debian's docker-registry in one of its ways of logging in, filled over its own API."""
    with ExitStack() as stack:
        source, tokens = EmbeddedRegistry(), TokenServer(folder)
        digests, extra, context, ca = fill(source), "", None, ""
        login: str | Callable[[str], str] = ""
        if kind == "htpasswd":
            hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
            (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
            extra, login = f"auth: {{htpasswd: {{realm: r, path: {folder}/htpasswd}}}}\n", authorization()
        elif kind == "token":
            realm = f"{stack.enter_context(tokens).url}/token"
            extra = (
                f"auth: {{token: {{realm: '{realm}', service: test-registry, issuer: test-issuer, "
                f"rootcertbundle: {folder}/token.pem}}}}\n"
            )
            login = lambda name: f"Bearer {tokens.token(f'repository:{name}:pull,push')}"  # noqa: E731
        elif kind == "tls":
            ca = str(certificates.authority(folder))
            context = ssl.create_default_context(cafile=ca)
        host = stack.enter_context(docker_registry(folder, extra, tls=kind == "tls"))
        Pusher(host, context=context, login=login).push(source)
        yield House(host, digests, bool(login), ca)


@pytest.fixture(
    scope="module",
    params=[
        "embedded",
        "paged",
        "basic",
        "bearer",
        *(
            pytest.param(f"distribution-{kind}", marks=pytest.mark.real)
            for kind in ("none", "htpasswd", "token", "tls")
        ),
    ],
)
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    kind: str = request.param
    fakes: dict[str, tuple[Fault, ...]] = {
        "embedded": (),
        "paged": (paged(7),),
        "basic": (basic(),),
        "bearer": (Bearer(authorization()),),
    }
    if kind in fakes:
        running = faulty(FaultyRegistry(*fakes[kind]), kind in ("basic", "bearer"))
    else:
        running = distribution(tmp_path_factory.mktemp(kind), kind.partition("-")[2])
    with running as found:
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


def test_an_unknown_repository_is_a_problem_of_its_own(house: House, registries: Registries) -> None:
    """What is not there is said to be unknown, and its neighbours are listed all the same."""
    gone, there = f"{house.host}/acme/gone", f"{house.host}/acme/api"
    found = lookup([gone, there], registries)
    assert isinstance(found[gone], Problem)
    assert isinstance(found[there], TagList)
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
