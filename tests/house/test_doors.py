"""Each library has one door, and the rooms import only downwards."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "tagwright"
MODULES = sorted(path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))

DOORS = {
    "git": {"git/commands.py"},
    "github": {"forges/github.py", "forges/github_app.py"},
    "gitlab": {"forges/gitlab.py"},
    "boto3": {"credentials/ecr.py"},
    "google": {"credentials/gar.py"},
    "azure": {"credentials/acr.py"},
    "semver": {"version.py"},
    "yaml": {"yaml_spans/reading.py"},
    "ruamel": {"config/documents.py", "proof/of_yaml.py"},
    "re2": {"policies/filters.py"},
    "jinja2": {"templates.py", "views/page/rendering.py"},
    "apprise": {"notify/by_apprise.py"},
    "opentelemetry": {"tracing.py"},
    "prometheus_client": {"metrics/__init__.py"},
    "jwt": {"announce/keys.py", "announce/tokens.py", "forges/github_app.py"},
}


def imported(module: str) -> set[str]:
    """The top-level names of everything a module imports, lazily or not."""
    tree = ast.parse((SOURCE / module).read_text("utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("module", MODULES)
def test_a_library_enters_by_its_door_only(module: str) -> None:
    """Whoever wants to know how we use a library opens one file."""
    strangers = {name for name in imported(module) if name in DOORS and module not in DOORS[name]}
    assert strangers == set()


def test_the_rooms_import_downwards() -> None:
    """The contracts of pyproject.toml hold: layers, and a core that does no I/O."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_it_is(module: str) -> None:
    """A room has a name plate."""
    docstring = ast.get_docstring(ast.parse((SOURCE / module).read_text("utf-8")))
    assert docstring
    assert len(docstring) > 10
