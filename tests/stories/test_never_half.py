"""What a registry could not tell is never taken for "no": nothing lower is chosen instead, and it is said."""

from __future__ import annotations

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
    """The best tag cannot be read: the image is a problem of this pass, and its file stays as it is."""
    story, registry = faulty
    story.configured(f"defaults: {{policy: {POLICIES[policy]}}}\ndelivery: {{mode: commit}}\n")
    registry.faults.append(instead("/manifests/1.3.0", FAILURES[failure]))
    ran = story.runs("tagwright run --json")
    (decision,) = ran.json["targets"][0]["decisions"]
    assert (ran.code, decision["verdict"]) == (1, "error")
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
