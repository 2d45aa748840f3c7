"""Somebody asks why: why this tag, why not that one, why nothing at all. In a folder, a repository, a configuration."""

from __future__ import annotations

import pytest

from tagwright.cli import main
from tests.support.git_server import Remote
from tests.support.story import Story

RULES = "rules: [{{images: ['{image}'], files: [k8s/**], policy: {{semver: '>=1.2 <2'}}}}]\n"


@pytest.fixture
def api(story: Story) -> str:
    """An image with a history, referenced in Git and ruled by one line of the configuration."""
    api = story.offers("acme/api", "2.0.0", "1.2.0", "1.3.0", "latest", "1.4.0-rc.1", *(f"0.{n}.0" for n in range(300)))
    story.remote.commit(
        {
            "k8s/api.yaml": f"image: {api}:1.2.0\n",
            "old/api.yaml": f"image: {api}:1.0.0\n",
            "vendor/x.yaml": f"image: {api}:1.0.0\n",
        }
    )
    story.configured(RULES.format(image=api) + "files: {exclude: [vendor/**]}\n")
    return api


def test_why_not_that_one_is_answered_first(story: Story, api: str) -> None:
    """The tag in the question has a sentence of its own above everything else; the exit code is 0."""
    told = story.runs(f"tagwright explain {api}:2.0.0")
    assert told.code == 0
    lines = told.out.splitlines()
    assert lines[0] == f"{api}: 1.2.0 -> 1.3.0"
    assert lines[1] == "  2.0.0 is not taken (out-of-range): it is outside '>=1.2 <2'"


def test_hundreds_of_tags_are_a_few_lines(story: Story, api: str) -> None:
    """Newest first, counted, and every one on a line of its own only where that is asked for."""
    told = story.runs("tagwright explain k8s/api.yaml:1").out
    assert "out-of-range: 2.0.0, 0.299.0, 0.298.0" in told
    assert "301 tags" in " ".join(told.split())
    assert len(told.splitlines()) < 20
    assert len(story.runs("tagwright explain k8s/api.yaml --all-tags").out.splitlines()) > 300


@pytest.mark.parametrize("name", ["acme/api", "api", "k8s", "k8s/*.yaml", "deploy/k8s/api.yaml:1"])
def test_it_is_asked_as_people_speak(story: Story, api: str, name: str) -> None:
    """The short name, the folder, a glob, or the path behind the target's name."""
    assert f"{api}: 1.2.0 -> 1.3.0" in story.runs(f"tagwright explain '{name}'").out


def test_the_same_answer_everywhere(story: Story, api: str) -> None:
    """Of a configuration's target, a repository and a folder; JSON and Markdown say it too."""
    (story.folder / "deploy").mkdir()
    (story.folder / "deploy" / "api.yaml").write_text(f"image: {api}:1.2.0\n")
    for place in (f"--repo {story.remote.path}", f"--path {story.folder}/deploy", ""):
        told = story.runs(f"tagwright explain {api}:2.0.0 --json {place}").json
        assert told["schema"] == "tagwright/explain/v1"
        decision = next(one for one in told["decisions"] if one["current"] == "1.2.0")
        assert (decision["newest_allowed"], decision["newest"]["tag"]) == ("1.3.0", "2.0.0")
        assert len(decision["rulings"]) == 305
        page = story.runs(f"tagwright explain {api}:2.0.0 --markdown {place}").out
        assert f"### `{api}` `1.2.0`" in page
        assert "2.0.0 is not taken" in page


def test_why_this_reference_is_not_managed(story: Story, api: str) -> None:
    """No rule names it, a glob leaves its file out, or there is no such file: said, and no failure."""
    told = story.runs("tagwright explain old/api.yaml:1")
    assert told.code == 0
    assert "no rule names it" in told.out
    assert "names the image, but only in files k8s/**" in " ".join(told.out.split())
    assert "files.exclude has vendor/**" in story.runs("tagwright explain vendor/x.yaml").out
    missing = story.runs("tagwright explain k8s/apy.yaml:3")
    assert (missing.code, "there is no such file" in missing.out) == (0, True)
    assert "did you mean k8s/api.yaml" in missing.out


def test_why_a_marked_line_is_left_alone(story: Story, api: str) -> None:
    """What is wrong with the marker and what was meant; that a hold has ended, and that no rule stands below it."""
    wrong, ended = "# tagwrigth: semver=^1", "# tagwright: hold reason=INC-12 until=2020-01-01"
    story.remote.commit({"old/m.yaml": f"a:\n  image: {api}:1.2.0  {wrong}\nb:\n  image: {api}:1.0.0  {ended}\n"})
    told = " ".join(story.runs("tagwright explain old/m.yaml:2").out.split())
    assert "not edited: its marker cannot be read: '# tagwrigth: semver=' is nearly a marker, and none" in told
    assert "did you mean # tagwright: semver=^1" in told
    told = " ".join(story.runs("tagwright explain old/m.yaml:4").out.split())
    assert "policy none: no rule names it" in told
    assert "hold INC-12 ended, and holds nothing since 2020-01-01, from old/m.yaml:4" in told


def test_a_question_answered_somewhere_is_answered(story: Story, api: str) -> None:
    """Of two targets one knows the image; the other's ignorance is no news. An image that none knows is said once."""
    (story.folder / "tagwright.yaml").write_text(
        f"version: 1\ndefaults: {{policy: {{compatible: minor}}}}\ntargets:\n"
        f"  - {{name: a, repository: {story.remote.path}}}\n  - {{name: b, repository: {story.folder}/other.git}}\n"
    )
    Remote(story.folder / "other.git").commit({"x.yaml": "a: 1\n"})
    told = story.runs("tagwright explain acme/api nosuch --json").json
    assert [(note["about"], note["code"]) for note in told["notes"]] == [("nosuch", "unknown-image")]
    assert {one["target"] for one in told["decisions"]} == {"a"}


def test_json_and_markdown_are_not_both(story: Story, api: str) -> None:
    """One document on standard output."""
    assert story.runs("tagwright explain --json --markdown").code == 2


def test_colour_is_for_terminals_that_want_it(
    story: Story, api: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None in a pipe; on a terminal some, unless NO_COLOR or a dumb terminal says no. The words are the same."""
    line = f"explain k8s --config {story.folder}/tagwright.yaml".split()
    assert "\x1b" not in story.runs("tagwright explain k8s").out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value, coloured in (("TERM", "xterm", True), ("NO_COLOR", "1", False), ("TERM", "dumb", False)):
        monkeypatch.setenv(name, value)
        capsys.readouterr()
        assert main(line) == 0
        assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_what_the_tag_is_that_somebody_asks_about(story: Story) -> None:
    """Digest, platforms, source, revision, size: of the tag in the question and of the one in Git, in every view."""
    api = story.offers("acme/api", "1.2.0")
    labels = {"org.opencontainers.image.revision": "4f1c2d3", "org.opencontainers.image.source": "https://git/acme"}
    digest = story.registry.add("acme/api", "1.3.0", platforms=("linux/amd64", "linux/arm64"), labels=labels)
    story.remote.commit({"k8s/api.yaml": f"image: {api}:1.2.0\n"})
    story.configured(RULES.format(image=api))
    told = " ".join(story.runs(f"tagwright explain {api}:1.3.0").out.split())
    assert f"1.3.0 digest {digest} platforms linux/amd64, linux/arm64" in told
    assert "revision 4f1c2d3 source https://git/acme" in told
    found = story.runs(f"tagwright explain {api}:1.3.0 --json").json["described"]
    assert [one["tag"] for one in found] == ["1.3.0", "1.2.0"]
    assert (found[0]["digest"], found[0]["revision"], found[0]["artifact"]) == (digest, "4f1c2d3", None)
    assert f"revision {'`4f1c2d3`'}" in story.runs(f"tagwright explain {api}:1.3.0 --markdown").out
    assert story.runs("tagwright explain k8s/api.yaml --json").json["described"] == []


def test_a_question_about_one_tag_does_not_read_a_hundred(story: Story) -> None:
    """Where many files name many tags of an image, the one asked about is read, and only some of the others."""
    tags = [f"1.2.{number}" for number in range(60)]
    api = story.offers("acme/api", *tags)
    story.remote.commit({f"k8s/{tag}.yaml": f"image: {api}:{tag}\n" for tag in tags[:50]})
    story.configured(RULES.format(image=api))
    found = story.runs(f"tagwright explain {api}:1.2.59 --json").json["described"]
    assert (found[0]["tag"], len(found)) == ("1.2.59", 20)
