"""Every table in policies/*.yaml: policy, current tag and tags -> verdict, chosen tag and the reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright.decide import choose
from tagwright.model import Choice, Wanted
from tests.vectors.reading import NOW, candidate, spec

TABLES = sorted((Path(__file__).parent / "policies").glob("*.yaml"))
ENTRIES = [
    pytest.param(entry, id=f"{table.stem}: {entry['name']}")
    for table in TABLES
    for entry in yaml.load(table.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # tags stay text
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_vector(entry: dict[str, Any]) -> None:
    """The choice is the one wanted, and the rulings say why of every tag named."""
    policy = {key: value == "true" if value in ("true", "false") else value for key, value in entry["policy"].items()}
    offered = [candidate(tag) for tag in entry["tags"]]
    answer = choose(spec(policy), entry.get("current"), offered, NOW, offline=entry.get("offline") == "true")
    if "wanted" in entry:
        assert Wanted(tuple(entry["wanted"])) == answer
        return
    assert isinstance(answer, Choice)
    chosen = answer.chosen.tag if answer.chosen else None
    assert (entry["want"]["verdict"], entry["want"].get("tag")) == (answer.verdict, chosen)
    rulings = {ruling.tag: ruling.reason for ruling in answer.rulings()}
    assert list(rulings) == list(dict.fromkeys(one.tag for one in offered))
    assert [tag for tag, reason in rulings.items() if reason is None] == ([chosen] if chosen else [])
    assert entry["why"] == {tag: rulings[tag] for tag in entry["why"]}
