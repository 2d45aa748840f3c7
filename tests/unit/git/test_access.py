"""Which credentials go where, and what git sees of its surroundings."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tagwright.errors import GitDenied
from tagwright.git.access import Login, choose_login, environment, ssh_command, strays
from tagwright.git.address import parse_remote
from tagwright.model import GitAccess, Secret

AMBIENT = GitAccess()
NAMED = GitAccess(token=Secret(env="T"), username=Secret(env="U"))


def login(url: str, access: GitAccess = AMBIENT, /, **environ: str) -> tuple[str, str] | None:
    """(user name, password) chosen for an address in an environment."""
    chosen = choose_login(parse_remote(url), access, environ)
    return (chosen.username, chosen.password) if chosen else None


def test_the_named_token_wins_over_everything() -> None:
    """What the operator names is used, before TAGWRIGHT_GIT_TOKEN and before a CI's own."""
    ambient = {"TAGWRIGHT_GIT_TOKEN": "tw", "GITHUB_TOKEN": "gh", "GITHUB_SERVER_URL": "https://git.test"}
    assert login("https://git.test/a", NAMED, T="mine", U="me", **ambient) == ("me", "mine")
    assert login("https://git.test/a", **ambient) == ("x-access-token", "tw")


def test_a_token_without_a_user_name_gets_one_every_forge_takes() -> None:
    """The address's own user name is used where there is one."""
    access = GitAccess(token=Secret(env="T"))
    assert login("https://git.test/a", access, T="t") == ("x-access-token", "t")
    assert login("https://bob@git.test/a", access, T="t") == ("bob", "t")


@pytest.mark.parametrize(
    ("environ", "want"),
    [
        ({"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://git.test"}, ("x-access-token", "t")),
        ({"CI_JOB_TOKEN": "t", "CI_SERVER_URL": "https://git.test"}, ("gitlab-ci-token", "t")),
        ({"CI_JOB_TOKEN": "t", "CI_SERVER_URL": "https://git.test:443/"}, ("gitlab-ci-token", "t")),
        ({"CI_JOB_TOKEN": "t", "CI_SERVER_HOST": "git.test"}, ("gitlab-ci-token", "t")),
        ({"GITEA_TOKEN": "t", "GITHUB_SERVER_URL": "https://git.test"}, ("x-access-token", "t")),
        ({"GITEA_TOKEN": "t", "GITEA_SERVER_URL": "https://git.test"}, ("x-access-token", "t")),
    ],
)
def test_a_ci_token_goes_to_the_ci_server(environ: dict[str, str], want: tuple[str, str]) -> None:
    """GitHub Actions, GitLab CI and Gitea or Forgejo Actions log in by themselves."""
    assert login("https://git.test/a", **environ) == want


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test/a",
        "https://git.test.evil.test/a",
        "https://git.test:8443/a",
        "http://git.test/a",
        "https://sub.git.test/a",
    ],
)
def test_a_ci_token_goes_nowhere_else(url: str) -> None:
    """Another host, port or scheme gets nothing."""
    for name, server in (("GITHUB_TOKEN", "GITHUB_SERVER_URL"), ("CI_JOB_TOKEN", "CI_SERVER_URL")):
        assert login(url, **{name: "t", server: "https://git.test"}) is None


def test_a_ci_token_without_its_server_is_not_used() -> None:
    """GITHUB_TOKEN on a desk says nothing about where it belongs."""
    assert login("https://github.com/a/b", GITHUB_TOKEN="t", GITEA_TOKEN="t", CI_JOB_TOKEN="t") is None


def test_a_ci_server_on_plain_http_gets_its_own_token() -> None:
    """Its runner clones with the same token over the same http."""
    assert login("http://git.test/a", CI_JOB_TOKEN="t", CI_SERVER_URL="http://git.test") == ("gitlab-ci-token", "t")


def test_a_token_never_travels_in_clear_text() -> None:
    """Plain http to another machine is refused in words; to this machine it is allowed."""
    with pytest.raises(GitDenied, match="clear text") as caught:
        login("http://git.test/a", NAMED, T="hunter2", U="me")
    assert "hunter2" not in str(caught.value)
    assert login("http://127.0.0.1:3000/a", NAMED, T="t", U="me") == ("me", "t")
    assert login("http://localhost/a", NAMED, T="t", U="me") == ("me", "t")


@pytest.mark.parametrize("url", ["ssh://git@git.test/a", "git@git.test:a", "/srv/a.git"])
def test_ssh_and_files_get_no_token(url: str) -> None:
    """A token in the environment stays there."""
    assert login(url, TAGWRIGHT_GIT_TOKEN="t") is None


def test_a_promised_secret_that_is_not_there_is_said() -> None:
    """The message names the variable or file, to be set."""
    with pytest.raises(GitDenied, match="environment variable T is empty"):
        login("https://git.test/a", GitAccess(token=Secret(env="T")))
    with pytest.raises(GitDenied, match="/nowhere/token"):
        login("https://git.test/a", GitAccess(token=Secret(file="/nowhere/token")))


def test_a_secret_from_a_file_loses_its_line_break(tmp_path: Path) -> None:
    """Files made by echo end in one; a second line could smuggle in another answer, and is refused."""
    (tmp_path / "token").write_text("t\n")
    access = GitAccess(token=Secret(file=str(tmp_path / "token")))
    assert login("https://git.test/a", access) == ("x-access-token", "t")
    (tmp_path / "token").write_text("t\nhost=evil.test\n")
    with pytest.raises(GitDenied, match="control characters"):
        login("https://git.test/a", access)


def test_no_secret_stands_in_settings_or_repr() -> None:
    """The helper names variables; only the variables hold the login, and it never prints itself."""
    remote = parse_remote("https://git.test/a")
    chosen = Login("me", "hunter2")
    variables = environment(remote, NAMED, chosen, Path("/home"), {})
    assert [name for name, value in variables.items() if "hunter2" in value] == ["TAGWRIGHT_ASKPASS_PASSWORD"]
    assert "hunter2" not in repr(chosen)


def test_the_surroundings_are_shut_out_but_for_proxies_the_agent_and_the_authority() -> None:
    """HTTPS_PROXY, SSH_AUTH_SOCK and GIT_SSL_CAINFO stay; every other GIT_* goes."""
    kept = {"HTTPS_PROXY": "http://proxy:3128", "no_proxy": "x", "SSH_AUTH_SOCK": "/s", "GIT_SSL_CAINFO": "/ca"}
    ambient = kept | {"GIT_DIR": "/x", "GIT_TRACE": "1", "GIT_SSL_NO_VERIFY": "1", "HOME": "/root"}
    variables = environment(parse_remote("https://git.test/a"), GitAccess(), None, Path("/home"), ambient)
    assert kept.items() <= variables.items()
    assert variables["HOME"] == "/home"
    assert strays(ambient, variables) == ["GIT_DIR", "GIT_SSL_NO_VERIFY", "GIT_TRACE"]


def test_paths_of_keys_may_hold_anything_a_path_holds() -> None:
    """Blanks are quoted for the shell and for ssh; percent signs do not expand."""
    words = shlex.split(ssh_command(GitAccess(ssh_key_file="/k e'y/50%", known_hosts="/known hosts")))
    assert 'IdentityFile="/k e\'y/50%%"' in words
    assert 'UserKnownHostsFile="/known hosts"' in words
    assert {"IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "BatchMode=yes"} <= set(words)
