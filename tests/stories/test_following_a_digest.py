"""One tag that moves is followed by the digest of its index, on a registry of the real world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tagwright.registries.embedded import EmbeddedRegistry
from tests.support import ledgers
from tests.support.real_registry import Pusher, docker_registry
from tests.support.story import DEPLOYMENT, Story

pytestmark = pytest.mark.real

BOTH = ("linux/amd64", "linux/arm64")
FOLLOW = "defaults: {{policy: {{digest: latest{more}}}}}\ndelivery: {{mode: commit}}\n"


class Real:
    """docker-registry, and what is pushed to it; `story` plays there."""

    def __init__(self, host: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.host = host
        self._source = EmbeddedRegistry()
        self.story = Story(folder, cast(Any, SimpleNamespace(host=host)), capsys)

    def push(self, build: str, platforms: tuple[str, ...] = BOTH) -> str:
        """Push a build as `latest`; its digest."""
        digest = self._source.add("acme/api", "latest", labels={"build": build}, platforms=platforms)
        Pusher(self.host).push(self._source)
        return digest

    def image_of(self, index: str) -> str:
        """The digest of the first image of an index."""
        import json

        found: str = json.loads(self._source.repositories["acme/api"].manifests[index].body)["manifests"][0]["digest"]
        return found


@pytest.fixture
def real(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Real]:
    """A registry with one build of two platforms."""
    with docker_registry(tmp_path) as host:
        yield Real(host, tmp_path, capsys)


def test_the_digest_of_the_index_is_written_and_followed(real: Real) -> None:
    """Not a platform's: it is the index that every node can pull; what stands already is left alone."""
    first, story = real.push("1"), real.story
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{real.host}/acme/api:latest@{first}")})
    story.configured(FOLLOW.format(more=""))
    assert story.runs("tagwright run").code == 0
    assert len(story.remote.log()) == 1

    second = real.push("2")
    assert story.runs("tagwright run").code == 0
    assert f"{real.host}/acme/api:latest@{second}\n" in story.remote.show("api.yaml") + "\n"

    assert story.runs("tagwright run").code == 0
    assert len(story.remote.log()) == 2


def test_a_platforms_own_digest_is_not_the_tags(real: Real) -> None:
    """Somebody pinned one platform's image: the tag points at the index, so that is what follows."""
    index, story = real.push("1"), real.story
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{real.host}/acme/api:latest@{real.image_of(index)}")})
    story.configured(FOLLOW.format(more=""))
    assert story.runs("tagwright run").code == 0
    assert f"acme/api:latest@{index}" in story.remote.show("api.yaml")


def test_an_index_may_become_an_image(real: Real) -> None:
    """A build for one platform alone: the tag's digest is the image's."""
    first, story = real.push("1"), real.story
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{real.host}/acme/api@{first}")})
    story.configured(FOLLOW.format(more=""))
    second = real.push("2", platforms=("linux/amd64",))
    assert story.runs("tagwright run").code == 0
    assert f"{real.host}/acme/api@{second}" in story.remote.show("api.yaml")


@pytest.mark.parametrize(("more", "written"), [("", False), (", pin_digest: true", True)])
def test_a_bare_tag_gets_a_digest_only_when_asked(real: Real, more: str, written: bool) -> None:
    """A digest stands where the reference keeps one, and nowhere else."""
    digest, story = real.push("1"), real.story
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{real.host}/acme/api:latest")})
    story.configured(FOLLOW.format(more=more))
    assert story.runs("tagwright run").code == 0
    assert (f":latest@{digest}" in story.remote.show("api.yaml")) == written


def test_a_digest_kept_in_a_value_of_its_own_is_written_there(real: Real) -> None:
    """A chart's `image.digest` beside its tag: the value is replaced and the tag left as it is."""
    first, story = real.push("1"), real.story
    values = 'image:\n  repository: {host}/acme/api\n  tag: latest\n  digest: "{digest}"  # of the index\n'
    story.remote.commit({"values.yaml": values.format(host=real.host, digest=first)})
    story.configured(FOLLOW.format(more=""))
    second = real.push("2")
    assert story.runs("tagwright run").code == 0
    assert story.remote.show("values.yaml") + "\n" == values.format(host=real.host, digest=second)


def test_a_tag_that_just_moved_is_young(real: Real) -> None:
    """With minimum_age the old digest stays until the new one is old enough; moving again starts anew."""
    first, story = real.push("1"), real.story
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{real.host}/acme/api:latest@{first}")})
    story.configured(FOLLOW.format(more=", minimum_age: 3d"))
    assert story.runs("tagwright run").code == 0

    real.push("2")
    assert story.runs("tagwright run --json").json["targets"][0]["decisions"][0]["verdict"] == "pending"
    ledgers.passes(story.remote, timedelta(days=2))
    third = real.push("3")
    story.runs("tagwright run")
    ledgers.passes(story.remote, timedelta(days=2))
    ran = story.runs("tagwright run --json").json["targets"][0]["decisions"][0]
    assert (ran["verdict"], ran["rulings"][0]["reason"]) == ("pending", "too-young")
    assert first in story.remote.show("api.yaml")

    ledgers.passes(story.remote, timedelta(days=1))
    assert story.runs("tagwright run").code == 0
    assert third in story.remote.show("api.yaml")
