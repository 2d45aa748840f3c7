"""What a CronJob leaves for node_exporter."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.story import DEPLOYMENT, Story


def told(story: Story) -> dict[tuple[str, ...], float]:
    """The file as Prometheus would read it: the name and the values of its labels."""
    text = (story.folder / "tagwright.prom").read_text("utf-8")
    return {
        (sample.name.removeprefix("tagwright_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def staged(story: Story) -> str:
    """A remote that is behind by one version; the command line of its CronJob."""
    image = story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.replace("{image}", f"{image}:1.0.0")})
    story.configured()
    return f"tagwright run --cache {story.folder}/cache --metrics-file {story.folder}/tagwright.prom"


def test_each_run_tells_of_itself(story: Story) -> None:
    """The first has a commit, the second none: the file is of the last one, and says when that was a success."""
    line = staged(story)
    assert story.runs(line).code == 0
    first = told(story)
    assert first["last_run_commits",] == 1
    assert first["last_run_runs", "updated"] == 1
    assert first["images", "current", "deploy"] == 1
    assert first["last_run_registry_requests", story.registry.host] >= 1
    assert story.runs(line).code == 0
    second = told(story)
    assert ("last_run_commits",) not in second or second["last_run_commits",] == 0
    assert second["last_run_runs", "unchanged"] == 1
    assert second["last_success_timestamp_seconds", "deploy"] > first["last_success_timestamp_seconds", "deploy"]


def test_failures_in_a_row_are_counted_from_run_to_run(story: Story) -> None:
    """The remote is gone twice: two in a row, and the last success stays what it was; then it is back, and none."""
    line = staged(story)
    assert story.runs(line).code == 0
    good = told(story)["last_success_timestamp_seconds", "deploy"]
    story.remote.path.rename(story.folder / "away")
    for count in (1, 2):
        assert story.runs(line).code == 1
        assert told(story)["last_run_problems", "not-a-repository"] == 1
        assert told(story)["consecutive_failures", "deploy"] == count
        assert told(story)["last_success_timestamp_seconds", "deploy"] == good
    (story.folder / "away").rename(story.remote.path)
    assert story.runs(line).code == 0
    assert told(story)["consecutive_failures", "deploy"] == 0
    assert told(story)["last_success_timestamp_seconds", "deploy"] > good


def test_a_file_that_cannot_be_written_is_said_and_fails_nothing(story: Story) -> None:
    """The work was done; the exit code is of the work."""
    line = staged(story).replace("tagwright.prom", "missing/tagwright.prom")
    done = story.runs(line)
    assert done.code == 0
    assert "metrics file" in done.err
    assert "1.1.0" in story.remote.show("api.yaml")


def test_a_device_stays_one(story: Story) -> None:
    """Nothing is put in its place, and a disk that is full is said."""
    device = story.folder / "tagwright.prom"
    device.symlink_to("/dev/full")
    done = story.runs(staged(story))
    assert done.code == 0
    assert "No space left on device" in done.err
    assert device.is_symlink()


def test_without_a_cache_the_file_is_of_this_run_alone(story: Story) -> None:
    """It knows no earlier one, and is written all the same."""
    staged(story)
    assert story.runs(f"tagwright run --metrics-file {story.folder}/tagwright.prom").code == 0
    assert told(story)["last_run_commits",] == 1


def test_a_bug_afterwards_takes_no_report_away(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was delivered is said, with the exit code of the work; the bug stands in the log."""
    line = staged(story)
    monkeypatch.setattr("tagwright.board.Board.post", lambda *_: 1 / 0)
    done = story.runs(line)
    assert done.code == 0
    assert "pushed" in done.out
    assert "ZeroDivisionError" in done.err
