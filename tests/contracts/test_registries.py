"""What every registry promises, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tagwright.errors import Problem, RepositoryUnknown, TagUnknown
from tagwright.lookup import describe, lookup
from tagwright.model import TagList
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import EmbeddedRegistry


@pytest.fixture
def registry() -> Iterator[EmbeddedRegistry]:
    with EmbeddedRegistry() as running:
        yield running


@pytest.fixture
def registries() -> Iterator[Registries]:
    opened = open_registries((), {})
    yield opened
    opened.close()


def test_every_tag_is_listed_and_digests_are_told(registry: EmbeddedRegistry, registries: Registries) -> None:
    """Tags come whole, a digest is the pushed one, and a description has platforms and date."""
    one = registry.add("acme/api", "1.0.0", created=datetime(2026, 3, 1, tzinfo=UTC))
    two = registry.add("acme/api", "1.1.0", platforms=("linux/amd64", "linux/arm64/v8"))
    name = f"{registry.host}/acme/api"

    found = lookup([name, f"{registry.host}/acme/gone"], registries)

    listed = found[name]
    assert isinstance(listed, TagList)
    assert (listed.image, listed.tags) == (name, ("1.0.0", "1.1.0"))
    gone = found[f"{registry.host}/acme/gone"]
    assert isinstance(gone, Problem)
    assert gone.code == RepositoryUnknown.code
    member, repository = registries.for_image(name)
    assert [member.digest(repository, tag) for tag in ("1.0.0", "1.1.0")] == [one, two]
    facts = describe(name, ["1.0.0", "1.1.0", "9"], registries)
    assert facts["1.0.0"].created == datetime(2026, 3, 1, tzinfo=UTC)
    assert facts["1.1.0"].platforms == ("linux/amd64", "linux/arm64/v8")
    assert facts["1.1.0"].digest == two
    assert facts["9"].described
    assert facts["9"].digest is None


def test_a_missing_tag_is_said_to_be_missing(registry: EmbeddedRegistry, registries: Registries) -> None:
    """A digest of a tag that is not there is TagUnknown, never an empty text."""
    registry.add("acme/api", "1.0.0")
    member, repository = registries.for_image(f"{registry.host}/acme/api")
    with pytest.raises(TagUnknown, match="has no tag 2"):
        member.digest(repository, "2")
