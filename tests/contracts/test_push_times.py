"""What every registry with an API of its own promises: when a tag was pushed under its digest, and never an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest

from tagwright.lookup import describe, lookup, pushes
from tagwright.model import Candidate, Fact
from tagwright.registries import ENDPOINTS, Registries
from tagwright.registries.embedded import Answer, answer_json, refusal
from tagwright.registries.native.base import push
from tagwright.registries.native.docker_hub import DockerHub
from tests.support.native import PUSHED, NativeRegistry
from tests.support.registry import client

DIGEST = f"sha256:{'a' * 64}"
LATER = PUSHED + timedelta(hours=7)


@pytest.fixture(params=["docker-hub", "quay", "harbor"])
def registry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[NativeRegistry]:
    """A registry of each product, with three tags of one image and another image."""
    with NativeRegistry(request.param) as running:
        for tag in ("1.0.0", "1.1.0", "1.2.0"):
            running.add("acme/api", tag)
        running.add("acme/api", "1.3.0", platforms=("linux/amd64", "linux/arm64"))
        running.add("acme/deep/er", "1.0.0")
        running.times["acme/api", "1.1.0"] = LATER
        if request.param == "docker-hub":
            monkeypatch.setitem(ENDPOINTS, "docker.io", running.url)
            monkeypatch.setattr(DockerHub, "home", running.url)
        yield running


def name(registry: NativeRegistry, repository: str = "acme/api") -> str:
    """The image, as references spell it."""
    return f"docker.io/{repository}" if registry.product == "docker-hub" else f"{registry.host}/{repository}"


@pytest.fixture
def registries(registry: NativeRegistry) -> Iterator[Registries]:
    """Our client, which has listed the tags as every pass does first."""
    host = "docker.io" if registry.product == "docker-hub" else registry.host
    with client(host) as opened:
        lookup([name(registry)], opened)
        yield opened


def described(registry: NativeRegistry, registries: Registries, *tags: str) -> dict[str, Candidate]:
    """What is known of tags, the time of their push included."""
    return dict(describe(name(registry), tags, registries, Fact.PUSHED))


def listed(registry: NativeRegistry, registries: Registries, repository: str = "acme/api") -> Mapping[str, datetime]:
    """When every tag was pushed."""
    image = name(registry, repository)
    return pushes([image], registries)[image]


def test_a_tag_has_the_time_of_its_push(registry: NativeRegistry, registries: Registries) -> None:
    """Image or index, in UTC, at least to the second; the digest is the one that would be written."""
    found = described(registry, registries, "1.0.0", "1.1.0", "1.3.0")
    kept = registry.repositories["acme/api"].tags
    assert {tag: one.digest for tag, one in found.items()} == {tag: kept[tag] for tag in found}
    times = {tag: one.pushed.replace(microsecond=0) for tag, one in found.items() if one.pushed}
    assert times == {"1.0.0": PUSHED, "1.1.0": LATER, "1.3.0": PUSHED}


def test_nobody_is_asked_who_need_not_answer(registry: NativeRegistry, registries: Registries) -> None:
    """Without a policy that asks for times, the distribution API is all that is spoken."""
    assert describe(name(registry), ["1.0.0"], registries)["1.0.0"].pushed is None
    assert registry.asked_natively == []


def test_the_same_is_asked_once(registry: NativeRegistry, registries: Registries) -> None:
    """One question a tag."""
    for _ in range(2):
        described(registry, registries, "1.0.0")
    assert len(registry.asked_natively) == 1


def test_a_push_of_another_digest_is_none_of_ours(registry: NativeRegistry, registries: Registries) -> None:
    """When the tag moved between two answers, the time belongs to what we would not write."""
    member, repository = registries.for_image(name(registry))
    other = registry.repositories["acme/api"].tags["1.1.0"]
    assert member.pushed(repository, "1.0.0", other) is None


def test_a_list_has_every_push(registry: NativeRegistry, registries: Registries) -> None:
    """All pages; and a single tag is not asked for again."""
    found = {tag: when.replace(microsecond=0) for tag, when in listed(registry, registries).items()}
    assert found == {"1.0.0": PUSHED, "1.1.0": LATER, "1.2.0": PUSHED, "1.3.0": PUSHED}
    asked = len(registry.asked_natively)
    assert described(registry, registries, "1.1.0")["1.1.0"].pushed
    assert len(registry.asked_natively) == asked


def test_a_long_list_is_paged(registry: NativeRegistry, registries: Registries) -> None:
    """250 tags are three pages."""
    digest = registry.add("acme/many", "v0")
    for number in range(250):
        if registry.product == "harbor":
            registry.add("acme/many", f"v{number}")
        else:
            registry.point("acme/many", f"v{number}", digest)
    assert len(listed(registry, registries, "acme/many")) == 250
    assert len(registry.asked_natively) == 3


def test_a_deep_repository_has_times_too(registry: NativeRegistry, registries: Registries) -> None:
    """Slashes in a name arrive where the product allows them; Docker Hub has none."""
    found = describe(name(registry, "acme/deep/er"), ["1.0.0"], registries, Fact.PUSHED)["1.0.0"]
    assert found.digest
    assert (found.pushed is not None) == (registry.product != "docker-hub")


@pytest.mark.parametrize(
    "broken",
    [
        refusal(401, "UNAUTHORIZED"),
        refusal(403, "DENIED"),
        answer_json({"message": "not found"}, 404),
        Answer(200, b"<html>the console</html>"),
        Answer(200, b"[" * 100_000),
        answer_json({"tags": "none", "results": 7}),
        answer_json([{"tags": [7, {"name": []}]}, 3]),
        answer_json({"name": "1.0.0", "digest": 5, "tag_last_pushed": "soon", "tags": [{"start_ts": 1e99}]}),
        answer_json(None),
    ],
    ids=["401", "403", "404", "html", "deep", "odd", "odder", "oddest", "null"],
)
def test_what_is_not_told_is_not_known(registry: NativeRegistry, registries: Registries, broken: Answer) -> None:
    """A refusal, a web page, nonsense: no time and no error, and what the distribution API tells is there."""
    registry.broken = broken
    found = described(registry, registries, "1.0.0", "1.1.0")
    assert [one.pushed for one in found.values()] == [None, None]
    assert all(one.digest and one.described for one in found.values())
    assert listed(registry, registries) == {}


def test_a_refused_repository_is_asked_about_once(registry: NativeRegistry, registries: Registries) -> None:
    """A private image costs one question a run, not one a tag."""
    registry.broken = refusal(401, "UNAUTHORIZED")
    described(registry, registries, "1.0.0", "1.1.0", "1.2.0", "1.3.0")
    assert len(registry.asked_natively) == 1


def test_an_api_that_is_down_is_tried_once(registry: NativeRegistry, registries: Registries) -> None:
    """One probe, with the patience of any question, for all tags of all images."""
    registry.broken = Answer(503)
    described(registry, registries, "1.0.0", "1.1.0", "1.2.0", "1.3.0")
    describe(name(registry, "acme/deep/er"), ["1.0.0"], registries, Fact.PUSHED)
    assert len({one.path for one in registry.asked_natively}) == 1
    assert len(registry.asked_natively) <= 3


def test_our_secret_goes_to_harbor_alone(registry: NativeRegistry, registries: Registries) -> None:
    """Docker Hub and Quay want another login there, so they get none."""
    described(registry, registries, "1.0.0")
    shown = ["authorization" in one.headers for one in registry.asked_natively]
    assert shown == [registry.product == "harbor"]


@pytest.mark.parametrize(("most", "told"), [(4, 4), (3, 0)])
def test_more_pushes_than_there_are_tags_to_judge_are_not_kept(
    registry: NativeRegistry, registries: Registries, monkeypatch: pytest.MonkeyPatch, most: int, told: int
) -> None:
    """Pages without end, or longer than asked for, tell of no tag; at the limit they tell of all."""
    monkeypatch.setattr("tagwright.registries.push_times._MOST_PUSHES", most)
    assert len(listed(registry, registries)) == told


@pytest.mark.parametrize(
    ("tag", "digest"),
    [("t" * 129, DIGEST), ("a\nb", DIGEST), ("", DIGEST), ("1.0", "d" * 200), ("1.0", ""), (1, DIGEST)],
)
def test_what_is_no_tag_of_a_digest_was_not_pushed(tag: object, digest: object) -> None:
    """Held to the same grammar as lists; the usual is read."""
    assert not list(push(tag, digest, "2026-01-02T03:04:05Z"))
    assert len(list(push("1.0", DIGEST, "2026-01-02T03:04:05Z"))) == 1
