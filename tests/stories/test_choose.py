"""`choose`: policies tried on lists of tags, for people and for scripts, without a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.story import Story


def answers(story: Story, *cases: object) -> list[dict[str, object]]:
    """The answers to cases given as JSON lines (a text is a line as it is)."""
    file = story.folder / "cases.jsonl"
    file.write_text("".join((case if isinstance(case, str) else json.dumps(case)) + "\n" for case in cases))
    done = story.runs(f"tagwright choose --json --file {file}")
    assert done.code == 0, done
    return [json.loads(line) for line in done.out.splitlines()]


def test_each_case_is_answered_on_its_line(story: Story) -> None:
    """Every tag has exactly one ruling, and the chosen one no reason."""
    case = {"name": "api", "policy": {"semver": "^1"}, "current": "1.0.0", "tags": ["1.0.0", "1.2.0", "2.0.0"]}
    first, second = answers(story, case, {**case, "name": "again", "current": None})
    assert (first["name"], first["verdict"], first["chosen"], first["error"]) == ("api", "update", "1.2.0", None)
    assert isinstance(first["rulings"], list)
    assert {one["tag"]: one["reason"] for one in first["rulings"]} == {
        "1.0.0": "same",
        "1.2.0": None,
        "2.0.0": "out-of-range",
    }
    assert (second["name"], second["chosen"]) == ("again", "1.2.0")


@pytest.mark.parametrize(
    "case",
    [
        "nonsense",
        "[]",
        {"policy": 5},
        {"policy": {"semvr": "^1"}, "tags": []},
        {"policy": {"semver": "^1"}, "tags": "1.0.0"},
        {"policy": {"semver": "^1"}, "tags": [5]},
        {"policy": {"semver": "^1"}, "tags": [{"tag": "1.0.0", "created": 5}]},
        {"policy": {"semver": "^1"}, "tags": ["1.0.0"], "now": "soon"},
        {"policy": {"semver": "^1"}, "current": 7, "tags": ["1.0.0"]},
        {"policy": {"semver": "not a range"}, "tags": ["1.0.0"]},
        {"policy": {"semver": "^1", "filter": {"pattern": "("}}, "tags": ["1.0.0"]},
    ],
)
def test_a_case_that_cannot_be_judged_answers_with_its_error(story: Story, case: object) -> None:
    """One bad line stops no other, and says what was expected."""
    good = {"name": "good", "policy": {"semver": "^1"}, "tags": ["1.0.0"]}
    bad, after = answers(story, case, good)
    assert (bad["verdict"], bad["chosen"]) == ("error", None)
    assert isinstance(bad["error"], dict)
    assert bad["error"]["message"]
    assert (after["name"], after["chosen"]) == ("good", "1.0.0")


def test_for_people_the_choice_comes_first(story: Story, tmp_path: Path) -> None:
    """Flags say the policy, a line a tag; the rest is why not the others."""
    (tmp_path / "tags").write_text("1.2.0\n1.3.0\n2.0.0\nlatest\n")
    done = story.runs(f"tagwright choose --semver ^1.2 --current 1.2.0 --file {tmp_path}/tags")
    assert done.out.splitlines()[0] == "update: 1.3.0"
    assert "not-a-version: latest" in done.out
