"""The places the flags name: what they are called, and which flags go with which place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright import cli, places
from tagwright.errors import UsageError
from tagwright.model import Config


def asked(*arguments: str) -> Config:
    """What `tagwright plan` with these flags works on."""
    return places.targets(cli.parsed(["plan", *arguments]))


@pytest.mark.parametrize(
    "address",
    [
        "https://user:SEKRET@h/x",
        "https://user:SEK/RET@h/x",
        "https://user:12/SEKRET@h/x",
        "https://SEK/RET@h/x",
        "https://h/x.git?private_token=SEKRET",
        "ssh://git@h/x.git?private_token=SEKRET",
        "ssh://user:SEK/RET@h/x",
        "user:SEKRET@h:x",
        "user:SEKRET@h/x",
        "ghp_SEKRET0123456789@h:x",
    ],
)
def test_an_address_with_a_secret_is_refused_and_not_repeated(address: str) -> None:
    """However the secret got in: as a password, with a slash in it, in a query, before an scp host."""
    with pytest.raises(UsageError) as raised:
        asked("--repo", address)
    assert "RET" not in raised.value.message + raised.value.hint


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://me@git.example.com/acme/deploy.git", "https://git.example.com/acme/deploy.git"),
        ("HTTPS://git.example.com:8443/x", "https://git.example.com:8443/x"),
        ("git@git.example.com:acme/deploy.git", "git@git.example.com:acme/deploy.git"),
        ("ssh://git@git.example.com:22/x", "ssh://git.example.com:22/x"),
        ("file:///srv/deploy.git", "file:///srv/deploy.git"),
        ("../srv/deploy.git", "../srv/deploy.git"),
    ],
)
def test_a_repository_is_called_by_its_address(address: str, name: str) -> None:
    """Without the user of a URL; a path as it was given."""
    (target,) = asked("--repo", address).targets
    assert (target.name, target.repository) == (name, address)


def test_a_folder_is_called_by_its_path(tmp_path: Path) -> None:
    """As it was given."""
    (target,) = asked("--path", str(tmp_path)).targets
    assert (target.name, target.folder) == (str(tmp_path), str(tmp_path))


@pytest.mark.parametrize(
    ("line", "flag", "place"),
    [
        ("--config {folder}/tagwright.yaml --branch main", "--branch", "--config"),
        ("--path {folder} --branch main", "--branch", "--path"),
        ("--path {folder} --token-env T", "--token-env", "--path"),
        ("--config {folder}/tagwright.yaml --forge github", "--forge", "--config"),
        ("--path {folder} --known-hosts x", "--known-hosts", "--path"),
        ("--repo https://h/x --target a", "--target", "--repo"),
        ("--repo https://h/x --shard 0/2", "--shard", "--repo"),
        ("--path {folder} --target a", "--target", "--path"),
    ],
)
def test_a_flag_that_has_no_part_in_the_place_is_refused(line: str, flag: str, place: str, tmp_path: Path) -> None:
    """Rather than ignored: whoever gave it meant something by it."""
    (tmp_path / "tagwright.yaml").write_text("version: 1\ntargets: [{repository: https://h/x}]\n")
    with pytest.raises(UsageError, match=f"{flag} .*{place}"):
        asked(*line.format(folder=tmp_path).split())


def test_a_variable_that_has_no_part_in_the_place_is_for_another_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The surroundings are set once, for many places."""
    monkeypatch.setenv("TAGWRIGHT_BRANCH", "main")
    monkeypatch.setenv("TAGWRIGHT_TARGET", "a")
    assert asked("--path", str(tmp_path)).targets[0].branch == ""
    assert asked("--repo", "https://h/x").targets[0].branch == "main"


@pytest.mark.parametrize("verb", ["run", "plan", "serve", "scan", "check", "history"])
def test_every_command_over_a_configuration_takes_a_shard(verb: str, tmp_path: Path) -> None:
    """The same part of the repositories, whatever is done with them."""
    names = [f"https://git.example.com/acme/deploy-{number}" for number in range(9)]
    text = "".join(f"  - {{repository: {name}}}\n" for name in names)
    (tmp_path / "tagwright.yaml").write_text(f"version: 1\ntargets:\n{text}")
    line = ["--config", str(tmp_path / "tagwright.yaml"), "--shard"]
    parts = [places.targets(cli.parsed([verb, *line, f"{index}/3"])).targets for index in range(3)]
    assert sorted(target.repository for part in parts for target in part) == names
    assert parts == [asked(*line, f"{index}/3").targets for index in range(3)]
