"""Signatures of commits: OpenSSH's and OpenPGP's, made by `ssh-keygen -Y sign` and `gpg`, as git itself makes them.

Nothing is started before the first signature. The key is copied into a private folder of this process (0700, on a short
path: gpg's agent listens there), so that the mode and the line ends of a mounted secret do not matter; the folder goes,
and the agent with it, when the signer is closed. No secret stands in an argument: a passphrase goes to gpg by a pipe,
to ssh-keygen by the environment of an askpass script.

An OpenSSH signature by an Ed25519 key is always the same for the same commit; an OpenPGP signature holds its time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tagwright.errors import GitError
from tagwright.git.processes import watched
from tagwright.model import Secret, Signing

_LONGEST_KEY = 1 << 20  # bytes
_LONGEST_PATH = 60  # characters: a socket's path has 108 at most, and the agent adds its own name
_LONGEST_PASSPHRASE = 1000  # characters
_TIMEOUT = 60.0  # seconds
_GPG = ("gpg", "--batch", "--no-tty", "--quiet")
_ASKPASS = "#!/bin/sh\nprintf '%s\\n' \"$TAGWRIGHT_PASSPHRASE\"\n"


class Signer(Protocol):
    """Signs the bytes of commits. To be closed."""

    def sign(self, payload: bytes) -> str:
        """The armoured signature. Raises GitError with the code "signing"."""

    def close(self) -> None:
        """Leave nothing behind."""


def signer(signing: Signing, environ: Mapping[str, str]) -> Signer:
    """Who signs as `signing` says; nothing is read or started yet."""
    return (_OpenPgp if signing.format == "openpgp" else _Ssh)(signing, environ)


class _Keyed:
    """A private folder with the key, made when it is first needed."""

    def __init__(self, signing: Signing, environ: Mapping[str, str]) -> None:
        self._signing, self._environ = signing, environ
        self._folder: Path | None = None

    def close(self) -> None:
        """Take the key away again."""
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _made(self) -> Path:
        try:
            usual = tempfile.gettempdir()
            folder = tempfile.mkdtemp(prefix="tw-", dir=usual if len(usual) < _LONGEST_PATH else "/tmp")  # noqa: S108
        except OSError as error:
            raise self._failed(
                f"no private folder can be made for it: {error.strerror}", "name one by TMPDIR"
            ) from None
        self._folder = Path(folder)
        return self._folder

    def _key(self) -> bytes:
        """The file's content. Raises GitError."""
        try:
            with open(self._signing.key_file, "rb") as file:
                found = file.read(_LONGEST_KEY)
        except OSError as error:
            raise self._failed(f"it cannot be read: {error.strerror}", "is the file there, and readable?") from None
        if not found.strip():
            raise self._failed("it is empty", "does the secret hold the key?")
        return found

    def _passphrase(self) -> str:
        """What unlocks the key, "" where nothing was named. Raises GitError where what was named is not there."""
        named = self._signing.passphrase
        if not named:
            return ""
        said = _read(named, self._environ).rstrip("\r\n")
        if not said or len(said) > _LONGEST_PASSPHRASE or "\n" in said:
            place = named.file or f"the environment variable {named.env}"
            raise self._failed(f"its passphrase is missing: {place} is no single line", "set it, or leave it out")
        return said

    def _run(
        self, *command: str, stdin: bytes = b"", more: Mapping[str, str] | None = None, fds: tuple[int, ...] = ()
    ) -> tuple[int, bytes, str]:
        """A program to its end: (exit status, output, messages). Raises GitError where it does not start or end."""
        home = str(self._folder)
        path = self._environ.get("PATH") or os.environ.get("PATH", os.defpath)
        variables = {"PATH": path, "HOME": home, "GNUPGHOME": home, "LC_ALL": "C", **(more or {})}
        try:
            process = subprocess.Popen(
                command,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=fds,
                start_new_session=True,
            )
        except OSError:
            package = "gnupg" if command[0].startswith("gpg") else "openssh-client"
            raise self._failed(f"there is no {command[0]} on this machine", f"install {package}") from None
        with process, watched(process):
            try:
                out, err = process.communicate(stdin, _TIMEOUT)
            except subprocess.TimeoutExpired:
                raise self._failed(f"{command[0]} does not end", "try the key by hand") from None
        return process.returncode, out, err.decode("utf-8", "replace")

    def _failed(self, what: str, hint: str) -> GitError:
        return GitError(f"commits cannot be signed with {self._signing.key_file}: {what}", hint=hint, code="signing")

    def _said(self, words: str) -> str:
        """The last thing a program said that explains, without the folder it saw."""
        lines = [line for line in words.replace(str(self._folder), "").splitlines() if line.strip()]
        said = lines[-1] if lines else "no word why"
        return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", said).strip()[:200]


class _Ssh(_Keyed):
    """`ssh-keygen -Y sign` in the namespace "git" (gitformat-signature(5), PROTOCOL.sshsig)."""

    def sign(self, payload: bytes) -> str:
        """One process."""
        folder = self._folder or self._prepared()
        more = {"SSH_ASKPASS_REQUIRE": "never"}
        if passphrase := self._passphrase():
            more = {
                "SSH_ASKPASS": str(folder / "askpass"),
                "SSH_ASKPASS_REQUIRE": "force",
                "TAGWRIGHT_PASSPHRASE": passphrase,
            }
        status, out, err = self._run(
            "ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", str(folder / "key"), stdin=payload, more=more
        )
        if status or not out.startswith(b"-----BEGIN SSH SIGNATURE-----"):
            raise self._failed(self._said(err), "try it: ssh-keygen -y -f KEY; a passphrase is named by passphrase_env")
        return out.decode("ascii")

    def _prepared(self) -> Path:
        key = self._key().replace(b"\r\n", b"\n").strip() + b"\n"
        if not key.startswith(b"-----BEGIN"):
            raise self._failed("it holds no private key", "expected what ssh-keygen writes without .pub")
        folder = self._made()
        for name, content, mode in (("key", key, 0o600), ("askpass", _ASKPASS.encode(), 0o700)):
            (folder / name).touch(mode)
            (folder / name).write_bytes(content)
        return folder


class _OpenPgp(_Keyed):
    """`gpg --detach-sign`, in a home of its own that holds this key alone."""

    def sign(self, payload: bytes) -> str:
        """One process, and an agent that stays until the end."""
        if not self._folder:
            self._prepare()
        passphrase = self._passphrase()
        reading, writing = os.pipe()
        try:
            with open(writing, "wb") as pipe:
                pipe.write(passphrase.encode() + b"\n")
            options = ("--pinentry-mode", "loopback", "--passphrase-fd", str(reading))
            status, out, err = self._run(*_GPG, *options, "--armor", "--detach-sign", stdin=payload, fds=(reading,))
        finally:
            os.close(reading)
        if status or not out.startswith(b"-----BEGIN PGP SIGNATURE-----"):
            raise self._failed(self._said(err), "is the key valid and may it sign? its passphrase: passphrase_env")
        return out.decode("ascii")

    def close(self) -> None:
        """End the agent, too."""
        if self._folder:
            with suppress(GitError):
                self._run("gpgconf", "--kill", "all")
                self._run("gpgconf", "--remove-socketdir")
        super().close()

    def _prepare(self) -> None:
        key = self._key()
        self._made()
        status, _, err = self._run(*_GPG, "--status-fd", "2", "--import", stdin=key)
        imported = re.search(r"^\[GNUPG:\] IMPORT_RES (?:\d+ ){9}(\d+)", err, re.MULTILINE)
        if not imported or imported[1] == "0":
            words = self._said(re.sub(r"^\[GNUPG:\].*\n?", "", err, flags=re.MULTILINE)) if status else "no secret key"
            self.close()
            raise self._failed(f"gpg takes no secret key from it ({words})", "gpg --armor --export-secret-keys KEY")


def _read(secret: Secret, environ: Mapping[str, str]) -> str:
    if not secret.file:
        return environ.get(secret.env, "")
    try:
        return Path(secret.file).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
