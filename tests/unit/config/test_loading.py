"""The operator's file: what it means, and every mistake at once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tagwright.config import loading, policy_options, times
from tagwright.errors import ConfigError, Problem, UsageError
from tagwright.model import Config, Mode, PolicyKind, Secret, Target

ERRORS = sorted((Path(__file__).parents[2] / "vectors" / "config_errors").glob("*.yaml"))


def loaded(folder: Path, text: str) -> Config:
    """What `loading.load` makes of a text."""
    path = folder / "tagwright.yaml"
    path.write_text(text, encoding="utf-8")
    return loading.load(path)


def mistakes(folder: Path, text: str) -> tuple[Problem, ...]:
    """The mistakes `loading.load` finds in a text."""
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
    spec = policy_options.policy_spec({"numerical": "ascending", "minimum_age": "3d", "pin_digest": True}, "case 1")
    assert (spec.kind, spec.minimum_age, spec.pin_digest) == (PolicyKind.NUMERICAL, timedelta(days=3), True)
    with pytest.raises(ConfigError, match=r"case 1: semvr: unknown key .did you mean 'semver'"):
        policy_options.policy_spec({"semvr": "^1"}, "case 1")


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"rules: [\n  - a: b", 2, "is no YAML"),
        (b"a: 1\n\tb: 2", 2, "is no YAML"),
        (b"a: *hunter2", 1, "is no YAML"),
        (b"\xff\xfe", 0, "is no UTF-8 text"),
        (b"a: \x00", 0, "is no YAML"),
        (b"a: 1\n---\nb: 2", 2, "is no YAML"),
        (b"- a\n- b", 0, "got a list, expected a mapping"),
        (b"defaults: {policy: {semver: '*'}}\n\ndefaults: {policy: {semver: '1'}}", 3, "a key stands twice"),
        (b"[a]: 1", 1, "a key that is no text"),
        (b"{a: " * 5000, 0, "is no YAML"),
        (b"a: &a [*a]", 0, "is no YAML"),
        (b"#" * 100_000, 0, "is longer than"),
        (
            b"a: &a [x,x,x,x,x,x,x,x]\n"
            + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 8)) for i in range(8)),
            0,
            "holds more than",
        ),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_file_that_is_no_configuration_is_a_mistake_and_no_crash(data: bytes, line: int, words: str) -> None:
    """Broken, binary, endless or hostile: one sentence and its line, and no word of the file in it."""
    with pytest.raises(ConfigError) as caught:
        loading.merge_repository(Target("x"), data)
    first = caught.value.problems[0]
    assert (first.path, first.line) == (".tagwright.yaml", line)
    assert words in first.message
    assert "hunter2" not in str(caught.value)


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    """It is no mistake; an operator's file without targets is worth a warning."""
    assert loading.merge_repository(Target("x"), b"# nothing yet\n") == Target("x")
    assert [warning.code for warning in loaded(tmp_path, "").warnings] == ["no-targets"]


def test_a_file_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    """The sentence names the path and the reason."""
    with pytest.raises(ConfigError, match=r"absent.yaml: cannot be read: No such file"):
        loading.load(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("repository", "kind"),
    [
        ("https://github.com/a/b", "github"),
        ("git@github.com:a/b.git", "github"),
        ("ssh://git@github.example.com:22/a/b", "github"),
        ("https://gitlab.com/a/b", "gitlab"),
        ("https://gitlab.example.com:8443/a/b", "gitlab"),
        ("https://codeberg.org/a/b", "gitea"),
        ("https://gitea.example.com/a/b", "gitea"),
        ("https://forgejo.example.com/a/b", "gitea"),
        ("https://git.example.com/github.com/b", ""),
        ("https://github.com.example.org/a/b", "github"),
        ("https://notgithub.com/a/b", ""),
        ("file:///srv/github.com/b.git", ""),
        ("/srv/gitlab.com/b.git", ""),
        ("./gitea.git", ""),
    ],
)
def test_the_forge_is_guessed_by_the_host_alone(repository: str, kind: str) -> None:
    """github.com, gitlab.com, codeberg.org, and hosts that begin with a forge's name."""
    assert loading.forge_kind(repository) == kind


def test_what_is_hardly_meant_is_a_warning(tmp_path: Path) -> None:
    """Following a tag without pinning, and pull requests where no forge is known, load but are told."""
    text = """
rules:
  - {images: [a/b], policy: {digest: latest}}
  - {images: [a/c], policy: {digest: latest, pin_digest: true}}
targets:
  - {repository: /srv/deploy.git}
  - {name: two, repository: /srv/two.git, delivery: {mode: commit}}
"""
    warnings = loaded(tmp_path, text).warnings
    assert [(warning.code, warning.line) for warning in warnings] == [("digest-unpinned", 3), ("forge-unknown", 6)]


def test_paths_count_from_the_files_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever tagwright is started, a relative path means the same file; ~ is the home folder."""
    monkeypatch.setenv("HOME", "/home/bot")
    text = """
registries: [{prefix: ghcr.io, ca_file: ca.pem}]
targets: [{repository: ../deploy.git, access: {ssh_key_file: ~/.ssh/id}, delivery: {mode: commit}}]
"""
    found = loaded(tmp_path, text)
    assert found.registries[0].ca_file == str(tmp_path / "ca.pem")
    assert found.targets[0].repository == str(tmp_path.parent / "deploy.git")
    assert (found.targets[0].name, found.targets[0].access.ssh_key_file) == ("deploy", "/home/bot/.ssh/id")


@pytest.mark.parametrize(
    ("text", "length"),
    [("90s", 90), ("10m", 600), ("6h", 21600), ("3d", 259200), ("2w", 1209600), ("0s", 0)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, length: int) -> None:
    """Seconds, minutes, hours, days, weeks."""
    assert times.duration(text) == timedelta(seconds=length)


@pytest.mark.parametrize("text", ["", "10", "m", "1.5h", "-1d", "1h30m", "10 m", "10M", "9999999w", "\u0663d"])
def test_everything_else_is_no_duration(text: str) -> None:
    """One number, one unit, nothing between."""
    with pytest.raises(UsageError, match="no duration"):
        times.duration(text)


@pytest.mark.parametrize(
    ("branches", "apart"),
    [
        (("main", "staging"), ("", "")),
        (("main", "main"), ("a", "b")),
        (("main", ""), ("a", "b")),
        (("", ""), ("a", "b")),
        (("main",), ("",)),
    ],
)
def test_targets_of_one_branch_are_kept_apart(
    tmp_path: Path, branches: tuple[str, ...], apart: tuple[str, ...]
) -> None:
    """The same base would have the same branch for the same image; another base has another, and keeps its name."""
    said = [
        f"{{name: {name}, repository: https://git.example.com/acme/deploy{'.git' * at}, branch: '{branch}'}}"
        if branch
        else f"{{name: {name}, repository: https://git.example.com/acme/deploy{'.git' * at}}}"
        for at, (name, branch) in enumerate(zip("ab", branches, strict=False))
    ]
    targets = loaded(tmp_path, f"targets: [{', '.join(said)}]\n").targets
    assert tuple(target.delivery.apart for target in targets) == apart
