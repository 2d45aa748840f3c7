"""The operator's file: what it means, and every mistake at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tagwright import config
from tagwright.errors import ConfigError, Problem
from tagwright.model import Config, Mode, PolicyKind, Secret

ERRORS = sorted((Path(__file__).parent.parent / "vectors" / "config_errors").glob("*.yaml"))


def loaded(folder: Path, text: str) -> Config:
    """What `config.load` makes of a text."""
    path = folder / "tagwright.yaml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def mistakes(folder: Path, text: str) -> tuple[Problem, ...]:
    """The mistakes `config.load` finds in a text."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return caught.value.problems


@pytest.mark.parametrize("vector", ERRORS, ids=lambda path: path.stem)
def test_all_mistakes_come_out_at_once_each_with_its_line(vector: Path, tmp_path: Path) -> None:
    """Every mistake of a file is told, none twice, none with a secret's text in it."""
    case = YAML(typ="safe", pure=True).load(vector)
    found = mistakes(tmp_path, case["text"])
    assert len(found) == len(case["problems"]), "\n".join(map(str, found))
    for problem, (line, message, hint) in zip(found, case["problems"], strict=True):
        assert (problem.line, problem.message[: len(message)]) == (line, message)
        assert problem.hint.startswith(hint)
        assert bool(problem.hint) == bool(hint)
    assert "hunter2" not in "\n".join(map(str, found))
    assert all(problem.path == str(tmp_path / "tagwright.yaml") for problem in found)


def test_a_target_overrides_rules_whole_and_delivery_key_by_key(tmp_path: Path) -> None:
    """What a target does not say, the top of the file says for it."""
    text = """
rules: [{images: ["**"], policy: {semver: 1.10}}]
files: {exclude: [charts/**]}
delivery: {mode: commit, group: all, labels: [bot]}
targets:
  - repository: https://github.com/acme/one.git
  - name: two
    repository: https://gitlab.example.com/acme/two
    rules: []
    files: {include: [apps/**]}
    delivery: {mode: pull-request}
"""
    one, two = loaded(tmp_path, text).targets
    assert (one.name, one.forge.kind, one.delivery.mode) == ("one", "github", Mode.COMMIT)
    assert (one.rules[0].policy.kind, one.rules[0].policy.argument) == (PolicyKind.SEMVER, "1.10")
    assert (two.name, two.forge.kind, two.rules) == ("two", "gitlab", ())
    assert (two.files.include, two.files.exclude) == (("apps/**",), ("charts/**",))
    assert (two.delivery.mode, two.delivery.group, two.delivery.labels) == (Mode.PULL_REQUEST, "all", ("bot",))


def test_secrets_are_named_and_a_forges_token_also_serves_git(tmp_path: Path) -> None:
    """The forge's token logs in to Git as well, unless `access` names another."""
    text = """
targets:
  - {repository: https://github.com/a/one, forge: {token_env: T}}
  - {repository: https://github.com/a/two, forge: {token_env: T}, access: {token_file: git-token}}
"""
    one, two = loaded(tmp_path, text).targets
    assert one.access.token == one.forge.token == Secret(env="T")
    assert two.access.token == Secret(file=str(tmp_path / "git-token"))


def test_a_policy_comes_from_plain_data_too() -> None:
    """JSON's own types are read as the YAML they look like."""
    spec = config.policy_spec({"numerical": "ascending", "minimum_age": "3d", "pin_digest": True}, "case 1")
    assert (spec.kind, spec.minimum_age, spec.pin_digest) == (PolicyKind.NUMERICAL, timedelta(days=3), True)
    with pytest.raises(ConfigError, match=r"case 1: semvr: unknown key .did you mean 'semver'"):
        config.policy_spec({"semvr": "^1"}, "case 1")
