"""Golden folders of pull requests: what a pass decides about files, as reviewers read it.

`bodies/<case>/case.yaml` holds files, the repository's configuration, the tags that registries offer and what they tell
of two of them; `body.md` what is said, byte for byte. The README shows the first as a picture and as text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tagwright import scan
from tagwright.config.loading import merge_repository
from tagwright.config.rules import rule_for
from tagwright.decide import decide
from tagwright.model import Candidate, ChangeSet, Decision, Delivery, Target, Told
from tagwright.plan import Original, plan
from tagwright.views.pull_request import body
from tagwright.views.words import describe_change
from tests.golden.bodies.picture import drawn
from tests.golden.test_views import NOW, candidate, described_tag

HERE = Path(__file__).parent / "bodies"
ROOT = Path(__file__).resolve().parents[2]
CASES = sorted(path.parent for path in HERE.glob("*/case.yaml"))
SHOWN = HERE / "two_environments"
PICTURE = SHOWN / "body.svg"
HEIGHT = 800  # CSS pixels: what the page takes, and some room for wider letters


def described(key: str, decisions: tuple[Decision, ...], delivery: Delivery) -> tuple[str, str]:
    """Title and message, as a pass makes them."""
    said = describe_change(key, decisions, delivery)
    return said.title, said.message


def decided(case: dict[str, Any]) -> ChangeSet:
    """The one change set of a case, as a pass plans it."""
    target = merge_repository(Target("deploy"), case["settings"].encode())
    decisions = []
    for path, text in case["files"].items():
        for reference in scan.scan_file(path, text.encode()).references:
            ruled = rule_for(reference, target, {})
            offered = [candidate(tag) for tag in case["tags"].get(ruled.image, ())]
            decision = decide(reference, ruled, offered, NOW)
            assert isinstance(decision, Decision)
            decisions.append(decision)
    originals = {path: Original("100644", text.encode()) for path, text in case["files"].items()}
    (change,) = plan(decisions, originals, "main", Delivery(), described).changes
    return change


def told(case: dict[str, Any]) -> Told:
    """What registries tell of the images."""
    every = [described_tag(**one) for one in case["described"]]
    return Told({(one.image, one.tag): one.found for one in every if isinstance(one.found, Candidate)})


def read(case: Path) -> tuple[ChangeSet, str]:
    """The change set of a case, and its body."""
    wanted = yaml.safe_load((case / "case.yaml").read_text("utf-8"))
    change = decided(wanted)
    return change, body(change, told(wanted))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_body_says_what_its_folder_says(case: Path, request: pytest.FixtureRequest) -> None:
    """To the last byte."""
    _, said = read(case)
    if request.config.getoption("--update-golden"):
        (case / "body.md").write_text(said, "utf-8")
    assert (case / "body.md").read_text("utf-8") == said


def test_the_readme_shows_a_body_as_it_is(request: pytest.FixtureRequest) -> None:
    """Its picture is drawn from the same text, and is well-formed; the text stands below it."""
    change, said = read(SHOWN)
    picture = drawn(change.title, change.branch, change.base, said, HEIGHT)
    if request.config.getoption("--update-golden"):
        PICTURE.write_text(picture, "utf-8")
    assert PICTURE.read_text("utf-8") == picture
    assert ElementTree.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"]({PICTURE.relative_to(ROOT)})" in readme
    shown = said.partition("<!-- tagwright\n")[0].rstrip()
    assert f"````markdown\n{shown}\n````" in readme
