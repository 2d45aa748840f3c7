"""What a tag is, read from registries: an image with its labels and size, an index, or no image at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.digests import Digests
from tagwright.errors import RegistryError
from tagwright.lookup import describe
from tagwright.model import Candidate, Fact
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST, Answer, EmbeddedRegistry, Repository
from tests.support.real_registry import Pusher, docker_registry
from tests.support.registry import FaultyRegistry, client, instead, joined, paths

CREATED = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
CHART = "application/vnd.cncf.helm.config.v1+json"
LABELS = {
    "org.opencontainers.image.source": "https://git.example.com/acme/api",
    "org.opencontainers.image.revision": "4f1",
}
EVERYTHING = Fact.DIGEST | Fact.PLATFORMS | Fact.DETAILS | Fact.CREATED


def artifact(kept: Repository, tag: str, config: tuple[str, bytes], layer: tuple[str, bytes], **more: object) -> None:
    """Push a manifest of a configuration and one layer, of whatever media types."""

    def descriptor(kind: str, body: bytes) -> dict[str, object]:
        return {"mediaType": kind, "digest": kept.keep(kept.blobs, kind, body), "size": len(body)}

    told = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, **more}
    told |= {"config": descriptor(*config), "layers": [descriptor(*layer)]}
    kept.tags[tag] = kept.keep(kept.manifests, OCI_MANIFEST, json.dumps(told).encode())


def fill(registry: EmbeddedRegistry) -> EmbeddedRegistry:
    """One image, one index of three ages, one chart, one image whose own words are annotations."""
    registry.add("acme/api", "1.0.0", created=CREATED, labels=LABELS)
    kept = registry.repositories["acme/api"]
    parts = {
        f"linux/{name}": registry.add(
            "acme/api", name, created=CREATED + timedelta(hours=hours), platforms=(f"linux/{name}",)
        )
        for name, hours in (("arm64", 1), ("amd64", 0), ("s390x", 2))
    }
    joined(registry, "acme/api", "1.1.0", parts)
    artifact(kept, "chart", (CHART, b"name: api"), ("application/vnd.cncf.helm.chart.content.v1.tar+gzip", b"tar"))
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {"User": "1000"}}).encode()
    artifact(kept, "told", (OCI_CONFIG, config), (OCI_LAYER, b"tar"), annotations={**LABELS})
    return registry


@contextmanager
def real(folder: Path) -> Iterator[str]:
    with docker_registry(folder) as host:
        Pusher(host).push(fill(EmbeddedRegistry()))
        yield host


@contextmanager
def fake() -> Iterator[str]:
    with EmbeddedRegistry() as registry:
        yield fill(registry).host


@pytest.fixture(params=["embedded", pytest.param("distribution", marks=pytest.mark.real)], scope="module")
def host(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with fake() if request.param == "embedded" else real(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture
def registries() -> Iterator[Registries]:
    with open_registries((), {}) as opened:
        yield opened


def told(host: str, tag: str, registries: Registries, facts: Fact = EVERYTHING) -> Candidate:
    return describe(f"{host}/acme/api", [tag], registries, facts)[tag]


def test_an_image_tells_who_made_it(host: str, registries: Registries) -> None:
    """Its labels, the size of what is pulled, and that it is an image."""
    found = told(host, "1.0.0", registries)
    assert found.artifact is None
    assert found.details
    assert {name: found.details.told(name) for name in ("source", "revision")} == {
        "source": LABELS["org.opencontainers.image.source"],
        "revision": "4f1",
    }
    assert (found.details.platform, found.details.layers) == ("linux/amd64", 1)
    assert (found.details.size or 0) > 100


def test_annotations_tell_it_too(host: str, registries: Registries) -> None:
    """Builders that write annotations of the manifest are read like those that write labels."""
    found = told(host, "told", registries)
    assert found.details
    assert (found.details.told("revision"), found.details.labels, found.details.user) == ("4f1", (), "1000")


def test_an_index_tells_of_one_image_and_costs_no_more(host: str, registries: Registries) -> None:
    """Details are linux/amd64's: the index, its manifest, its configuration; dates need every image's."""
    found = told(host, "1.1.0", registries, Fact.DIGEST | Fact.DETAILS)
    assert found.details
    assert (found.details.platform, found.details.created) == ("linux/amd64", CREATED.isoformat())
    assert (found.platforms, found.created) == (("linux/arm64", "linux/amd64", "linux/s390x"), None)
    assert registries.requests == 3
    dated = told(host, "1.1.0", registries)
    assert (dated.created, dated.details) == (CREATED + timedelta(hours=2), found.details)


def test_a_chart_is_no_image(host: str, registries: Registries) -> None:
    """It is told by its media type, and its configuration, which is none of an image, is not even read."""
    found = told(host, "chart", registries)
    assert (found.artifact, found.platforms, found.created) == (CHART, None, None)
    assert registries.requests == 1


def test_what_a_digest_is_was_learned_for_good(tmp_path: Path) -> None:
    """The next pass asks for the digest alone and knows all the rest, that a chart is none included."""
    with EmbeddedRegistry() as registry:
        fill(registry)
        name, found = f"{registry.host}/acme/api", []
        for _ in range(2):
            registry.requests.clear()
            known = Digests(Cache(tmp_path), name)
            with open_registries((), {}) as opened:
                found.append(describe(name, ["1.1.0", "chart"], opened, EVERYTHING, known))
            known.keep()
        assert found[0] == found[1]
        assert sorted(paths(registry)) == ["HEAD /v2/acme/api/manifests/1.1.0", "HEAD /v2/acme/api/manifests/chart"]


def test_details_that_could_not_be_read_are_an_error() -> None:
    """A configuration that answers 500 is no image without labels."""
    with FaultyRegistry(instead("GET .*/blobs/", Answer(500))) as registry:
        registry.add("acme/api", "1.0.0", labels=LABELS)
        with client(registry.host) as opened, pytest.raises(RegistryError):
            told(registry.host, "1.0.0", opened)


@pytest.mark.parametrize(("images", "read"), [(256, True), (257, False)])
def test_an_index_of_more_images_than_are_looked_at_is_a_problem(images: int, read: bool) -> None:
    """Its publisher says how many requests it costs: 256 images are read, of more not one is asked for."""
    with FaultyRegistry() as registry:
        digest = registry.add("acme/api", "1")
        joined(registry, "acme/api", "2", {f"linux/a{number}": digest for number in range(images)})
        with client(registry.host) as registries:
            if read:
                found = describe(f"{registry.host}/acme/api", ("2",), registries, EVERYTHING)["2"]
                assert len(found.platforms or ()) == images
            else:
                with pytest.raises(RegistryError, match="is an index of 257 images"):
                    describe(f"{registry.host}/acme/api", ("2",), registries, EVERYTHING)
                assert len(registry.requests) == 1
