"""Who is told, over runs of a CronJob that each begin anew."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.receiver import Receiver
from tests.support.reviewed import DEFAULTS, Reviewed
from tests.support.serving import until
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


def test_check_tells_of_a_secret_that_is_missing(
    story: Story, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first thing happens that nobody is told of. A warning: it may be there where Tagwright runs."""
    staged(story, receiver)
    config = story.folder / "tagwright.yaml"
    two = (
        "notifications:\n"
        "  - {name: one, apprise: {url_env: APPRISE_URL}}\n"
        "  - {name: two, cloudevents: {url_env: HOOK_URL, token_file: nowhere}}\n"
    )
    config.write_text(config.read_text("utf-8").replace("notifications:\n", two), "utf-8")
    monkeypatch.setenv("HOOK_URL", "http://127.0.0.1:1/")
    told = story.runs(f"tagwright check --json --config {config}")
    assert told.code == 0
    missing = [one["about"] for one in told.json["warnings"] if one["code"] == "secret-missing"]
    assert missing == ["notifications one", "notifications two"]


def test_the_life_of_a_pull_request_is_told_and_measured(reviewed: Reviewed, receiver: Receiver) -> None:
    """Opened: told. Closed by a person: told as a "no". A newer one is opened and merged: told when it is opened, and
    counted as merged by the pass that sees it in the branch."""
    image = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.deploys(f"{image}:1.2.0")
    events = f"notifications: [{{name: events, cloudevents: {{url: 'http://{receiver.host}/'}}}}]\n"
    reviewed.configured(DEFAULTS + events)
    line = f"tagwright run --cache {reviewed.folder}/cache --metrics-file {reviewed.folder}/tagwright.prom"

    def ran() -> tuple[list[str], str]:
        assert reviewed.runs(line).code == 0
        types = [one.json["type"].removeprefix("dev.tagwright.") for one in receiver.got]
        receiver.got.clear()
        return types, (reviewed.folder / "tagwright.prom").read_text("utf-8")

    opened, text = ran()
    assert opened == ["update.delivered.v1"]
    assert 'tagwright_last_run_pull_request_outcomes{outcome="opened"} 1.0' in text
    assert 'tagwright_pull_requests{state="open",target="deploy"} 1.0' in text
    assert ran()[0] == []
    reviewed.pulls[0].end("closed", "ann")
    refused, text = ran()
    assert refused == ["update.rejected.v1"]
    assert 'tagwright_last_run_pull_request_outcomes{outcome="turned-down"} 1.0' in text
    assert ran()[0] == []
    reviewed.offers("acme/api", "1.2.2")
    assert ran()[0] == ["update.delivered.v1"]
    pull = reviewed.pulls[-1]
    reviewed.deploys(f"{image}:1.2.2")
    pull.end("merged", "ann", reviewed.remote.tip("main") or "")
    merged, text = ran()
    assert merged == []
    assert 'tagwright_last_run_pull_request_outcomes{outcome="merged"} 1.0' in text
    assert 'tagwright_pull_requests{state="open",target="deploy"} 0.0' in text


def test_a_digest_is_collected_by_runs_that_each_end(story: Story, receiver: Receiver) -> None:
    """The run that finds something tells nothing yet; one that finds nothing tells it when its time has come."""
    staged(story, receiver, ", digest: 3s")
    story.offers("acme/api", "1.1.0")
    line = f"tagwright run --cache {story.folder}/cache"
    assert story.runs(line).code == 0
    assert "1.1.0" in story.remote.show("api.yaml")
    assert receiver.got == []

    def told() -> bool:
        assert story.runs(line).code == 0
        return bool(receiver.got)

    until(told)
    assert story.runs(line).code == 0
    ((event,),) = (one.json for one in receiver.got)
    assert event["type"] == DELIVERED
