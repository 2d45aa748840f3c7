"""The files in config/ are what they say: they parse, load, and speak commands that exist."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tagwright import check, cli
from tagwright.config import loading, options
from tagwright.model import PolicyKind

EXAMPLES = Path(__file__).resolve().parents[3] / "config"


def documents(name: str) -> list[dict[str, Any]]:
    """The YAML documents of an example."""
    return list(YAML(typ="safe", pure=True).load_all(EXAMPLES / name))


def commands() -> Iterator[tuple[str, list[str]]]:
    """Every tagwright command in the examples, as (file, arguments)."""
    (actions,) = documents("ci/github-actions.yaml")
    yield (
        "ci/github-actions.yaml",
        shlex.split(re.sub(r"\$\{\{.*?\}\}", "7", actions["jobs"]["deliver"]["steps"][0]["with"]["args"])),
    )
    (gitlab,) = documents("ci/gitlab-ci.yml")
    yield "ci/gitlab-ci.yml", shlex.split(gitlab["deliver"]["script"][0])[1:]
    jenkins = (EXAMPLES / "ci/Jenkinsfile").read_text()
    words = shlex.split(re.search(r"docker run (.*?)'''", jenkins, re.DOTALL)[1].replace("\\\n", " "))  # type: ignore[index]
    yield "ci/Jenkinsfile", words[words.index("set") :]


def test_every_example_is_known_to_a_test() -> None:
    """A file that is added here is loaded here; those for Kubernetes are rendered in tests/integration."""
    files = {path.relative_to(EXAMPLES) for path in EXAMPLES.rglob("*") if path.is_file()}
    found = {str(path) for path in files if path.parts[0] != "kubernetes"}
    known = {"reference.yaml", "schema.json", "cases.yaml", "prometheus/alerts.yaml"}
    known |= {"ci/announce-github.yaml", "ci/announce-gitlab.yml"}  # run in tests/stories/test_announcing.py
    assert found == known | {name for name, _ in commands()}


def test_the_reference_loads_without_a_warning_and_shows_every_option() -> None:
    """It is whole: every key there is, and every kind of policy, stands in it."""
    loaded = loading.load(EXAMPLES / "reference.yaml")
    assert check.of_config(loaded, "reference.yaml") == check.Checked()
    assert {rule.policy.kind for rule in loaded.targets[0].rules} == set(PolicyKind)
    text = (EXAMPLES / "reference.yaml").read_text()
    keys = {name.rpartition(".")[2].removesuffix("[]") for name, _ in options.rows()}
    twins = {"username_file", "password_file", "token_env", "commit_message", "access", "provider"}
    missing = {key for key in keys - twins if not re.search(rf"\b{key}\b:", text)}
    assert missing == set()


def test_the_defaults_shown_in_the_reference_are_the_defaults() -> None:
    """Saying what it says of delivery and files changes nothing that a reader would take for a default."""
    shown = loading.load(EXAMPLES / "reference.yaml").targets[0].delivery
    plain = type(shown)()
    for key in ("mode", "group", "branch_prefix", "draft", "auto_merge", "max_open", "author_name", "author_email"):
        assert getattr(shown, key) == getattr(plain, key)


@pytest.mark.parametrize(
    ("name", "arguments"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_the_commands_in_the_examples_exist(name: str, arguments: list[str]) -> None:
    """The command line takes every command the examples give it."""
    parsed = cli.parsed([re.sub(r"\$\w+", "7", word) for word in arguments])
    if "set" in arguments:
        assert parsed.files == ["apps/api/**"]
        assert parsed.order


def test_the_schema_file_is_the_generated_one() -> None:
    """config/schema.json is what `config.schema()` says, as `json.dumps(…, indent=2)` prints it."""
    generated = json.dumps(loading.schema(), indent=2, ensure_ascii=False) + "\n"
    assert (EXAMPLES / "schema.json").read_text(encoding="utf-8") == generated


def test_the_schema_knows_every_option_and_no_other() -> None:
    """Each mapping is closed, and each option has its sentence."""
    schema = loading.schema()
    assert (schema["additionalProperties"], schema["properties"]["version"]["enum"]) == (False, [1])
    policy = schema["properties"]["rules"]["items"]["properties"]["policy"]
    assert policy["oneOf"] == [{"required": [kind.value]} for kind in PolicyKind]
    assert all(option["description"] for option in policy["properties"].values())
    target = schema["properties"]["targets"]["items"]
    assert (target["required"], target["properties"]["rules"]) == (["repository"], {"$ref": "#/properties/rules"})
