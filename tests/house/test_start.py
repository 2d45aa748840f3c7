"""Starting is cheap because a command loads only what it needs: told by the modules loaded, never by a clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tagwright import model

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {
    "git", "github", "gitlab", "boto3", "google.auth", "azure", "requests", "urllib3", "jinja2", "semver", "asyncio",
    "http.client", "ssl", "sqlite3", "redis", "subprocess", "cronsim", "zoneinfo", "re2", "difflib", "tagwright.git",
    "tagwright.registries.distribution", "tagwright.registries.native", "tagwright.forges",
    "tagwright.recall.moves", "tagwright.recall.chronicle", "tagwright.ledger", "tagwright.ages",
    "tagwright.config.loading", "tagwright.config.options", "tagwright.config.markers", "tagwright.cases.expectations",
    "tagwright.footguns", "tagwright.unmatched", "tagwright.views.explain", "opentelemetry", "prometheus_client",
    "apprise", "tagwright.notify", "tagwright.metrics",
}  # fmt: skip
PARSERS = {"yaml", "ruamel.yaml", "json", "urllib.parse", "tagwright.scan", "tagwright.run", "tagwright.windows"}
NOUNS = {f"tagwright.model.{stage}" for stage in model.STAGES}
SAYS = "import sys; from tagwright.cli import main; code = main(sys.argv[1:]); print(*sys.modules, sep='\\n')"


def loaded(*arguments: str, says: str = SAYS) -> set[str]:
    """The modules a command leaves behind; it must have gone well."""
    done = subprocess.run(
        [sys.executable, "-c", says, *arguments],
        cwd=ROOT / "src",
        input="1.0.0\n1.1.0\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_help_declares_flags_and_nothing_else() -> None:
    """No noun, no library, no part of the pipeline: only the names of the commands."""
    says = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, sep='\\n')); {SAYS}"
    found = loaded("--help", says=says)
    assert "tagwright.cli" in found
    assert not found & (HEAVY | PARSERS | NOUNS | {"tagwright.image"})


def test_choose_loads_policies_alone() -> None:
    """Neither Git, registries and YAML, nor the nouns of repositories and configurations."""
    found = loaded("choose", "--semver", "^1")
    assert "tagwright.policies.semver" in found
    assert not found & (HEAVY | PARSERS | {"logging"})
    assert found & NOUNS == {f"tagwright.model.{stage}" for stage in ("decided", "offered", "wanted")}


def test_set_in_a_folder_asks_neither_git_nor_a_registry(tmp_path: Path) -> None:
    """It needs both parsers for its proof, and nothing that speaks with other machines or reads a configuration."""
    file = tmp_path / "api.yaml"
    file.write_text("image: ghcr.io/acme/api:1.0.0\n")
    found = loaded("set", "ghcr.io/acme/api:1.1.0", "--path", str(tmp_path))
    assert file.read_text() == "image: ghcr.io/acme/api:1.1.0\n"
    assert {"yaml", "ruamel.yaml"} <= found
    assert not found & HEAVY
    assert not found & {"tagwright.config.shapes", "tagwright.config.nodes", "tagwright.standing"}


@pytest.mark.parametrize("noun", [noun for nouns in model.STAGES.values() for noun in nouns.split()])
def test_every_noun_is_found_in_its_stage(noun: str) -> None:
    """`from tagwright.model import X` works for each, and gives the same class every time."""
    assert getattr(model, noun).__name__ == noun
    assert getattr(model, noun) is getattr(model, noun)


def test_what_is_no_noun_is_an_error() -> None:
    """A misspelled noun fails as an attribute of any module does."""
    with pytest.raises(AttributeError, match="Refrence"):
        _ = model.Refrence
