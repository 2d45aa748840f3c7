"""Addresses of Git remotes: what is understood, and what is refused without being repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.errors import UsageError
from tagwright.git.address import check_branch, parse_remote


@pytest.mark.parametrize(
    ("url", "scheme", "origin", "host"),
    [
        ("https://git.example.test/a/b.git", "https", "https://git.example.test", "git.example.test"),
        ("HTTPS://Git.Example.test:443/a", "https", "https://git.example.test", "git.example.test"),
        ("https://git.example.test:8443/a", "https", "https://git.example.test:8443", "git.example.test"),
        ("http://[::1]:3000/a", "http", "http://[::1]:3000", "::1"),
        ("https://bob@git.example.test/a", "https", "https://git.example.test", "git.example.test"),
        ("ssh://git@git.example.test:2222/a.git", "ssh", "ssh://git.example.test", "git.example.test"),
        ("git@git.example.test:a/b.git", "ssh", "ssh://git.example.test", "git.example.test"),
        ("git@[::1]:a/b.git", "ssh", "ssh://::1", "::1"),
    ],
)
def test_addresses_as_people_write_them(url: str, scheme: str, origin: str, host: str) -> None:
    """Each is understood: its transport, its origin, its host."""
    remote = parse_remote(url)
    assert (remote.scheme, remote.origin, remote.host) == (scheme, origin, host)


def test_a_path_becomes_a_file_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git ignores --depth for a plain path; blanks, percent signs and colons of a folder that exists are its name."""
    odd = tmp_path / "50% a:b"
    odd.mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse_remote("50% a:b").url == f"file://{tmp_path}/50%25%20a%3Ab"
    assert parse_remote(str(tmp_path)).scheme == "file"


@pytest.mark.parametrize(
    "url",
    [
        "https://bob:hunter2@git.example.test/a.git",
        "https://:hunter2@git.example.test/a.git",
        "https://ghp_hunter2@git.example.test/a.git",
        "https://glpat-hunter2@git.example.test/a.git",
        "https://github_pat_hunter2@git.example.test/a.git",
        "https://hunter2hunter2hunter2@git.example.test/a.git",
        "https://git.example.test/a.git?private_token=hunter2",
        "ssh://git:hunter2@git.example.test/a.git",
        "https:/bob:hunter2@git.example.test/a.git",
        "bob:hunter2@git.example.test:a.git",
        "https://bob:hunter2@git.example.test:port/a.git",
        "ftp://bob:hunter2@git.example.test/a.git",
    ],
)
def test_a_secret_in_the_address_is_refused_and_not_repeated(url: str) -> None:
    """The error names the mistake; the secret is in none of its parts."""
    with pytest.raises(UsageError) as caught:
        parse_remote(url)
    assert "hunter2" not in caught.value.message + caught.value.hint + repr(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u",
        "--upload-pack=touch /tmp/x",
        "ext::sh -c true",
        "fd::7",
        "ssh://-oProxyCommand=x/a",
        "-oProxyCommand=x:a",
        "git@host:-a",
        "git://git.example.test/a",
        "ftp://git.example.test/a",
        "https:///a",
        "https://git.example.test/a\nb",
    ],
)
def test_an_address_that_could_run_something_is_refused(url: str) -> None:
    """Options, helper transports and unknown schemes never reach git."""
    with pytest.raises(UsageError):
        parse_remote(url)


@pytest.mark.parametrize("name", ["main", "release/1.x", "tagwright/ghcr.io/acme/api", "ümlaut", "a@b", "-".join("ab")])
def test_branch_names_git_takes(name: str) -> None:
    """They pass unchanged."""
    assert check_branch(name) == name


@pytest.mark.parametrize(
    "name",
    ["", "-f", "--all", "a b", "a..b", "a:b", "+a*", "/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.", "@", "a@{1}"],
)
def test_branch_names_git_refuses(name: str) -> None:
    """They never reach a command line."""
    with pytest.raises(UsageError):
        check_branch(name)
