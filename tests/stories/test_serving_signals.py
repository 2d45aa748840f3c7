"""What the service tells of itself: metrics, notices and its log, of one webhook from its coming to its commit."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.receiver import Receiver
from tests.support.serving import Serving, until
from tests.support.story import DEPLOYMENT, Story

SECRET = "a-secret-of-some-length"
DELIVERED = "dev.tagwright.update.delivered.v1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Whoever wants to know."""
    with Receiver() as made:
        yield made


def measured(service: Serving) -> dict[tuple[str, ...], float]:
    """What Prometheus would read, by name and the values of labels."""
    with urlopen(f"{service.url}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name.removeprefix("tagwright_"), *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def served(story: Story) -> Serving:
    """The service, with its log as JSON."""
    arguments = ("--cache", str(story.folder / "cache"), "--log-format", "json")
    return Serving(story.folder / "tagwright.yaml", *arguments, environ={"HOOK_SECRET": SECRET})


def test_a_webhook_is_followed_to_its_commit(story: Story, receiver: Receiver) -> None:
    """It is counted, its update is timed and told once; every line of its pass names run and target; a restart is
    silent."""
    image = story.offers("acme/api", "1.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
    story.configured(
        "defaults: {policy: {compatible: minor}}\n"
        "delivery: {mode: commit}\n"
        "serve: {interval: 1h, webhooks: [{name: ci, kind: json, secret_env: HOOK_SECRET}]}\n"
        f"notifications: [{{name: events, cloudevents: {{url: 'http://{receiver.host}/'}}}}]\n"
    )
    with served(story) as service:
        until(lambda: measured(service).get(("runs_total", "unchanged")) == 1, lambda: service.text)
        story.registry.add("acme/api", "1.1.0")
        hint = json.dumps({"image": f"{image}:1.1.0"}).encode()
        headers = {"Content-Type": "application/json"}
        assert service.posts("/hooks/ci", hint, headers) == 401
        assert service.posts("/hooks/ci", hint, {**headers, "Authorization": f"Bearer {SECRET}"}) == 202
        until(lambda: bool(receiver.got), lambda: service.text)
        told = measured(service)
        assert told["commits_total",] == 1
        assert told["runs_total", "updated"] == 1
        assert told["webhook_requests_total", "taken", "json"] == 1
        assert told["webhook_requests_total", "refused", "json"] == 1
        assert told["lead_time_seconds_count", "received", "delivered"] == 1
        assert 0 < told["lead_time_seconds_sum", "received", "delivered"] < 60
        assert told["registry_requests_total", story.registry.host] >= 2
        assert told["images", "current", "deploy"] == 1
        until(lambda: measured(service).get(("notifications_total", "events", "sent")) == 1)
        service.signalled(signal.SIGTERM)
        assert service.ends() == 0
    lines = [json.loads(line) for line in service.text.splitlines()]
    ends = [line for line in lines if line["message"].startswith("the target has ended")]
    assert [line["target"] for line in ends] == ["deploy"] * 2
    assert len({line["run"] for line in ends}) == 2
    assert SECRET not in service.text
    assert not [line for line in lines if "/metrics" in line["message"]]
    with served(story) as service:
        until(lambda: measured(service).get(("runs_total", "unchanged")) == 1, lambda: service.text)
        assert measured(service)["consecutive_failures", "deploy"] == 0
        service.signalled(signal.SIGTERM)
        assert service.ends() == 0
    assert [one.json["type"] for one in receiver.got] == [DELIVERED]
