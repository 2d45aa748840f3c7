"""What is documented is true, and what is true is documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tagwright import cli, exits
from tagwright.flags import KINDS
from tagwright.locators import LOCATORS, TEXTS
from tagwright.model import PolicyKind, Reason

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_readme_shows_the_help_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block in the README is what `tagwright --help` prints at 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert capsys.readouterr().out in README


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained(reason: Reason) -> None:
    """A reason that scripts see has a line in the README."""
    assert f"| `{reason}` | " in README


@pytest.mark.parametrize("module", ["config/loading", "footguns", "holds", "unmatched"])
def test_every_warning_is_explained(module: str) -> None:
    """A word that `check` puts behind a warning stands in the README's table."""
    text = (ROOT / "src" / "tagwright" / f"{module}.py").read_text("utf-8")
    words = set(re.findall(r"""(?:yield |Problem\([\w.() ]+, )"([a-z]+(?:-[a-z]+)+)",""", text))
    assert words
    assert {word for word in words if f"`{word}`" not in README} == set()


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_every_policy_is_shown(kind: PolicyKind) -> None:
    """In the README, and as a flag of `choose`."""
    assert f"| `{kind}: " in README
    assert kind in KINDS


@pytest.mark.parametrize("locator", [*LOCATORS, *TEXTS], ids=lambda locator: locator.kind)
def test_every_shape_is_shown(locator: object) -> None:
    """A shape that is found has a line in the README."""
    assert f"| `{getattr(locator, 'kind')}` | " in README  # noqa: B009 - the table holds classes and instances alike


@pytest.mark.parametrize("code", [exits.DONE, exits.FAILED, exits.USAGE, exits.BUG, exits.UNMATCHED, exits.WAITING])
def test_every_exit_code_is_explained(code: int) -> None:
    """As a table row."""
    assert f"| {code} | " in README


def test_every_link_into_the_repository_leads_somewhere() -> None:
    """No dead link to a file of ours."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_top_level_is_as_agreed() -> None:
    """Only what was agreed on lies at the top."""
    agreed = {
        "pyproject.toml",
        "src",
        "tests",
        "config",
        "Dockerfile",
        "README.md",
        "Makefile",
        "LICENSE",
        "CHANGELOG.md",
    }
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert found - {"build", "dist"} == agreed
