"""Keys that sign, made by ssh-keygen and gpg themselves, and git as the judge of what they signed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.git_server import CLEAN


@dataclass(frozen=True, slots=True)
class Keys:
    """A private key in a file, of `format` "ssh" or "openpgp", and what it takes to trust it."""

    format: str
    file: Path
    settings: tuple[str, ...]
    home: str

    def verifies(self, repository: Path, commit: str) -> bool:
        """What `git verify-commit` says."""
        options = [part for setting in self.settings for part in ("-c", setting)]
        environment = {**os.environ, **CLEAN, "GNUPGHOME": self.home}
        command = ["git", *options, "verify-commit", "--raw", commit]
        return subprocess.run(command, cwd=repository, env=environment, capture_output=True).returncode == 0


@contextmanager
def keys(kind: str, passphrase: str = "", *, kept: str = "") -> Iterator[Keys]:
    """A fresh pair of keys; they go with the block. `kept` is the kind of key ("ed25519" unless given)."""
    folder = Path(tempfile.mkdtemp(prefix="k", dir="/tmp"))
    try:
        yield _ssh(folder, passphrase, kept) if kind == "ssh" else _openpgp(folder, passphrase, kept)
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env={**os.environ, "GNUPGHOME": str(folder)}, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _ssh(folder: Path, passphrase: str, kind: str) -> Keys:
    key = folder / "key"
    command = ["ssh-keygen", "-q", "-t", kind or "ed25519", "-N", passphrase, "-C", "bot", "-f", str(key)]
    subprocess.run(command, check=True)
    public = key.with_suffix(".pub").read_text()
    (folder / "allowed").write_text(f"bot@example.test {public}")
    key.with_suffix(".pub").unlink()
    settings = ("gpg.format=ssh", f"gpg.ssh.allowedSignersFile={folder / 'allowed'}")
    return Keys("ssh", key, settings, str(folder))


def _openpgp(folder: Path, passphrase: str, kind: str) -> Keys:
    folder.chmod(0o700)
    (folder / "gpg-agent.conf").write_text("s2k-count 65536\n")  # else each agent tries for seconds what takes 100 ms
    gpg = ["gpg", "--homedir", str(folder), "--batch", "--quiet", "--pinentry-mode", "loopback"]
    secret = ["--passphrase", passphrase]
    subprocess.run([*gpg, *secret, "--quick-generate-key", "bot@example.test", kind or "ed25519", "sign"], check=True)
    told = subprocess.run([*gpg, *secret, "--armor", "--export-secret-keys"], capture_output=True, check=True)
    (folder / "key").write_bytes(told.stdout)
    return Keys("openpgp", folder / "key", (), str(folder))
