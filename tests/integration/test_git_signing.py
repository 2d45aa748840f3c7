"""Signed commits: git itself knows them, and what cannot sign is said before anything leaves this machine."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.errors import GitError
from tagwright.git.mirror import Mirror, open_mirror
from tagwright.git.text import NewCommit
from tagwright.model import GitAccess, Head, Secret, Signing
from tests.support.git_server import Remote, git
from tests.support.signing import Keys, keys

BOT = ("tagwright", "bot@example.test")
PASSPHRASE = "open sesame, \"quoted\" $HOME 'ü'"


@pytest.fixture(params=["ssh", "openpgp"])
def key(request: pytest.FixtureRequest) -> Iterator[Keys]:
    """A key without a passphrase."""
    with keys(request.param) as made:
        yield made


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    """A repository with one commit."""
    made = Remote(tmp_path / "deploy.git")
    made.commit({"app.yaml": "tag: 1\n"}, "Seed")
    return made


def delivered(remote: Remote, signing: Signing | None, environ: dict[str, str] | None = None) -> str:
    """Look, commit, push; the commit."""
    everything = {name: value for name, value in os.environ.items() if name in ("PATH", "TMPDIR")} | (environ or {})
    with open_mirror(str(remote.path), GitAccess(), None, everything, signing=signing) as mirror:
        commit = made(mirror, mirror.head())
        mirror.push(commit, "main", expected=mirror.head().commit)
    return commit


def made(mirror: Mirror, head: Head, content: bytes = b"tag: 2\n") -> str:
    """A commit on top of a head."""
    mirror.fetch(head)
    return mirror.commit(head.commit, {"app.yaml": ("100644", content)}, "Update\n\nWhy: ü\n", BOT)


def test_git_verifies_what_was_signed(remote: Remote, key: Keys) -> None:
    """`git verify-commit` knows the signature on the remote; the object is whole, and says what it would unsigned."""
    commit = delivered(remote, Signing(key.format, str(key.file)))
    assert remote.tip() == commit
    assert key.verifies(remote.path, commit)
    assert not key.verifies(remote.path, f"{commit}^")
    remote.check()
    assert git("log", "-1", "--format=%an <%ae> %B", commit, cwd=remote.path) == (
        "tagwright <bot@example.test> Update\n\nWhy: ü"
    )


def test_a_changed_commit_verifies_no_more(remote: Remote, key: Keys) -> None:
    """The signature is of these very bytes."""
    commit = delivered(remote, Signing(key.format, str(key.file)))
    raw = git("cat-file", "commit", commit, cwd=remote.path).replace("Update", "Upgrade") + "\n"
    forged = git("hash-object", "-t", "commit", "-w", "--stdin", cwd=remote.path, stdin=raw.encode())
    assert not key.verifies(remote.path, forged)


def test_a_chain_of_commits_is_signed_link_by_link(remote: Remote, key: Keys) -> None:
    """Each is made on the signed one before it."""
    with open_mirror(str(remote.path), GitAccess(), None, {}, signing=Signing(key.format, str(key.file))) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        new = [NewCommit({f"{name}.yaml": ("100644", b"x\n")}, name) for name in "abc"]
        chain = mirror.commits(head.commit, new, BOT, committer=("Bot", "b@example.test"))
        mirror.push(chain[-1], "main", expected=head.commit)
    assert [key.verifies(remote.path, commit) for commit in chain] == [True, True, True]
    assert remote.log(form="%H %an %cn") == [f"{one} tagwright Bot" for one in chain[::-1]] + [
        f"{head.commit} A Person A Person"
    ]


@pytest.mark.parametrize("kind", ["ssh", "openpgp"])
@pytest.mark.parametrize("place", ["env", "file"])
def test_a_passphrase_opens_the_key(remote: Remote, tmp_path: Path, kind: str, place: str) -> None:
    """From a variable or a file, whatever characters it has; and it stands in no process's arguments."""
    with keys(kind, PASSPHRASE) as locked:
        (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
        named = Secret(env="PASS") if place == "env" else Secret(file=str(tmp_path / "passphrase"))
        commit = delivered(remote, Signing(kind, str(locked.file), named), {"PASS": PASSPHRASE})
        assert locked.verifies(remote.path, commit)


@pytest.mark.parametrize("kind", ["ssh", "openpgp"])
@pytest.mark.parametrize("said", ["wrong", ""])
def test_a_wrong_or_missing_passphrase_is_said_and_not_repeated(remote: Remote, kind: str, said: str) -> None:
    """Nothing is pushed, and nobody is asked on a terminal."""
    before = remote.tip()
    with keys(kind, "right") as locked:
        signing = Signing(kind, str(locked.file), Secret(env="PASS") if said else None)
        with pytest.raises(GitError) as caught:
            delivered(remote, signing, {"PASS": said})
    assert caught.value.code == "signing"
    assert str(locked.file) in caught.value.message
    assert "passphrase" in caught.value.message.lower() + caught.value.hint
    assert remote.tip() == before


@pytest.mark.parametrize("kind", ["ssh", "openpgp"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file"),
        (b"", "empty"),
        (b"ssh-ed25519 AAAA bot\n", "key"),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "key"),
    ],
)
def test_what_is_no_key_is_said_with_its_file(
    remote: Remote, tmp_path: Path, kind: str, content: bytes | None, words: str
) -> None:
    """What, where, and what to try; the content is not repeated."""
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(GitError, match=words) as caught:
        delivered(remote, Signing(kind, str(tmp_path / "key")))
    assert (caught.value.code, bool(caught.value.hint)) == ("signing", True)
    assert "AAAA" not in caught.value.message


def test_a_missing_program_is_named(remote: Remote, key: Keys, tmp_path: Path) -> None:
    """With the package that brings it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to("/usr/bin/git")
    program = {"ssh": "ssh-keygen", "openpgp": "gpg"}[key.format]
    with pytest.raises(GitError, match=f"no {program} on this machine") as caught:
        delivered(remote, Signing(key.format, str(key.file)), {"PATH": str(tmp_path / "bin")})
    assert "install" in caught.value.hint


def test_a_mounted_secret_signs_whatever_its_mode_and_line_ends(remote: Remote, key: Keys) -> None:
    """Readable for all, CRLF, no last line break: as secrets come from a mount or a variable of a CI."""
    spoiled = key.file.read_bytes().replace(b"\n", b"\r\n").rstrip()
    key.file.write_bytes(spoiled)
    key.file.chmod(0o644)
    assert key.verifies(remote.path, delivered(remote, Signing(key.format, str(key.file))))


def test_nothing_of_the_key_is_left_behind(remote: Remote, key: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no agent: neither in the temporary folder nor among the processes."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        delivered(remote, Signing(key.format, str(key.file)))
        assert list(Path(folder).iterdir()) == []
        running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert folder not in running


# ── the same change, whatever its id ─────────────────────────────────────────


def test_a_change_signed_anew_is_the_same_change(remote: Remote, key: Keys) -> None:
    """Two signatures of one change; another tree, message or parent, or no signature, is another change."""
    signing = Signing(key.format, str(key.file))
    with (
        open_mirror(str(remote.path), GitAccess(), None, {}) as plain,
        open_mirror(str(remote.path), GitAccess(), None, {}, signing=signing) as mirror,
    ):
        head = mirror.head()
        signed = made(mirror, head)
        mirror.push(signed, "ours", None)
        plain.push(made(plain, head), "bare", None)
        plain.push(made(plain, head, b"tag: 3\n"), "other", None)
        there = {name: Head(name, commit) for name, commit in mirror.branches("").items()}
        again = mirror.commit(head.commit, {"app.yaml": ("100644", b"tag: 2\n")}, "Update\n\nWhy: ü", ("x", "y"))
        assert mirror.same_change(signed, there["ours"])
        assert again != signed
        assert mirror.same_change(again, there["ours"])
        assert not mirror.same_change(again, there["bare"])
        assert plain.same_change(made(plain, head), replace(there["ours"], branch="elsewhere"))
        assert not mirror.same_change(again, there["other"])
        reworded = mirror.commit(head.commit, {"app.yaml": ("100644", b"tag: 2\n")}, "Other words", BOT)
        assert not mirror.same_change(reworded, there["ours"])
        further = made(mirror, Head("main", remote.commit({"x": "y"})))
        assert not mirror.same_change(further, there["ours"])


def test_a_repository_of_sha256_is_signed_too(tmp_path: Path, key: Keys) -> None:
    """Its signature stands in a header of another name."""
    git("init", "--quiet", "--bare", "--object-format=sha256", "-b", "main", str(tmp_path / "d.git"), cwd=tmp_path)
    remote = Remote.__new__(Remote)
    remote.path = tmp_path / "d.git"
    remote.commit({"app.yaml": "tag: 1\n"})
    commit = delivered(remote, Signing(key.format, str(key.file)))
    assert key.verifies(remote.path, commit)
