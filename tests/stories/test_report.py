"""What the last run left, told later: as text, Markdown, JSON or a page in one file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.markup import mistakes, words
from tests.support.story import DEPLOYMENT, Result, Story

POLICY = "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"


def told(story: Story, options: str = "") -> Result:
    """`tagwright report`, of the story's configuration and cache."""
    config, cache = story.folder / "tagwright.yaml", story.folder / "cache"
    return story.runs(f"tagwright report --config {config} --cache {cache} {options}")


@pytest.fixture
def left(story: Story) -> str:
    """A run that moved one image and left another one alone; the first one's name."""
    api = story.offers("acme/api", "1.2.0", "1.3.0", "2.0.0")
    db = story.offers("acme/db", "4.0.0", "5.0.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0"), "db.yaml": f"image: {db}:4.0.0\n"})
    story.configured(POLICY)
    ran = story.runs(f"tagwright run --cache {story.folder / 'cache'}")
    assert ran.code == 0, ran
    return api


def test_it_tells_what_the_last_run_left_without_looking(story: Story, left: str) -> None:
    """With the registry gone; what was written, what stands, why not more, from which commit."""
    story.registry.stop()
    ran = told(story, "--json")
    assert ran.code == 0, ran
    (target,) = ran.json["targets"]
    assert (ran.json["schema"], target["target"], target["problems"]) == ("tagwright/status/v1", "deploy", [])
    api, db = target["images"]
    assert (api["image"], api["current"], api["state"]) == (left, "1.3.0", "current")
    assert (db["newest"], db["newest_reason"]) == ("5.0.0", "level")
    assert {ruling["tag"]: ruling["reason"] for ruling in api["rulings"]} == {
        "2.0.0": "level", "1.3.0": None, "1.2.0": "same",
    }  # fmt: skip
    (event,) = target["events"]
    assert (event["kind"], event["image"], event["old"], event["new"]) == ("update", left, "1.2.0", "1.3.0")
    assert event["commit"] == story.remote.tip()


def test_it_looks_where_nothing_is_kept_and_delivers_nothing(story: Story) -> None:
    """A first report of a repository is the report of a dry run."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    before = story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured(POLICY)
    ran = story.runs(f"tagwright report --config {story.folder / 'tagwright.yaml'}")
    assert ran.code == 0, ran
    assert "deploy: 1 outdated" in ran.out
    assert f"{api}  1.2.0 -> 1.3.0" in ran.out
    assert story.remote.tip() == before


def test_the_page_is_one_file_that_needs_nothing(story: Story, left: str) -> None:
    """HTML without a mistake, with the style in it, and no address that anything is loaded from."""
    page = story.folder / "site" / "index.html"
    page.parent.mkdir()
    ran = told(story, f"--html {page}")
    assert (ran.code, ran.out) == (0, "")
    text = page.read_text("utf-8")
    assert mistakes(text) == []
    assert f"{left} deploy · api.yaml:10" in words(text)
    assert "<link" not in text
    assert "src=" not in text
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]
    assert told(story, "--html -").out.startswith("<!DOCTYPE html>")


def test_markdown_can_be_pasted_into_an_issue(story: Story) -> None:
    """One table of what is not current."""
    api = story.offers("acme/api", "1.2.0", "1.3.0")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    story.configured(POLICY)
    ran = told(story, "--markdown")
    assert "**1 outdated** in 1 target," in ran.out
    assert f"| outdated | `deploy` | `{api}` | `api.yaml:10` | `1.2.0` | `1.3.0` |" in ran.out


def test_a_target_that_cannot_be_looked_at_is_told_and_fails_the_report(story: Story, tmp_path: Path) -> None:
    """Exit 1, and the page still tells of it."""
    story.configured(POLICY)
    config = story.folder / "tagwright.yaml"
    config.write_text(config.read_text("utf-8").replace("deploy.git", "nowhere.git"), "utf-8")
    page = tmp_path / "page.html"
    ran = told(story, f"--html {page}")
    assert ran.code == 1
    assert "nowhere.git" in ran.err
    assert "Targets that failed" in words(page.read_text("utf-8"))


def test_what_cannot_be_written_leaves_what_was_there(story: Story, left: str, tmp_path: Path) -> None:
    """A clear error, exit 2, and no half file."""
    ran = told(story, f"--html {tmp_path / 'none' / 'x.html'}")
    assert ran.code == 2
    assert "cannot be written" in ran.err
    assert list(tmp_path.glob("**/*.part")) == []


@pytest.mark.parametrize(("where", "why"), [("a-file/x.html", "Not a directory"), ("full", "No space left on device")])
def test_where_no_page_can_be_written_is_said(story: Story, left: str, tmp_path: Path, where: str, why: str) -> None:
    """And a device stays one: nothing is put in its place."""
    (tmp_path / "a-file").write_text("")
    (tmp_path / "full").symlink_to("/dev/full")
    ran = told(story, f"--html {tmp_path / where}")
    assert ran.code == 2
    assert why in ran.err
    assert Path("/dev/full").is_char_device()
    assert (tmp_path / "full").is_symlink()


def test_one_form_at_a_time(story: Story) -> None:
    """Which of two forms is meant nobody can tell."""
    ran = told(story, "--json --markdown")
    assert (ran.code, "exclude each other" in ran.err) == (2, True)
