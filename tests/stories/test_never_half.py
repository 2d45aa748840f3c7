"""What a registry could not tell is never taken for "no": nothing lower is chosen instead, and it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tagwright.registries.embedded import Answer, refusal
from tagwright.registries.web.patience import Patience
from tests.support.registry import FaultyRegistry, instead
from tests.support.story import DEPLOYMENT, Story

POLICIES = {
    "minimum_age": "{compatible: minor, minimum_age: 1h}",
    "wait": "{compatible: minor, wait: 1h}",
    "platforms": "{compatible: minor, platforms: [linux/amd64]}",
    "digest": "{compatible: minor, pin_digest: true}",
    "newest": "{newest: created}",
}
FAILURES = {
    "a server's error": Answer(500),
    "too many requests": refusal(429, "TOOMANYREQUESTS", (("Retry-After", "7200"),)),
    "broken JSON": Answer(200, b'{"schemaVersion": 2, "config": {"dig'),
    "a proxy's page": Answer(200, b"<html>", (("Content-Type", "text/html"),)),
    "a short answer": Answer(200, b"{", (("Content-Length", "700"), ("Connection", "close"))),
    "not allowed": refusal(403, "DENIED"),
    "an answer of no kind": Answer(204),
}


@pytest.fixture
def faulty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Story, FaultyRegistry]]:
    """1.2.0 is deployed; 1.2.1 and 1.3.0 are there. We are as stubborn as ever, but sleep little between tries."""
    patient = Patience.wait
    hurried = lambda *about: None if patient(*about) is None else 0.001  # noqa: E731
    monkeypatch.setattr(Patience, "wait", hurried)
    with FaultyRegistry() as registry:
        story = Story(tmp_path, registry, capsys)
        api = story.offers("acme/api", "1.2.0", "1.2.1", "1.3.0")
        story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
        yield story, registry


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_lower_is_taken_for_a_tag_that_could_not_be_read(
    faulty: tuple[Story, FaultyRegistry], policy: str, failure: str
) -> None:
    """The best tag is `metadata-unavailable`: a problem of this pass, and the file stays as it is."""
    story, registry = faulty
    story.configured(f"defaults: {{policy: {POLICIES[policy]}}}\ndelivery: {{mode: commit}}\n")
    registry.faults.append(instead("/manifests/1.3.0", FAILURES[failure]))
    ran = story.runs("tagwright run --json")
    (decision,) = ran.json["targets"][0]["decisions"]
    assert (ran.code, decision["verdict"]) == (1, "error")
    assert {one["tag"]: one["reason"] for one in decision["rulings"]}["1.3.0"] == "metadata-unavailable"
    (problem,) = ran.json["targets"][0]["problems"]
    assert re.search(r"/acme/api:1\.\S+ could not be read: ", problem["message"])
    assert "acme/api:1.2.0" in story.remote.show("api.yaml")


HALF = {
    "a tag without its manifest": "manifests/1.3.0",
    "a digest without its manifest": "GET .*/manifests/sha256",
    "an image without its configuration": "blobs/",
}


@pytest.mark.parametrize("part", HALF)
def test_nothing_lower_is_taken_for_a_tag_of_which_the_registry_has_half(
    faulty: tuple[Story, FaultyRegistry], part: str
) -> None:
    """It lists the tag and answers 404 for what it stands for: no absence, and nothing to remember it by."""
    story, registry = faulty
    story.configured(f"defaults: {{policy: {POLICIES['platforms']}}}\ndelivery: {{mode: commit}}\n")
    story.offers("acme/api", "1.2.2")
    if "digest" in part:  # which is asked for by itself once something of the image was learned
        story.registry.remove("acme/api", "1.3.0")
        assert story.runs(f"tagwright plan --cache {story.folder}/cache").code == 0
        registry.faults.append(instead(HALF[part], refusal(404, "MANIFEST_UNKNOWN")))
        story.registry.add("acme/api", "1.3.0", labels={"other": "bytes"})
    else:
        registry.faults.append(instead(HALF[part], refusal(404, "MANIFEST_UNKNOWN")))
    ran = story.runs(f"tagwright run --json --cache {story.folder}/cache")
    (decision,) = ran.json["targets"][0]["decisions"]
    (problem,) = ran.json["targets"][0]["problems"]
    assert (ran.code, decision["verdict"], problem["code"]) == (1, "error", "tag-unknown")
    assert {one["tag"]: one["reason"] for one in decision["rulings"]}["1.3.0"] == "metadata-unavailable"
    registry.faults.clear()
    assert story.runs(f"tagwright run --cache {story.folder}/cache").code == 0
    assert "acme/api:1.3.0" in story.remote.show("api.yaml")


def test_a_tag_that_could_not_be_read_stops_only_who_needs_it(faulty: tuple[Story, FaultyRegistry]) -> None:
    """One file goes by names alone and gets its update; a tag below the best is nobody's trouble either."""
    story, registry = faulty
    image = f"{registry.host}/acme/api:1.2.0"
    story.remote.commit({"web.yaml": DEPLOYMENT.format(image=image), "old.yaml": DEPLOYMENT.format(image=image)})
    story.configured(
        "rules:\n  - {files: ['web.yaml'], policy: {compatible: minor}}\n"
        "  - {files: ['old.yaml'], policy: {compatible: patch, platforms: [linux/amd64]}}\n"
        "  - {files: ['api.yaml'], policy: {compatible: minor, platforms: [linux/amd64]}}\ndelivery: {mode: commit}\n"
    )
    registry.faults.append(instead("/manifests/1.3.0", Answer(500)))
    assert story.runs("tagwright run").code == 1
    standing = {path: story.remote.show(path).split("acme/api:")[1].split()[0] for path in ("web.yaml", "old.yaml")}
    assert standing == {"web.yaml": "1.3.0", "old.yaml": "1.2.1"}
    assert "acme/api:1.2.0" in story.remote.show("api.yaml")


@pytest.mark.parametrize("status", [429, 503])
def test_a_registry_that_sends_us_away_says_until_when(faulty: tuple[Story, FaultyRegistry], status: int) -> None:
    """A refused list is a problem with the time to try again, in text and as data; it is never "no update"."""
    story, registry = faulty
    story.configured()
    registry.faults.append(instead("/tags/list", refusal(status, "TOOMANYREQUESTS", (("Retry-After", "7200"),))))
    ran = story.runs("tagwright run --json")
    (decision,) = ran.json["targets"][0]["decisions"]
    (problem,) = ran.json["targets"][0]["problems"]
    away = datetime.fromisoformat(problem["retry_at"]) - datetime.now(UTC)
    assert (ran.code, decision["verdict"], problem["code"]) == (1, "error", "registry-unreachable")
    assert timedelta(minutes=119) < away < timedelta(minutes=121)
    assert "try again after 2" in story.runs("tagwright run").out
    assert "acme/api:1.2.0" in story.remote.show("api.yaml")


@pytest.mark.parametrize("failure", [Answer(500), refusal(403, "DENIED")])
@pytest.mark.parametrize("flag", ["--verify", "--pin-digest"])
def test_set_goes_nowhere_when_the_dates_that_order_two_builds_cannot_be_read(
    faulty: tuple[Story, FaultyRegistry], flag: str, failure: Answer
) -> None:
    """What nothing orders is written; what the registry would have ordered, had it answered, is not."""
    story, registry = faulty
    image = story.offers("acme/web", "9d3e11a")
    registry.add("acme/web", "c0ffee1", created=datetime(2025, 1, 1, tzinfo=UTC))
    story.remote.commit({"web.yaml": DEPLOYMENT.format(image=f"{image}:9d3e11a")})
    registry.faults.append(instead("/blobs/", failure))
    assert story.runs(f"tagwright set {image}:c0ffee1 {flag} --repo {story.remote.path}").code == 1
    assert "acme/web:9d3e11a" in story.remote.show("web.yaml")
