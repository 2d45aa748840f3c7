"""Golden folders: what each shape's files hold, and what they become.

`locators/<shape>/<case>/before/` holds files, `want.yaml` the references, mentions and problems found in them
(path:line:column kind where image) and an `update:` by image name or Flux policy; `after/` holds the
files that change, byte for byte. A folder without `after/` asserts that nothing does.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright import edits, image, prefilter, proof, scan
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.locators import LOCATORS, TEXTS
from tagwright.model import Edit, Reference

HERE = Path(__file__).parent / "locators"
CASES = sorted(path.parent for path in HERE.glob("*/*/want.yaml"))


def asked(reference: Reference, update: dict[str, str]) -> Image | None:
    """The image that `update` gives this reference: by the policy of its marker, else by name."""
    flux = reference.marker.policy if reference.marker else ""
    text = update.get(flux or reference.image.normalised)
    return image.parse(text) if text else None


def shown(reference: Reference) -> str:
    """A reference on one line."""
    place = f"{reference.path}:{reference.line}:{reference.column}"
    return f"{place} {reference.kind} {reference.where} {reference.image}".rstrip()


def outcome(case: Path, update: dict[str, str]) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    """What is found and said, and the files that change."""
    found: list[str] = []
    mentioned: list[str] = []
    problems: list[str] = []
    changed: dict[str, bytes] = {}
    for file in sorted(path for path in (case / "before").rglob("*") if path.is_file()):
        path, data = file.relative_to(case / "before").as_posix(), file.read_bytes()
        scanned = scan.scan_file(path, data)
        found += [shown(reference) for reference in scanned.references]
        mentioned += [shown(reference) for reference in scanned.mentions]
        problems += [f"{p.path}:{p.line} {p.code}" for p in scanned.problems]
        wanted = [(one, new) for one in (*scanned.references, *scanned.mentions) if (new := asked(one, update))]
        made: list[Edit] = []
        for one, new in wanted.copy():
            try:
                made += edits.for_update(one, new)
            except EditRefused:
                problems.append(f"{one.path}:{one.line} refused")
                wanted.remove((one, new))
        after = edits.rewrite(path, data, made)
        proof.prove(path, data, after, made, [one for one, _ in wanted], [new for _, new in wanted])
        if after != data:
            changed[path] = after
    said = {"references": found, "problems": problems}
    return said | ({"mentions": mentioned} if mentioned else {}), changed


def written(case: Path, want: dict[str, Any], changed: dict[str, bytes]) -> None:
    """Make the folder say what is."""
    (case / "want.yaml").write_text(yaml.safe_dump(want, sort_keys=False, width=200))
    shutil.rmtree(case / "after", ignore_errors=True)
    for path, data in changed.items():
        (case / "after" / path).parent.mkdir(parents=True, exist_ok=True)
        (case / "after" / path).write_bytes(data)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_files_hold_and_become_what_their_folder_says(case: Path, request: pytest.FixtureRequest) -> None:
    """References, problems and every byte afterwards."""
    want = yaml.safe_load((case / "want.yaml").read_text())
    update = want.get("update") or {}
    said, changed = outcome(case, update)
    if request.config.getoption("--update-golden"):
        written(case, {"update": update, **said}, changed)
    after = {
        p.relative_to(case / "after").as_posix(): p.read_bytes() for p in (case / "after").rglob("*") if p.is_file()
    }
    assert {key: found for key, found in want.items() if key != "update"} == said
    assert after == changed


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_second_update_changes_nothing(case: Path) -> None:
    """What was written is found again, and needs no edit."""
    update = yaml.safe_load((case / "want.yaml").read_text()).get("update") or {}
    for file in (path for path in (case / "after").rglob("*") if path.is_file()):
        for reference in scan.scan_file(file.name, file.read_bytes()).references:
            new = asked(reference, update)
            with contextlib.suppress(EditRefused):
                assert not (new and edits.for_update(reference, new))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_no_file_is_let_go_that_holds_a_reference(case: Path) -> None:
    """The look at bytes that comes before says so for each image alone."""
    for file in (path for path in (case / "before").rglob("*") if path.is_file()):
        for reference in scan.scan_file(file.relative_to(case / "before").as_posix(), file.read_bytes()).references:
            if reference.image.name:
                assert prefilter.compile([reference.image.normalised]).search(file.read_bytes()), reference


def test_every_locator_has_a_golden_case() -> None:
    """A shape without a folder is not shown to work."""
    assert {one.kind for one in LOCATORS} | {one.kind for one in TEXTS} <= {case.parent.name for case in CASES}
