"""What a change's images are is asked of a real registry once a pass, as little as can be, and never in vain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.image import Image, normalise
from tagwright.model import ChangeSet, Details, Told
from tagwright.portraits import Portraits
from tagwright.registries import open_registries
from tagwright.registries.embedded import EmbeddedRegistry, refusal
from tests.support.changes import change, decision
from tests.support.registry import QUICK, FaultyRegistry, instead


@pytest.fixture
def registry() -> Iterator[FaultyRegistry]:
    """Two versions of one image, the new one of two platforms."""
    with FaultyRegistry() as served:
        served.add("acme/api", "1.2.0", runs={"User": "app", "Env": ["TOKEN=s3cret"]})
        served.add("acme/api", "1.2.1", runs={"User": "root"}, platforms=("linux/amd64", "linux/arm64"))
        yield served


@contextmanager
def painted(cache: Path | None = None) -> Iterator[Portraits]:
    """The portraits of one pass."""
    with closing(open_registries((), {}, cache=Cache(cache), patience=QUICK)) as registries:
        yield Portraits(registries)


def told_of(*changes: ChangeSet, cache: Path | None = None) -> Told:
    """What a pass is told of the last of these changes."""
    with painted(cache) as portraits:
        return [portraits.of(one) for one in changes][-1]


def update(registry: EmbeddedRegistry, old: str = "1.2.0", new: str = "1.2.1", digest: str | None = None) -> ChangeSet:
    """An update of the image between two versions."""
    name = f"{registry.host}/acme/api"
    one = decision(name, old, new)
    return change(replace(one, new=Image(name, new, digest)))


def details(told: Told, registry: EmbeddedRegistry, version: str) -> Details:
    """What is told of a version."""
    found = told.images[normalise(f"{registry.host}/acme/api"), version].details
    assert found
    return found


def test_both_versions_are_told(registry: FaultyRegistry) -> None:
    """In five requests: a manifest and a configuration, and of an index one image's manifest beside."""
    told = told_of(update(registry))
    assert (details(told, registry, "1.2.0").user, details(told, registry, "1.2.1").user) == ("app", "root")
    assert "s3cret" not in repr(told)
    assert len([asked for asked in registry.requests if "/acme/api/" in asked.path]) == 5


def test_each_version_is_asked_once_a_pass(registry: FaultyRegistry) -> None:
    """However many changes hold it."""
    with painted() as portraits:
        first = portraits.of(update(registry))
        before = len(registry.requests)
        assert portraits.of(update(registry)) == first
        assert len(registry.requests) == before


def test_a_digest_known_from_another_pass_is_not_read_again(registry: FaultyRegistry, tmp_path: Path) -> None:
    """What a digest names never changes: its tag alone is looked up."""
    first = told_of(update(registry), cache=tmp_path)
    before = len(registry.requests)
    again = told_of(update(registry), cache=tmp_path)
    assert {key: found.details for key, found in again.images.items()} == {
        key: found.details for key, found in first.images.items()
    }
    assert [asked.method for asked in registry.requests[before:]] == ["HEAD", "HEAD"]


def test_a_version_with_a_digest_is_that_digests(registry: FaultyRegistry) -> None:
    """Whatever its tag is by now."""
    digest = registry.add("acme/api", "other", runs={"User": "pinned"})
    told = told_of(update(registry, digest=digest))
    assert details(told, registry, f"1.2.1@{digest}").user == "pinned"


def test_what_fails_costs_itself_alone(registry: FaultyRegistry) -> None:
    """A version that is gone, and a registry that is down: the others are told, and nothing is raised."""
    told = told_of(update(registry, old="1.0.0"))
    assert [version for _, version in told.images] == ["1.2.1"]
    registry.faults.append(instead(".*", refusal(500, "UNKNOWN")))
    assert told_of(update(registry)).images == {}
    assert told_of(change(decision("no registry/at all"))).images == {}


def test_half_an_image_tells_nothing(registry: FaultyRegistry) -> None:
    """A manifest without its configuration would pass for an image that says nothing of itself."""
    registry.faults.append(instead(".*/blobs/.*", refusal(404, "BLOB_UNKNOWN")))
    assert told_of(update(registry)).images == {}
