"""Logging in over http and ssh: who is let in, what is said when not, and where a secret never shows."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tagwright.errors import GitDenied, GitError
from tagwright.git.mirror import open_mirror
from tagwright.model import GitAccess, Head, Secret
from tests.support.git_http import GitHttp
from tests.support.git_server import Remote, shim
from tests.support.git_ssh import asyncssh_server, write_key

SECRET = "s3cret-t0ken"
ACCESS = GitAccess(token=Secret(env="T"), username=Secret(env="U"))
BOT = ("tagwright", "tagwright@example.test")


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A repository with one commit."""
    made = Remote(tmp_path / "srv" / "deploy.git")
    made.commit({"app.yaml": "tag: 1\n"}, "Seed")
    return made


@pytest.fixture
def site(remote: Remote) -> Iterator[GitHttp]:
    """A server that lets `bot` in, and nobody else."""
    with GitHttp(remote.path.parent, {"bot": SECRET}) as server:
        yield server


def look(url: str, access: GitAccess = ACCESS, /, **environ: str) -> Head:
    """One look at the default branch."""
    with open_mirror(url, access, None, {"PATH": os.environ["PATH"]} | environ) as mirror:
        return mirror.head()


def deliver(url: str, access: GitAccess, /, **environ: str) -> None:
    """One whole delivery."""
    with open_mirror(url, access, None, {"PATH": os.environ["PATH"]} | environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        commit = mirror.commit(head.commit, {"app.yaml": ("100644", b"tag: 2\n")}, "Update", BOT)
        mirror.push(commit, head.branch, expected=head.commit)


# ── http ─────────────────────────────────────────────────────────────────────


def test_a_token_opens_the_door(site: GitHttp, remote: Remote) -> None:
    """User name and token from the named variables, for reading and for writing."""
    deliver(site.url("deploy.git"), ACCESS, T=SECRET, U="bot")
    assert remote.log() == ["Update", "Seed"]
    shown = {request.authorization for request in site.requests}
    assert shown == {"", "Basic " + base64.b64encode(f"bot:{SECRET}".encode()).decode()}
    assert all(SECRET not in request.path for request in site.requests)


@pytest.mark.parametrize(
    ("environ", "user"),
    [
        ({"GITHUB_TOKEN": SECRET, "GITHUB_SERVER_URL": "http://{host}"}, "x-access-token"),
        ({"CI_JOB_TOKEN": SECRET, "CI_SERVER_URL": "http://{host}"}, "gitlab-ci-token"),
        ({"GITEA_TOKEN": SECRET, "GITEA_SERVER_URL": "http://{host}/"}, "x-access-token"),
        ({"TAGWRIGHT_GIT_TOKEN": SECRET}, "x-access-token"),
    ],
)
def test_a_ci_job_logs_in_by_itself(remote: Remote, environ: dict[str, str], user: str) -> None:
    """GitHub Actions, GitLab CI, Gitea Actions and TAGWRIGHT_GIT_TOKEN need no flag."""
    with GitHttp(remote.path.parent, {user: SECRET}) as site:
        given = {name: value.format(host=site.host) for name, value in environ.items()}
        deliver(site.url("deploy.git"), GitAccess(), **given)
    assert remote.log() == ["Update", "Seed"]


def test_without_a_login_the_message_says_how_to_give_one(
    site: GitHttp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No question on a terminal, to an askpass program or a .netrc: an error with the flag to use."""
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login bot password {SECRET}\n")
    (tmp_path / "askpass").write_text(f"#!/bin/sh\ncase $1 in User*) echo bot;; *) echo {SECRET};; esac\n")
    (tmp_path / "askpass").chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_ASKPASS", "SSH_ASKPASS"):
        monkeypatch.setenv(name, str(tmp_path / "askpass"))
    with pytest.raises(GitDenied, match="asks for a login") as caught:
        look(site.url("deploy.git"), GitAccess())
    assert "--token-env" in caught.value.hint


def test_a_wrong_token_is_refused_and_not_shown(site: GitHttp) -> None:
    """The error names the place, never the secret."""
    with pytest.raises(GitDenied, match="refused our user name or token") as caught:
        look(site.url("deploy.git"), T="wr0ng-t0ken", U="bot")
    assert "wr0ng-t0ken" not in repr(caught.value) + caught.value.hint
    assert site.host in caught.value.message


def test_a_server_that_repeats_the_token_does_not_make_us_print_it(site: GitHttp, remote: Remote) -> None:
    """Whatever the far end says is quoted without our secret, and without control characters."""
    remote.hook("pre-receive", f"printf '\\033[31mno {SECRET} here' >&2; exit 1\n")
    with pytest.raises(GitError) as caught:
        deliver(site.url("deploy.git"), ACCESS, T=SECRET, U="bot")
    assert "no *** here" in caught.value.message
    assert "\x1b" not in caught.value.message


def test_a_token_in_a_file_may_change_while_we_run(site: GitHttp, remote: Remote, tmp_path: Path) -> None:
    """A service reads it again for each pass: one that expired and was written anew opens the door again."""
    assert site.users is not None
    file, users = tmp_path / "token", dict(site.users)
    access = GitAccess(token=Secret(file=str(file)), username=Secret(env="U"))
    for token in ("first-t0ken", "second-t0ken"):
        file.write_text(token + "\n")
        site.users = {**users, "bot": token}
        assert look(site.url("deploy.git"), access, U="bot").commit == remote.tip()
    file.write_text("")
    with pytest.raises(GitDenied, match="is empty or not set"):
        look(site.url("deploy.git"), access, U="bot")


def test_a_redirect_to_another_host_gets_no_token(site: GitHttp, remote: Remote) -> None:
    """The other server is asked, and shown nothing."""
    with GitHttp(remote.path.parent, {"bot": SECRET}) as other:
        site.answer = lambda handler: handler.reply(302, Location=f"http://{other.host}{handler.path}")
        with pytest.raises(GitError) as caught:
            look(site.url("deploy.git"), T=SECRET, U="bot")
        assert {request.authorization for request in other.requests} == {""}
    assert SECRET not in repr(caught.value)


def test_a_redirect_after_the_login_gets_no_token_either(site: GitHttp, remote: Remote) -> None:
    """The first server takes the login and only then sends us away."""
    with GitHttp(remote.path.parent, {"bot": SECRET}) as other:
        site.answer = lambda handler: (
            bool(handler.headers.get("Authorization"))
            and handler.reply(302, Location=f"http://{other.host}{handler.path}")
        )
        with pytest.raises(GitError):
            look(site.url("deploy.git"), T=SECRET, U="bot")
        assert other.requests
        assert {request.authorization for request in other.requests} == {""}


def test_a_repository_that_moved_on_the_same_host_is_followed(site: GitHttp, remote: Remote) -> None:
    """A renamed repository is found under its new name, with the login."""
    site.answer = lambda handler: (
        handler.path.startswith("/old.git")
        and handler.reply(301, Location=handler.path.replace("/old.git", "/deploy.git"))
    )
    deliver(site.url("old.git"), ACCESS, T=SECRET, U="bot")
    assert remote.log() == ["Update", "Seed"]


def test_no_secret_in_any_argument_or_file(site: GitHttp, tmp_path: Path) -> None:
    """Every git process's arguments, and every file left in the cache, are free of it."""
    environ = {"PATH": shim(tmp_path), "T": SECRET, "U": "bot"}
    with open_mirror(site.url("deploy.git"), ACCESS, tmp_path / "cache", environ) as mirror:
        mirror.fetch(mirror.head())
    calls = (tmp_path / "git-calls").read_text("utf-8")
    assert "ls-remote" in calls
    assert SECRET not in calls
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_a_server_of_an_unknown_authority_is_refused_until_it_is_named(remote: Remote, tmp_path: Path) -> None:
    """TLS is checked; GIT_SSL_CAINFO names a company's own authority; GIT_SSL_NO_VERIFY is not obeyed."""
    certificate = _certificate(tmp_path)
    with GitHttp(remote.path.parent, tls=certificate) as site:
        with pytest.raises(GitError, match="no trusted TLS connection") as caught:
            look(site.url("deploy.git"), GitAccess(), GIT_SSL_NO_VERIFY="1")
        assert "GIT_SSL_CAINFO" in caught.value.hint
        head = look(site.url("deploy.git"), GitAccess(), GIT_SSL_CAINFO=str(certificate[0]))
    assert head.commit == remote.tip()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1, and its key."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False)
    builder = builder.add_extension(x509.BasicConstraints(True, None), True)
    pem, secret = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, secret


# ── ssh ──────────────────────────────────────────────────────────────────────

needs_ssh = pytest.mark.skipif(not shutil.which("ssh"), reason="the ssh client is not installed")


@needs_ssh
def test_an_unknown_ssh_key_is_refused_in_words(remote: Remote, tmp_path: Path) -> None:
    """The message is about our key, the hint about giving one."""
    with asyncssh_server(remote.path.parent, tmp_path / "ssh") as server:
        write_key(tmp_path / "stranger")
        access = GitAccess(ssh_key_file=str(tmp_path / "stranger"), known_hosts=str(server.known_hosts))
        with pytest.raises(GitDenied, match="accepted no ssh key") as caught:
            look(server.url("deploy.git"), access)
    assert "--ssh-key-file" in caught.value.hint


@needs_ssh
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda key: key.chmod(0o640), "others may read the ssh key"),
        (lambda key: key.unlink(), "cannot be read from"),
        (lambda key: _lock(key, "RFC4716"), "locked by a passphrase"),
        (lambda key: _lock(key, "PKCS8"), "locked by a passphrase"),
    ],
)
def test_a_key_that_ssh_would_not_use_is_told_why(
    remote: Remote, tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    """Rights that are too wide, no key at all, a passphrase that nobody is asked for: said, with what to do."""
    with asyncssh_server(remote.path.parent, tmp_path / "ssh") as server:
        access = GitAccess(ssh_key_file=str(server.key), known_hosts=str(server.known_hosts))
        assert look(server.url("deploy.git"), access).commit == remote.tip()
        spoil(server.key)
        with pytest.raises(GitDenied, match=words) as caught:
            look(server.url("deploy.git"), access)
    assert str(server.key) in caught.value.message
    assert caught.value.hint


def _lock(key: Path, form: str) -> None:
    key.unlink()
    made = ["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-m", form, "-N", "a passphrase", "-f", str(key)]
    subprocess.run(made, check=True)


@needs_ssh
def test_an_unknown_host_key_is_refused(remote: Remote, tmp_path: Path) -> None:
    """A host nobody vouched for is not talked to."""
    (tmp_path / "known").write_text("")
    with asyncssh_server(remote.path.parent, tmp_path / "ssh") as server:
        access = GitAccess(ssh_key_file=str(server.key), known_hosts=str(tmp_path / "known"))
        with pytest.raises(GitDenied, match=r"host key .* is not known") as caught:
            look(server.url("deploy.git"), access)
    assert "--known-hosts" in caught.value.hint


@needs_ssh
def test_a_changed_host_key_is_an_alarm(remote: Remote, tmp_path: Path) -> None:
    """Another key than the known one is said as what it may be."""
    with asyncssh_server(remote.path.parent, tmp_path / "ssh") as server:
        other = write_key(tmp_path / "other")
        server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {other}\n")
        access = GitAccess(ssh_key_file=str(server.key), known_hosts=str(server.known_hosts))
        with pytest.raises(GitDenied, match="not the one known") as caught:
            look(server.url("deploy.git"), access)
    assert caught.value.code == "git-host-key"


@needs_ssh
def test_a_key_that_may_only_read_is_told_apart(remote: Remote, tmp_path: Path) -> None:
    """A read-only deploy key reads, and its refusal to write is explained."""
    with asyncssh_server(remote.path.parent, tmp_path / "ssh", read_only=True) as server:
        access = GitAccess(ssh_key_file=str(server.key), known_hosts=str(server.known_hosts))
        assert look(server.url("deploy.git"), access).commit == remote.tip()
        with pytest.raises(GitDenied, match=r"may read .* but not write"):
            deliver(server.url("deploy.git"), access)


@needs_ssh
def test_the_agent_logs_in_where_no_key_is_named(remote: Remote, tmp_path: Path) -> None:
    """SSH_AUTH_SOCK reaches ssh."""
    if not shutil.which("ssh-agent"):
        pytest.skip("ssh-agent is not installed")
    socket = f"/tmp/tw-agent-{os.getpid()}"  # a socket's path must be short
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        with asyncssh_server(remote.path.parent, tmp_path / "ssh") as server:
            environ = {"SSH_AUTH_SOCK": socket, "PATH": os.environ["PATH"]}
            adding = [sys.executable, "-c", _ADD_WHEN_READY, str(server.key)]
            subprocess.run(adding, env=environ, check=True)
            access = GitAccess(known_hosts=str(server.known_hosts))
            assert look(server.url("deploy.git"), access, **environ).commit == remote.tip()
    finally:
        agent.terminate()
        agent.wait()


_ADD_WHEN_READY = """
import os, subprocess, sys, time
end = time.monotonic() + 10
while not os.path.exists(os.environ["SSH_AUTH_SOCK"]) and time.monotonic() < end:
    time.sleep(0.01)
subprocess.run(["ssh-add", "-q", sys.argv[1]], check=True)
"""
