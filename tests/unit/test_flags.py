"""Flags and their environment variables: the command line wins, and a variable is checked as a flag is."""

from __future__ import annotations

import argparse
import shlex
from typing import Any

import pytest

from tagwright import cli, places
from tagwright.commands import NAMES
from tagwright.errors import UsageError


def asked(line: str, monkeypatch: pytest.MonkeyPatch, **variables: str) -> argparse.Namespace:
    """What a command line says with these TAGWRIGHT_… variables set."""
    for name, value in variables.items():
        monkeypatch.setenv(f"TAGWRIGHT_{name}", value)
    return cli.parsed(shlex.split(line))


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("FILES", "apps/**, {a,b}/**", "files", ["apps/**", "{a,b}/**"]),
        ("FILES", "", "files", None),
        ("JSON", "Yes", "json", True),
        ("JSON", "0", "json", False),
        ("JSON", "", "json", False),
        ("LOG_FORMAT", "json", "log_format", "json"),
        ("LOG_FORMAT", "", "log_format", "text"),
        ("ORDER", "12", "order", 12),
        ("REPO", "", "repo", None),
        ("RETRY_FOR", "5m", "retry_for", "5m"),
        ("RETRY_FOR", "", "retry_for", "2m"),
    ],
)
def test_a_variable_speaks_where_the_command_line_is_silent(
    variable: str, value: str, name: str, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one is as good as none."""
    assert getattr(asked("set a:1", monkeypatch, **{variable: value}), name) == expected


@pytest.mark.parametrize(
    ("line", "variable", "value", "name", "expected"),
    [
        ("run --target b", "TARGET", "a", "target", ["b"]),
        ("run --log-format text", "LOG_FORMAT", "json", "log_format", "text"),
        ("run --pull-request", "COMMIT", "1", "commit", False),
        ("set a:1 --auto", "PULL_REQUEST", "1", "pull_request", False),
        ("plan --repo X", "CONFIG", "t.yaml", "config", None),
        ("plan --path X", "REPO", "Y", "repo", None),
        ("plan --config X", "PATH", "Y", "path", None),
        ("choose --calver YYYY", "SEMVER", "^1", "semver", None),
    ],
)
def test_the_command_line_wins(
    line: str, variable: str, value: str, name: str, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over the same flag's variable, and over those of the flags it excludes."""
    assert getattr(asked(line, monkeypatch, **{variable: value}), name) == expected


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"JSON": "maybe"}, ["TAGWRIGHT_JSON", "'maybe'"]),
        ({"LOG_FORMAT": "xml"}, ["TAGWRIGHT_LOG_FORMAT", "'xml'", "text"]),
        ({"ORDER": "late"}, ["TAGWRIGHT_ORDER", "'late'"]),
        ({"COMMIT": "1", "AUTO": "1"}, ["TAGWRIGHT_COMMIT", "TAGWRIGHT_AUTO", "exclude"]),
        ({"REPO": "a", "PATH": "b"}, ["TAGWRIGHT_REPO", "TAGWRIGHT_PATH", "exclude"]),
    ],
)
def test_a_variable_is_checked_as_its_flag_is(
    variables: dict[str, str], words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and the variable is named."""
    with pytest.raises(UsageError) as raised:
        asked("set a:1", monkeypatch, **variables)
    assert all(word in raised.value.message + raised.value.hint for word in words)
    assert cli.main(["set", "a:1"]) == 2
    assert words[0] in capsys.readouterr().err


@pytest.mark.parametrize("command", [name for name in NAMES if name != "version"])
def test_every_flag_has_a_variable(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting it to what no flag takes, or to a word, changes or refuses what the command is asked."""
    plain = vars(cli.parsed([command])) if command != "set" else vars(cli.parsed([command, "a:1"]))
    for name in set(plain) - {"command", "main", "given", "image", "what", "cases"}:
        with monkeypatch.context() as once:
            try:
                answer = getattr(asked(command, once, **{name.upper(): "word"}), name)
            except UsageError as error:
                answer = error.message.partition(" ")[0]
        assert answer in ("word", ["word"], f"TAGWRIGHT_{name.upper()}")


def test_the_policy_of_choose_can_come_from_variables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    """Its kind, its gates, and the file with the tags."""
    (tmp_path / "tags").write_text("1.2.0\n1.3.0\n2.0.0\n1.4.0\n")
    for name, value in {"SEMVER": "^1", "IGNORE": "1.4*", "FILE": str(tmp_path / "tags")}.items():
        monkeypatch.setenv(f"TAGWRIGHT_{name}", value)
    assert cli.main(["choose"]) == 0
    assert "1.3.0" in capsys.readouterr().out.splitlines()[0]


def test_a_place_given_is_not_mixed_with_one_of_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """TAGWRIGHT_CONFIG and TAGWRIGHT_TARGET are set for other jobs; this one names its repository."""
    args = asked("plan --repo file:///srv/a.git", monkeypatch, CONFIG="t.yaml", TARGET="a")
    assert [target.name for target in places.targets(args).targets] == ["file:///srv/a.git"]
