"""The newest by date: what it costs, and what happens when a date cannot be read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tagwright.registries.embedded import Answer, answer_json, refusal
from tagwright.registries.web.patience import Patience
from tests.contracts.test_manifests import artifact
from tests.support.native import NativeRegistry
from tests.support.registry import PASSWORD, USER, FaultyRegistry, instead, joined
from tests.support.story import DEPLOYMENT, Story

START = datetime(2026, 1, 1, tzinfo=UTC)
NEWEST = "defaults: {policy: {newest: created}}\ndelivery: {mode: commit}\n"


@pytest.fixture
def faulty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[Story, FaultyRegistry]]:
    """A story whose registry may fail; builds b0 to b4, a day apart, b1 deployed."""
    with FaultyRegistry() as registry:
        yield seeded(Story(tmp_path, registry, capsys), 5), registry


def seeded(story: Story, builds: int, settings: str = "") -> Story:
    """Builds a day apart, the second of them deployed."""
    for number in range(builds):
        story.registry.add("acme/api", f"b{number}", created=START + timedelta(days=number))
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{story.registry.host}/acme/api:b1")})
    story.configured(settings + NEWEST)
    return story


def kinds(registry: FaultyRegistry) -> Counter[str]:
    """Requests since the last look, by what was asked."""
    found = Counter(f"{one.method} {one.path.split('/')[-2]}" for one in registry.requests if one.path != "/v2/")
    registry.requests.clear()
    return found


def test_the_latest_build_is_taken(faulty: tuple[Story, FaultyRegistry]) -> None:
    """By its date, whatever its name."""
    story, registry = faulty
    registry.add("acme/api", "aaa", created=START + timedelta(days=30))
    assert story.runs("tagwright run").code == 0
    assert "acme/api:aaa" in story.remote.show("api.yaml")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("GET .*/manifests/b4", Answer(500)),
        ("GET .*/manifests/b4", Answer(200, b"<html>")),
        ("GET .*/blobs/.*", Answer(502)),
        ("GET .*/blobs/.*", answer_json({"errors": [{"code": "DENIED"}]}, 403)),
    ],
)
def test_a_date_that_cannot_be_read_is_a_problem(
    faulty: tuple[Story, FaultyRegistry], asked: str, answer: Answer
) -> None:
    """The build that cannot be read may be the newest: nothing lower is taken instead, and exit 1 says so."""
    story, registry = faulty
    registry.faults.append(instead(asked, answer))
    ran = story.runs("tagwright run --json")
    assert ran.code == 1
    (decision,) = ran.json["targets"][0]["decisions"]
    assert decision["verdict"] == "error"
    assert "acme/api:b1" in story.remote.show("api.yaml")


def test_an_index_is_dated_by_its_latest_image(faulty: tuple[Story, FaultyRegistry]) -> None:
    """A part of an index that the registry has not says nothing; the others do."""
    story, registry = faulty
    kept = registry.repositories["acme/api"].tags
    gone = "sha256:" + "0" * 64
    joined(registry, "acme/api", "all", {"linux/amd64": kept["b0"], "linux/s390x": gone, "linux/arm64": kept["b4"]})
    registry.remove("acme/api", "b4")
    assert story.runs("tagwright run").code == 0
    assert "acme/api:all" in story.remote.show("api.yaml")


def test_with_a_cache_only_new_images_are_read(faulty: tuple[Story, FaultyRegistry]) -> None:
    """A digest's date never changes: the second pass asks for digests alone, the third reads the one new image."""
    story, registry = faulty
    run = f"tagwright run --cache {story.folder}/cache"
    assert story.runs(run).code == 0
    first = kinds(registry)
    assert (first["HEAD manifests"], first["GET manifests"], first["GET blobs"]) == (0, 5, 5)

    assert story.runs(run).code == 0
    second = kinds(registry)
    assert (second["HEAD manifests"], second["GET manifests"], second["GET blobs"]) == (5, 0, 0)

    registry.add("acme/api", "b9", created=START + timedelta(days=90))
    assert story.runs(run).code == 0
    third = kinds(registry)
    assert (third["HEAD manifests"], third["GET manifests"], third["GET blobs"]) == (6, 1, 1)
    assert "acme/api:b9" in story.remote.show("api.yaml")


def test_a_build_that_is_pushed_again_is_read_again(faulty: tuple[Story, FaultyRegistry]) -> None:
    """What is remembered is remembered of the digest, not of the tag."""
    story, registry = faulty
    run = f"tagwright run --cache {story.folder}/cache"
    assert story.runs(run).code == 0
    registry.add("acme/api", "b2", created=START + timedelta(days=50))
    assert story.runs(run).code == 0
    assert "acme/api:b2" in story.remote.show("api.yaml")


@pytest.mark.parametrize("failure", [Answer(503), refusal(429, "TOOMANYREQUESTS")])
def test_a_registry_that_fails_to_tell_when_its_tags_were_pushed_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, failure: Answer
) -> None:
    """Where the policy has nothing else to go by; one that goes by `created` needs no more than its list."""
    monkeypatch.setenv("U", USER)
    monkeypatch.setenv("P", PASSWORD)
    monkeypatch.setattr(Patience, "wait", lambda *_: None)
    with NativeRegistry("harbor") as registry:
        login = f"registries: [{{prefix: '{registry.host}', credentials: {{username_env: U, password_env: P}}}}]\n"
        story = seeded(Story(tmp_path, registry, capsys), 3, login)
        registry.broken = failure
        for policy, code, verdict in (("created", 0, "update"), ("pushed", 1, "error")):
            story.configured((login + NEWEST).replace("created", policy))
            told = story.runs("tagwright plan --json")
            (decision,) = told.json["targets"][0]["decisions"]
            assert (policy, told.code, decision["verdict"]) == (policy, code, verdict)


@pytest.mark.parametrize("date", ["created", "pushed"])
def test_where_pushes_are_listed_few_dates_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    """Of forty builds two are described for `created`, the current and the last pushed; for `pushed` none."""
    monkeypatch.setenv("U", USER)
    monkeypatch.setenv("P", PASSWORD)
    with NativeRegistry("harbor") as registry:
        login = f"registries: [{{prefix: '{registry.host}', credentials: {{username_env: U, password_env: P}}}}]\n"
        story = Story(tmp_path, registry, capsys)
        for number in range(40):
            registry.times["acme/api", f"b{number}"] = START + timedelta(days=number, hours=1)
        seeded(story, 40, login)
        story.configured((login + NEWEST).replace("created", date))
        story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{registry.host}/acme/api:b37")})

        assert story.runs("tagwright run").code == 0

        described = {one.path for one in registry.requests if "/manifests/" in one.path}
    assert "acme/api:b39" in story.remote.show("api.yaml")
    assert len(described) == {"created": 2, "pushed": 0}[date], described


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
@pytest.mark.parametrize("policy", ["{newest: created}", "{compatible: minor, minimum_age: 3d, trust_created: true}"])
def test_a_date_that_no_age_can_be_added_to_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], policy: str, date: str
) -> None:
    """A publisher may write what he likes: the tag has no date, is not taken, and nothing breaks."""
    config = {"architecture": "amd64", "os": "linux", "created": date}
    with FaultyRegistry() as registry:
        story = Story(tmp_path, registry, capsys)
        story.configured(f"defaults: {{policy: {policy}}}\ndelivery: {{mode: commit}}\n")
        image = story.offers("acme/api", "1.0.0")
        artifact(
            registry.repositories["acme/api"],
            "1.1.0",
            ("application/vnd.oci.image.config.v1+json", json.dumps(config).encode()),
            ("application/vnd.oci.image.layer.v1.tar+gzip", b"layer"),
        )
        story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
        for command in ("plan", "run", "explain", f"explain {image}:1.1.0"):
            assert story.runs(f"tagwright {command} --cache {tmp_path}/cache").code == 0, command
        assert "acme/api:1.0.0" in story.remote.show("api.yaml")
