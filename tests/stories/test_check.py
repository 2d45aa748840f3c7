"""Is the configuration right, and does it mean what it says? Alone, in a folder, in a repository, and online."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.story import Story

SETTINGS = """\
version: 1
rules:
  - {images: [ghcr.io/acme/*], policy: {compatible: minor}}
  - {images: [ghcr.io/acme/api], policy: {newest: created}}
  - {images: [quay.io/nobody/*], policy: {semver: ">2 <1"}}
"""
WORKLOAD = """\
a: {image: "ghcr.io/acme/api:1.0.0"}
b:
  image: ghcr.io/acme/web:1.0.0  # tagwrigth: semver=^1
c:
  image: ghcr.io/acme/db:1.0.0  # tagwright: sember=^1
d:
  image: ghcr.io/acme/job:latest
e:
  image: ghcr.io/acme/old:1.0.0  # tagwright: newest=pushed
"""


def codes(told: list[dict[str, object]]) -> set[tuple[object, object, object]]:
    """Word, file and line of each."""
    return {(one["code"], one["path"], one["line"]) for one in told}


@pytest.fixture
def places(story: Story, tmp_path: Path) -> tuple[str, str]:
    """The same repository as a folder and as a remote: flags for each."""
    folder = tmp_path / "folder"
    folder.mkdir()
    files = {".tagwright.yaml": SETTINGS, "k8s.yaml": WORKLOAD}
    for name, text in files.items():
        (folder / name).write_text(text)
    story.remote.commit(files)
    return f"--path {folder}", f"--repo {story.remote.path}"


def test_a_repository_is_checked_where_it_stands(story: Story, places: tuple[str, str]) -> None:
    """Its markers and rules: mistakes are exit 2, each with file and line; a folder and a remote say the same."""
    said = [story.runs(f"tagwright check --json {place}") for place in places]
    for told in said:
        assert told.code == 2
        assert codes(told.json["problems"]) == {("marker-invalid", "k8s.yaml", 3), ("marker", "k8s.yaml", 5)}
        assert codes(told.json["warnings"]) == {
            ("rule-shadowed", ".tagwright.yaml", 4),
            ("newest-unbounded", ".tagwright.yaml", 4),
            ("range-empty", ".tagwright.yaml", 5),
            ("rule-unmatched", ".tagwright.yaml", 5),
            ("mutable-tag", "k8s.yaml", 7),
            ("newest-unbounded", "k8s.yaml", 9),
        }
        assert codes(told.json["unmatched"]) == {("rule-unmatched", ".tagwright.yaml", 5)}
    assert said[0].json == said[1].json


def test_a_repository_that_is_right_is_right(story: Story, tmp_path: Path) -> None:
    """No word of it but one, exit 0."""
    (tmp_path / "k8s.yaml").write_text("image: ghcr.io/acme/api:1.0.0  # tagwright: semver=^1\n")
    told = story.runs(f"tagwright check --path {tmp_path}")
    assert (told.code, told.out) == (0, f"{tmp_path}: right\n")


def test_warnings_are_no_mistakes(story: Story, tmp_path: Path) -> None:
    """Each on a line with its file, its line, and what to write instead; exit 0."""
    story.configured("defaults: {policy: {newest: created}}\ndelivery: {mode: commit}\n")
    told = story.runs(f"tagwright check --config {tmp_path}/tagwright.yaml")
    assert told.code == 0
    assert f"warning: {tmp_path}/tagwright.yaml:2: newest: created without filter" in told.out
    assert told.out.rstrip().endswith("right")


def test_a_configuration_is_checked_without_its_targets(story: Story, tmp_path: Path) -> None:
    """A target that is nowhere is no mistake of the file; with --online it is a failure, exit 1."""
    (tmp_path / "tagwright.yaml").write_text(
        f"version: 1\ndefaults: {{policy: {{semver: ^1}}}}\ndelivery: {{mode: commit}}\n"
        f"targets: [{{repository: {tmp_path}/nowhere.git}}]\n"
    )
    assert story.runs(f"tagwright check --config {tmp_path}/tagwright.yaml").code == 0
    online = story.runs(f"tagwright check --online --config {tmp_path}/tagwright.yaml --json")
    assert (online.code, [one["code"] for one in online.json["problems"]]) == (1, ["not-a-repository"])


def test_online_the_tags_are_asked(story: Story, tmp_path: Path) -> None:
    """A range that no tag satisfies, and one whose best tag is a date, at the line of the rule."""
    api = story.offers("acme/api", "1.0.0", "1.1.0")
    web = story.offers("acme/web", "1.0.0", "20240815")
    story.remote.commit({"k8s.yaml": f"a: {{image: '{api}:1.0.0'}}\nb: {{image: '{web}:1.0.0'}}\n"})
    story.configured(
        f"rules:\n  - {{images: ['{api}'], policy: {{semver: '^3'}}}}\n"
        f"  - {{images: ['{web}'], policy: {{semver: '>=1'}}}}\n"
        "delivery: {mode: commit}\n"
    )
    config = f"--config {tmp_path}/tagwright.yaml"
    assert story.runs(f"tagwright check {config} --json").json["warnings"] == []
    told = story.runs(f"tagwright check {config} --online --json")
    assert told.code == 0
    path = f"{tmp_path}/tagwright.yaml"
    assert codes(told.json["warnings"]) == {("range-unsatisfied", path, 3), ("numeric-tags", path, 4)}


def test_scan_tells_what_nothing_answers_to(story: Story, places: tuple[str, str]) -> None:
    """Beside the references: nearly markers among the problems, rules and markers that rule nothing in a list
    of their own."""
    for place in places:
        told = story.runs(f"tagwright scan --json {place}")
        assert told.code == 0
        assert codes(told.json["problems"]) == {("marker-invalid", "k8s.yaml", 3)}
        assert codes(told.json["unmatched"]) == {
            ("rule-unmatched", ".tagwright.yaml", 5),
            ("marker", "k8s.yaml", 5),
        }
        said = story.runs(f"tagwright scan {place}").out
        assert "warning: .tagwright.yaml:5: the rule for quay.io/nobody/* matches no reference" in said
        assert "did you mean # tagwright: semver=^1" in said
