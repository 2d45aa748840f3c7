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
