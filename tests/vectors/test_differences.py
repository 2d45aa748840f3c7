"""differences.yaml: every deliberate difference is one, and the README has the list. test_shared has the tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright import ranges, version
from tagwright.choose import choose
from tagwright.errors import PolicyError
from tagwright.model import Candidate, Choice
from tests.vectors.reading import NOW, spec

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
LIST = yaml.load((Path(__file__).parent / "differences.yaml").read_text("utf-8"), Loader=yaml.BaseLoader)
CHAPTER = README.partition("### Where the answers differ\n")[2].partition("\n#")[0]
SHOWN = [pytest.param(one, id=entry["title"]) for entry in LIST for one in entry["shown"] if "vector" not in one]


def vectors(file: str) -> dict[str, str]:
    """The entries of a table beside the checkout on which answers differ, each with the reason."""
    named = [(one["vector"], entry["why"]) for entry in LIST for one in entry["shown"] if "vector" in one]
    return {name.partition(": ")[2]: why for name, why in named if name.startswith(f"{file}: ")}


def membership(text: str, tag: str) -> str:
    """Whether the version is in the range, if it is one."""
    try:
        span = ranges.parse_range(text)
    except PolicyError:
        return "no-range"
    place = version.parse(tag)
    assert place is not None
    return "in" if span.admits(place) else "out"


def chosen(shown: dict[str, Any]) -> str:
    """The chosen tag, "null" for none."""
    tags = [Candidate(tag) for tag in shown["tags"]]
    choice = choose(spec(shown["policy"]), shown.get("current"), tags, NOW, offline=True)
    assert isinstance(choice, Choice)
    return choice.chosen.tag if choice.chosen else "null"


@pytest.mark.parametrize("shown", SHOWN)
def test_it_differs(shown: dict[str, Any]) -> None:
    """The answer is the one listed, and not theirs."""
    answer = membership(shown["range"], shown["version"]) if "range" in shown else chosen(shown)
    assert shown["ours"] == answer
    assert shown["theirs"] != answer


def test_the_readme_has_the_list() -> None:
    """A row each, in the words of the list, and no other."""
    rows = re.findall(r"^\| (?!---|here )(.*) \|$", CHAPTER, re.MULTILINE)
    wanted = [f"{entry['title']} | {entry['peer']} | {entry['why']}" for entry in LIST]
    assert [row.replace("||", r"\|\|") for row in wanted] == rows
