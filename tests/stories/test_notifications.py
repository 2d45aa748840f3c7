"""Who is told, over runs of a CronJob that each begin anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.receiver import Receiver
from tests.support.story import DEPLOYMENT, Story

DELIVERED = "dev.tagwright.update.delivered.v1"
FAILED = "dev.tagwright.target.failed.v1"
RECOVERED = "dev.tagwright.target.recovered.v1"
EXPIRED = "dev.tagwright.hold.expired.v1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Whoever wants to know."""
    with Receiver() as made:
        yield made


def staged(story: Story, receiver: Receiver, more: str = "") -> str:
    """A remote whose image is up to date; its name."""
    image = story.offers("acme/api", "1.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.replace("{image}", f"{image}:1.0.0")})
    story.configured(
        "defaults: {policy: {compatible: minor}}\n"
        "delivery: {mode: commit}\n"
        f"notifications:\n  - {{name: events, cloudevents: {{url: 'http://{receiver.host}/'}}{more}}}\n"
    )
    return image


def test_each_change_is_told_once_over_restarts(story: Story, receiver: Receiver) -> None:
    """Fails, fails, recovers, rests, is updated, rests: three notices, each by the run that saw the change."""
    staged(story, receiver)
    line = f"tagwright run --cache {story.folder}/cache"

    def types() -> list[str]:
        story.runs(line)
        return [one.json["type"] for one in receiver.got]

    assert types() == []
    story.remote.path.rename(story.folder / "away")
    assert types() == [FAILED]
    assert types() == [FAILED]
    (story.folder / "away").rename(story.remote.path)
    assert types() == [FAILED, RECOVERED]
    assert types() == [FAILED, RECOVERED]
    story.offers("acme/api", "1.1.0")
    assert types() == [FAILED, RECOVERED, DELIVERED]
    assert types() == [FAILED, RECOVERED, DELIVERED]
    assert receiver.got[2].json["data"]["images"] == [
        {"image": f"{story.registry.host}/acme/api", "from": "1.0.0", "to": "1.1.0"}
    ]
    assert story.remote.tip()[:12] in receiver.got[2].json["data"]["said"][0]  # type: ignore[index]


def test_without_a_cache_deliveries_alone_are_told(story: Story, receiver: Receiver) -> None:
    """A failure would be told by every run."""
    staged(story, receiver)
    story.offers("acme/api", "1.1.0")
    assert story.runs("tagwright run").code == 0
    story.remote.path.rename(story.folder / "away")
    assert story.runs("tagwright run").code == 1
    assert [one.json["type"] for one in receiver.got] == [DELIVERED]


def test_a_receiver_that_is_down_fails_no_run_and_is_told_later(
    story: Story, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is done, a warning says so without the address, the metrics count it, and the next run tells it."""
    monkeypatch.setattr("tagwright.notify.PAUSES", (0.0, 0.0))
    staged(story, receiver)
    story.offers("acme/api", "1.1.0")
    receiver.answers = [503] * 3
    line = f"tagwright run --cache {story.folder}/cache --metrics-file {story.folder}/tagwright.prom"
    done = story.runs(line)
    assert done.code == 0
    assert "notification events was not sent: it answered 503" in done.err
    assert receiver.host not in done.err
    counted = 'tagwright_last_run_notifications{name="events",result="failed"} 1.0'
    assert counted in (story.folder / "tagwright.prom").read_text("utf-8")
    assert story.runs(line).err == ""
    assert [one.json["type"] for one in receiver.got] == [DELIVERED] * 4
    assert len({one.json["id"] for one in receiver.got}) == 1


def test_a_plan_tells_nobody(story: Story, receiver: Receiver) -> None:
    """Nothing was done."""
    staged(story, receiver)
    story.offers("acme/api", "1.1.0")
    assert story.runs(f"tagwright plan --config {story.folder}/tagwright.yaml --cache {story.folder}/cache").code == 0
    assert receiver.got == []


def test_a_repository_tells_nobody_of_its_own(story: Story, receiver: Receiver) -> None:
    """Its own file may not say whom to tell: that is the operator's."""
    staged(story, receiver)
    story.remote.commit(
        {".tagwright.yaml": "version: 1\nnotifications: [{name: x, cloudevents: {url: 'http://127.0.0.1'}}]\n"}
    )
    done = story.runs("tagwright run")
    assert done.code == 2
    assert "only the operator's file may set this" in done.out + done.err
