"""How old a tag is, on a registry that does not say: the young image, the re-pushed tag, the burst of builds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tagwright.registries.embedded import Answer
from tests.support import ledgers
from tests.support.native import NativeRegistry
from tests.support.registry import PASSWORD, USER
from tests.support.story import DEPLOYMENT, Story

DAY = timedelta(days=1)
THREE_DAYS = "defaults: {policy: {compatible: minor, minimum_age: 3d}}\ndelivery: {mode: commit}\n"
BURST = (
    "defaults: {policy: {numerical: ascending, wait: 15m, "
    "filter: {pattern: '^main-[0-9a-f]+-(?P<ts>[0-9]+)$', extract: '$ts'}}}\ndelivery: {mode: commit}\n"
)


def decision(story: Story, command: str) -> Any:
    """The one decision of a pass, with its rulings by tag."""
    ran = story.runs(f"tagwright {command} --json")
    assert ran.code == 0, ran
    (found,) = ran.json["targets"][0]["decisions"]
    return {**found, "rulings": {ruling["tag"]: ruling for ruling in found["rulings"]}}


def start(story: Story, tag: str, *tags: str, policy: str = THREE_DAYS) -> str:
    """A repository at `tag`, a registry that offers it and others."""
    api = story.offers("acme/api", tag, *tags)
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:{tag}")})
    story.configured(policy)
    return api


def test_a_young_image_is_taken_when_it_is_old_enough(story: Story) -> None:
    """On first contact a tag is too young until first look + age; the day it is old enough it is delivered."""
    api = start(story, "1.2.0", "1.2.1")

    first = decision(story, "run")
    assert (first["verdict"], first["rulings"]["1.2.1"]["reason"]) == ("pending", "too-young")
    assert "was first seen by us" in first["rulings"]["1.2.1"]["detail"]
    assert first["rulings"]["1.2.1"]["eligible"]
    assert len(story.remote.log()) == 1

    ledgers.passes(story.remote, 2 * DAY)
    assert decision(story, "run")["verdict"] == "pending"

    ledgers.passes(story.remote, DAY)
    taken = decision(story, "run")
    assert taken["verdict"] == "update"
    assert "was first seen by us" in taken["rulings"]["1.2.1"]["detail"]
    assert f"{api}:1.2.1" in story.remote.show("api.yaml")


def test_the_first_look_is_said_once(story: Story) -> None:
    """People are told that the clock starts now; the next pass says nothing of it and writes nothing."""
    api = start(story, "1.2.0", "1.2.1")

    first = story.starts("run", "--config", f"{story.folder}/tagwright.yaml").ends()
    assert f"{api}: a first look at 1 of its tags; their age counts from now" in first.err
    before = ledgers.files(story.remote)
    again = story.starts("run", "--config", f"{story.folder}/tagwright.yaml").ends()
    assert "first look" not in again.err

    assert before == ledgers.files(story.remote)
    assert len(story.remote.log(ledgers.REF)) == 1
    story.remote.check()


@pytest.mark.parametrize("command", ["plan", "explain"])
def test_a_dry_run_decides_the_same_and_writes_nothing(story: Story, command: str) -> None:
    """What is unknown is seen now for the first time, in a dry run too; only a real run writes that down."""
    start(story, "1.2.0", "1.2.1")

    said = story.runs(f"tagwright {command}")
    assert said.code == 0
    assert "was first seen by us" in said.out
    assert ledgers.files(story.remote) == {}
    planned = decision(story, "plan")

    assert planned["verdict"] == decision(story, "run")["verdict"] == "pending"
    assert len(ledgers.files(story.remote)) == 1


def test_a_tag_that_is_pushed_again_starts_its_clock_anew(story: Story) -> None:
    """Another digest under the waiting tag: `mutated`, both digests said, until the new one is old enough itself."""
    api = start(story, "1.2.0", "1.2.1")
    decision(story, "run")
    ledgers.passes(story.remote, 2 * DAY)
    old = story.registry.repositories["acme/api"].tags["1.2.1"]
    new = story.registry.add("acme/api", "1.2.1", labels={"pushed": "again"})

    pushed_again = decision(story, "run")
    ruling = pushed_again["rulings"]["1.2.1"]
    assert (pushed_again["verdict"], ruling["reason"]) == ("pending", "mutated")
    assert f"was {old} and is {new} now" in ruling["detail"]
    assert ruling["eligible"]

    ledgers.passes(story.remote, 2 * DAY)  # the first push would be old enough now
    assert decision(story, "run")["rulings"]["1.2.1"]["reason"] == "mutated"
    ledgers.passes(story.remote, DAY)
    assert decision(story, "run")["verdict"] == "update"
    assert f"{api}:1.2.1" in story.remote.show("api.yaml")


def test_a_burst_of_builds_becomes_one_update(story: Story) -> None:
    """Three builds within minutes: nothing moves while they come, then one commit takes the last."""
    api = start(story, "main-aaa0000-1", "main-aaa0001-2", policy=BURST)
    for build in (3, 4):
        assert decision(story, "run")["verdict"] == "pending"
        ledgers.passes(story.remote, timedelta(minutes=5))
        story.offers("acme/api", f"main-aaa000{build}-{build}")
    waiting = decision(story, "run")
    assert (waiting["verdict"], waiting["chosen"]) == ("pending", None)
    assert waiting["rulings"]["main-aaa0004-4"]["eligible"]
    assert waiting["rulings"]["main-aaa0003-3"]["reason"] == "outranked"
    assert len(story.remote.log()) == 1

    ledgers.passes(story.remote, timedelta(minutes=15))
    assert decision(story, "run")["verdict"] == "update"

    assert f"{api}:main-aaa0004-4" in story.remote.show("api.yaml")
    assert len(story.remote.log()) == 2


def test_builds_that_never_pause_are_not_waited_for_for_ever(story: Story) -> None:
    """When one build above the current one has waited four times as long, the best is taken though it came just now."""
    api = start(story, "main-aaa0000-1", "main-aaa0001-2", policy=BURST)
    assert decision(story, "run")["verdict"] == "pending"
    for build in range(3, 8):
        ledgers.passes(story.remote, timedelta(minutes=10))
        story.offers("acme/api", f"main-aaa000{build}-{build}")
        assert decision(story, "run")["verdict"] == "pending"
    ledgers.passes(story.remote, timedelta(minutes=10))
    story.offers("acme/api", "main-aaa0008-8")

    assert decision(story, "run")["verdict"] == "update"

    assert f"{api}:main-aaa0008-8" in story.remote.show("api.yaml")


def test_a_followed_tag_that_never_rests_is_taken_at_last(story: Story) -> None:
    """`latest` moves every ten minutes: it is waited for, but no longer than four times `wait` since it first moved."""
    api = start(story, "latest", policy="defaults: {policy: {digest: latest, wait: 15m}}\ndelivery: {mode: commit}\n")
    first = story.registry.repositories["acme/api"].tags["latest"]
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:latest@{first}")})
    assert decision(story, "run")["verdict"] == "current"
    ledgers.passes(story.remote, 30 * DAY)  # at rest for a month: that is no reason to take the next one at once
    for build in range(6):
        story.registry.add("acme/api", "latest", labels={"build": str(build)})
        assert decision(story, "run")["verdict"] == "pending"
        ledgers.passes(story.remote, timedelta(minutes=10))
    last = story.registry.add("acme/api", "latest", labels={"build": "last"})

    assert decision(story, "run")["verdict"] == "update"

    assert f"{api}:latest@{last}" in story.remote.show("api.yaml")


def test_a_followed_tag_at_rest_is_taken_after_its_wait(story: Story) -> None:
    """Two moves within minutes are one update, of the second."""
    api = start(story, "latest", policy="defaults: {policy: {digest: latest, wait: 15m}}\ndelivery: {mode: commit}\n")
    first = story.registry.repositories["acme/api"].tags["latest"]
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:latest@{first}")})
    story.registry.add("acme/api", "latest", labels={"build": "1"})
    assert decision(story, "run")["verdict"] == "pending"
    ledgers.passes(story.remote, timedelta(minutes=10))
    second = story.registry.add("acme/api", "latest", labels={"build": "2"})
    assert decision(story, "run")["verdict"] == "pending"
    ledgers.passes(story.remote, timedelta(minutes=15))

    assert decision(story, "run")["verdict"] == "update"

    assert f"{api}:latest@{second}" in story.remote.show("api.yaml")


def test_a_folder_has_no_ledger_and_no_age(story: Story) -> None:
    """In a folder nobody says how old a tag is, so it is not taken, and why is said."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    folder = story.folder / "tree"
    folder.mkdir()
    (folder / "api.yaml").write_text(DEPLOYMENT.format(image=f"{api}:1.2.0"))
    (folder / ".tagwright.yaml").write_text("version: 1\ndefaults: {policy: {compatible: minor, minimum_age: 3d}}\n")

    found = decision(story, f"run --path {folder}")

    assert found["rulings"]["1.2.1"]["reason"] == "metadata-unavailable"
    assert "its age is not known" in found["rulings"]["1.2.1"]["detail"]
    assert f"{api}:1.2.0" in (folder / "api.yaml").read_text()


def test_a_ledger_that_cannot_be_written_is_a_problem_and_stops_no_delivery(story: Story) -> None:
    """An image without minimum_age is delivered; the target says that the ages of the others do not count."""
    api = start(story, "1.2.0", "1.2.1")
    web = story.offers("acme/web", "1.2.0", "1.2.1")
    story.remote.commit({"web.yaml": DEPLOYMENT.format(image=f"{web}:1.2.0")})
    story.configured(f"rules: [{{images: ['{web}'], policy: {{compatible: minor}}}}]\n{THREE_DAYS}")
    story.remote.hook("update", 'case "$1" in refs/heads/main) ;; *) echo "main alone" >&2; exit 1;; esac\n')

    ran = story.runs("tagwright run --json")

    assert ran.code == 1
    (problem,) = ran.json["targets"][0]["problems"]
    assert problem["code"] == "ledger"
    assert "main alone" in problem["message"]
    assert f"{web}:1.2.1" in story.remote.show("web.yaml")
    assert f"{api}:1.2.0" in story.remote.show("api.yaml")


def test_a_server_that_wants_branches_gets_one(story: Story) -> None:
    """Where refs outside branches and tags are refused, the ledger is the branch `tagwright-ledger`."""
    api = start(story, "1.2.0", "1.2.1")
    story.remote.hook("update", 'case "$1" in refs/heads/*) ;; *) echo "branches only" >&2; exit 1;; esac\n')

    assert decision(story, "run")["verdict"] == "pending"
    assert ledgers.files(story.remote) == {}
    assert len(ledgers.files(story.remote, "refs/heads/tagwright-ledger")) == 1
    ledgers.passes(story.remote, 3 * DAY, "refs/heads/tagwright-ledger")
    assert decision(story, "run")["verdict"] == "update"

    assert f"{api}:1.2.1" in story.remote.show("api.yaml")


def test_what_no_policy_asks_is_not_written(story: Story) -> None:
    """Without minimum_age and wait there is no ledger."""
    start(story, "1.2.0", "1.2.1", policy="defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n")

    assert decision(story, "run")["verdict"] == "update"

    assert ledgers.files(story.remote) == {}


def test_the_registrys_own_time_of_a_push_goes_before_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a registry (Harbor) tells when a tag was pushed, that counts on first contact, and no ledger is kept."""
    monkeypatch.setenv("U", USER)
    monkeypatch.setenv("P", PASSWORD)
    with NativeRegistry("harbor") as registry:
        story = Story(tmp_path, registry, capsys)
        login = f"registries: [{{prefix: '{registry.host}', credentials: {{username_env: U, password_env: P}}}}]\n"
        registry.times["acme/api", "1.2.2"] = datetime.now(UTC) - 2 * DAY
        api = start(story, "1.2.0", "1.2.1", "1.2.2", policy=login + THREE_DAYS)

        taken = decision(story, "run")

    assert (taken["verdict"], taken["chosen"]) == ("update", "1.2.1")
    assert "was pushed 2026-02-03 04:05 UTC, says the registry" in taken["rulings"]["1.2.1"]["detail"]
    assert taken["rulings"]["1.2.2"]["reason"] == "too-young"
    assert "says the registry" in taken["rulings"]["1.2.2"]["detail"]
    assert f"{api}:1.2.1" in story.remote.show("api.yaml")
    assert ledgers.files(story.remote) == {}


def test_a_push_again_is_known_even_where_the_registry_tells_the_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the ledger saw the tag under another digest, a young push of it is `mutated`."""
    monkeypatch.setenv("U", USER)
    monkeypatch.setenv("P", PASSWORD)
    with NativeRegistry("harbor") as registry:
        story = Story(tmp_path, registry, capsys)
        login = f"registries: [{{prefix: '{registry.host}', credentials: {{username_env: U, password_env: P}}}}]\n"
        registry.broken = Answer(503)  # that day the times could not be had
        start(story, "1.2.0", "1.2.1", policy=login + THREE_DAYS)
        assert decision(story, "run")["rulings"]["1.2.1"]["reason"] == "too-young"
        ledgers.passes(story.remote, DAY)
        registry.broken = None
        registry.add("acme/api", "1.2.1", labels={"pushed": "again"})
        registry.times["acme/api", "1.2.1"] = datetime.now(UTC)

        ruling = decision(story, "run")["rulings"]["1.2.1"]

    assert ruling["reason"] == "mutated"
    assert "says the registry" in ruling["detail"]


def test_passes_that_race_lose_no_first_look(story: Story) -> None:
    """Three passes at once, each of which sees other images first: the ledger has all of them."""
    names = [story.offers(f"acme/web{number}", "1.0.0", "1.0.1") for number in range(3)]
    for number, name in enumerate(names):
        story.remote.commit({f"{number}/web.yaml": DEPLOYMENT.format(image=f"{name}:1.0.0")})
        target = f"targets: [{{name: t{number}, repository: {story.remote.path}, branch: main, "
        files = f"files: {{include: ['{number}/**']}}}}]\n"
        (story.folder / f"{number}.yaml").write_text(f"version: 1\n{THREE_DAYS}{target}{files}")

    passes = [story.starts("run", "--config", f"{story.folder}/{number}.yaml") for number in range(3)]
    ended = [one.ends() for one in passes]

    assert [one.code for one in ended] == [0, 0, 0], ended
    assert len(ledgers.files(story.remote)) == 3
    assert len(story.remote.log(ledgers.REF)) == 3
