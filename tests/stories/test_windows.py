"""Updates that wait: a freeze, a schedule, a hold; and what does not wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.support.story import DEPLOYMENT, Story

POLICY = "defaults: {policy: {compatible: minor}}\n"


def freeze(days: int = 1, reason: str = "holidays") -> str:
    """A freeze that began yesterday and ends in so many days, as the configuration says it; and its end."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    start, until = (f"{now + timedelta(days=day):%Y-%m-%dT%H:%M}" for day in (-1, days))
    return f"freeze: [{{from: {start}, until: {until}, reason: {reason}}}]\n"


def test_during_a_freeze_the_decision_stands_and_nothing_is_written(story: Story) -> None:
    """The tag that would be taken, until when it waits and why; after the freeze it is written, the same one."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    before = story.remote.tip("main")
    story.configured(f"{POLICY}{freeze()}delivery: {{mode: commit}}\n")

    ran = story.runs("tagwright run --json")

    assert ran.code == 0, ran
    (target,) = ran.json["targets"]
    assert (target["changes"], target["published"], target["problems"]) == ([], [], [])
    (decision,) = target["decisions"]
    assert (decision["verdict"], decision["chosen"], decision["new"]) == ("pending", "1.3.0", None)
    assert timedelta(hours=23) < datetime.fromisoformat(decision["opening"]) - datetime.now(UTC) <= timedelta(days=1)
    frozen = next(ruling for ruling in decision["rulings"] if ruling["tag"] == "1.3.0")
    assert (frozen["reason"], frozen["eligible"]) == ("frozen", decision["opening"])
    assert story.remote.tip("main") == before
    assert "1.2.0 pending: 1.3.0 waits, frozen (holidays) until " in story.runs("tagwright run").out
    assert "frozen: 1.3.0 (frozen (holidays), eligible " in story.runs("tagwright explain").out
    assert story.runs("tagwright plan --exit-code").code == 0

    story.configured(f"{POLICY}delivery: {{mode: commit}}\n")
    assert story.runs("tagwright run").code == 0
    assert f"{api}:1.3.0" in story.remote.show("api.yaml")


def test_a_remembered_choice_does_not_outlive_its_window(story: Story) -> None:
    """With a cache, the tags are not judged again; the hour is."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    cache = f"--cache {story.folder / 'cache'} --json"
    verdicts = []
    for windows in ("", freeze(), "", freeze()):
        story.configured(f"{POLICY}{windows}")
        (decision,) = story.runs(f"tagwright plan {cache}").json["targets"][0]["decisions"]
        verdicts.append(decision["verdict"])
    assert verdicts == ["update", "pending", "update", "pending"]


def test_what_is_current_does_not_wait(story: Story) -> None:
    """Nothing would be written, so there is nothing to wait for."""
    api = story.offers("acme/api", "1.2.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured(f"{POLICY}{freeze()}")
    (decision,) = story.runs("tagwright run --json").json["targets"][0]["decisions"]
    assert (decision["verdict"], decision["opening"]) == ("current", None)


def test_a_repository_closes_its_own_windows(story: Story) -> None:
    """Its .tagwright.yaml is read from the branch."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"), ".tagwright.yaml": freeze()})
    story.configured(f"{POLICY}schedule: {{allow: ['* * * * *']}}\n")
    (decision,) = story.runs("tagwright run --json").json["targets"][0]["decisions"]
    assert decision["verdict"] == "pending"


def test_set_leaves_a_frozen_reference_and_succeeds_unless_told_otherwise(story: Story) -> None:
    """The pipeline is not red because of the hour; `--override-hold` writes."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    files = {"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"), ".tagwright.yaml": freeze()}
    story.remote.commit(files)

    left = story.runs(f"tagwright set {api}:1.3.0 --repo {story.remote.path} --json")

    assert left.code == 0, left
    (decision,) = left.json["targets"][0]["decisions"]
    assert (decision["verdict"], decision["chosen"]) == ("pending", "1.3.0")
    assert decision["opening"]
    assert f"{api}:1.2.0" in story.remote.show("api.yaml")

    assert story.runs(f"tagwright set {api}:1.3.0 --repo {story.remote.path} --override-hold").code == 0
    assert f"{api}:1.3.0" in story.remote.show("api.yaml")


HOLDS = "holds: [{images: ['**/acme/*'], files: [prod/**], reason: INC-12, until: 2999-12-01T08:00}]\n"


def test_a_hold_of_the_configuration_is_kept_and_explained(story: Story) -> None:
    """By images and files; `explain` says which line holds, `set` leaves it too."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    files = {f"{place}/api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0") for place in ("prod", "test")}
    story.remote.commit(files)
    story.configured(f"{POLICY}{HOLDS}delivery: {{mode: commit}}\n")

    assert story.runs("tagwright run").code == 0

    assert f"{api}:1.2.0" in story.remote.show("prod/api.yaml")
    assert f"{api}:1.3.0" in story.remote.show("test/api.yaml")
    where = f"{story.folder / 'tagwright.yaml'}:3"
    assert f"INC-12 until 2999-12-01 08:00Z, from {where}" in " ".join(
        story.runs("tagwright explain prod/api.yaml").out.split()
    )

    story.remote.commit({".tagwright.yaml": HOLDS.replace("prod", "test")})
    left = story.runs(f"tagwright set {api}:1.4.0 --repo {story.remote.path} --files 'test/**' --json")
    assert (left.code, left.json["summary"]["verdicts"]) == (0, {"held": 1})


def test_a_hold_that_has_ended_is_ignored_and_told_of_once(story: Story) -> None:
    """Beside a value and in either configuration: each with its line, in every report; `check` tells of its own."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    marked = f'a:\n  image: {api}:1.2.0  # tagwright: hold reason="INC-1" until=2020-01-01\n'
    own = "holds:\n  - {images: [redis], until: 2021-01-01}\n"
    story.remote.commit({"a.yaml": marked, ".tagwright.yaml": own})
    old = "holds: [{files: ['**'], reason: INC-3, until: 2022-01-01T10:00+02:00}]\n"
    story.configured(f"{POLICY}{old}delivery: {{mode: commit}}\n")
    file = story.folder / "tagwright.yaml"

    told = story.runs("tagwright run --json").json["targets"][0]

    assert [decision["verdict"] for decision in told["decisions"]] == ["update"]
    assert [(note["code"], note["path"], note["line"], note["message"]) for note in told["notes"]] == [
        ("hold-expired", ".tagwright.yaml", 2, "the hold ended 2021-01-01 and holds nothing any more"),
        ("hold-expired", str(file), 3, "the hold (INC-3) ended 2022-01-01 08:00Z and holds nothing any more"),
        ("hold-expired", "a.yaml", 2, "the hold (INC-1) ended 2020-01-01 and holds nothing any more"),
    ]
    assert story.runs("tagwright scan").out.count("holds nothing any more") == 3
    assert story.runs("tagwright plan").out.count("hold-expired: ") == 3
    checked = story.runs(f"tagwright check --config {file}")
    assert checked.code == 0
    assert f"{file}:3: the hold (INC-3) ended" in checked.out


def test_set_of_what_is_true_already_does_not_wait(story: Story) -> None:
    """Already so, frozen or not."""
    api = story.offers("acme/api", "1.2.0")
    files = {"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"), ".tagwright.yaml": freeze()}
    story.remote.commit(files)
    done = story.runs(f"tagwright set {api}:1.2.0 --repo {story.remote.path} --json")
    assert done.json["summary"]["verdicts"] == {"current": 1}
