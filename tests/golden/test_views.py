"""Golden folders of `explain`: what a dry run decided, as a terminal, a script and an issue get it.

`views/<case>/case.yaml` holds a file, the repository's configuration, the tags that registries offer and what is
asked; `explain.txt`, `explain.json` and `explain.md` what is said, byte for byte.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright import scan
from tagwright.config.loading import merge_repository
from tagwright.config.rules import rule_for
from tagwright.decide import decide
from tagwright.errors import Problem
from tagwright.explain import question
from tagwright.model import Candidate, Decision, Described, Details, Explained, Rejection, Report, Target, TargetReport
from tagwright.views import explain, explain_markdown, json_v1
from tagwright.views.paint import Paint
from tagwright.windows import gated

HERE = Path(__file__).parent / "views"
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
CASES = sorted(path.parent for path in HERE.glob("*/case.yaml"))


def candidate(tag: Any) -> Candidate:
    """A tag's name, or what is known of it."""
    if isinstance(tag, str):
        return Candidate(tag, described=True)
    return Candidate(**{**tag, "platforms": tuple(tag["platforms"]) if "platforms" in tag else None}, described=True)


def told(case: dict[str, Any]) -> Explained:
    """What `explain` has to say, decided as a pass decides it."""
    target = merge_repository(Target("deploy"), case["settings"].encode())
    decisions = []
    for reference in scan.scan_file("k8s.yaml", case["file"].encode()).references:
        ruled = rule_for(reference, target, {})
        taken_back = tuple(Rejection(**one) for one in case.get("rejected", {}).get(ruled.image, ()))
        ruled = replace(ruled, rejected=taken_back)
        offered = [candidate(tag) for tag in case["tags"].get(ruled.image, ())]
        decision = decide(reference, ruled, offered, NOW)
        assert isinstance(decision, Decision)
        decisions.append(gated(decision, NOW))
    report = Report((TargetReport("deploy", decisions=tuple(decisions)),))
    notes = tuple(Problem(**note) for note in case.get("notes", ()))
    described = tuple(described_tag(**one) for one in case.get("described", ()))
    return Explained(report, tuple(map(question, case.get("asked", ()))), notes, described)


def described_tag(image: str, tag: str, problem: Any = None, **facts: Any) -> Described:
    """What a tag is, or why that is not known."""
    if problem:
        return Described(image, tag, Problem(image, **problem))
    details: Any = {
        name: tuple(sorted(value.items()) if isinstance(value, dict) else value)
        if isinstance(value, dict | list)
        else value
        for name, value in facts.pop("details", {}).items()
    }
    return Described(image, tag, replace(candidate({"tag": tag, **facts}), details=Details(**details)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_explain_says_what_its_folder_says(case: Path, request: pytest.FixtureRequest) -> None:
    """In all three forms; no line of text is wider than the terminal unless one word is."""
    found = told(yaml.safe_load((case / "case.yaml").read_text("utf-8")))
    said = {
        "explain.txt": explain.explained(found, paint=Paint(80)) + "\n",
        "explain.json": "".join(json_v1.explanation(found)) + "\n",
        "explain.md": explain_markdown.explained(found) + "\n",
    }
    if request.config.getoption("--update-golden"):
        for name, text in said.items():
            (case / name).write_text(text, "utf-8")
    assert {name: (case / name).read_text("utf-8") for name in said} == said
    lines = said["explain.txt"].splitlines()
    assert [line for line in lines if len(line) > 80 and len(max(line.split(), key=len)) < 40] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_tag_is_in_the_json_and_colour_changes_no_letter(case: Path) -> None:
    """JSON has each tag of each image once; a terminal with colour shows what one without does."""
    wanted = yaml.safe_load((case / "case.yaml").read_text("utf-8"))
    found = told(wanted)
    for decision in json.loads("".join(json_v1.explanation(found)))["decisions"]:
        if decision["verdict"] == "error":
            continue
        tags = [tag if isinstance(tag, str) else tag["tag"] for tag in wanted["tags"].get(decision["image"], ())]
        assert sorted(ruling["tag"] for ruling in decision["rulings"]) == sorted(set(tags))
    coloured = explain.explained(found, paint=Paint(80, colour=True))
    assert "\x1b[" in coloured
    plain = coloured.replace("\x1b[0m", "")
    for code in range(100):
        plain = plain.replace(f"\x1b[{code}m", "")
    assert plain == explain.explained(found, paint=Paint(80))
