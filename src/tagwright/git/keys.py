"""The ssh key of a target, looked at before ssh does: what ssh only hints at is said in words.

ssh takes no key of its user's own that others may read (`sshkey_perm_ok` in OpenSSH's authfile.c). It asks nobody for
a passphrase when nobody is there, and then says no more than "Permission denied". The kinds of files are those of
OpenSSH's PROTOCOL.key and of RFC 1421 and 5958.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from pathlib import Path

from tagwright.errors import GitDenied

_MOST = 1 << 16  # bytes
_OURS = b"openssh-key-v1\0"
_BEGIN, _END = b"-----BEGIN OPENSSH PRIVATE KEY-----", b"-----END"


def check(file: str, environ: Mapping[str, str]) -> None:
    """Raise GitDenied where ssh could not use the key: not to be read, open to others, or locked without an agent."""
    path = Path(file).expanduser()
    try:
        with path.open("rb") as opened:
            state, data = os.fstat(opened.fileno()), opened.read(_MOST)
    except OSError as error:
        raise GitDenied(
            f"the ssh key cannot be read from {file}: {error.strerror}",
            hint="check --ssh-key-file (access.ssh_key_file), and that this user may read it",
        ) from error
    if state.st_uid == os.getuid() and state.st_mode & 0o077:
        raise GitDenied(
            f"others may read the ssh key {file}, so ssh does not use it",
            hint=f"chmod 600 {file} (of a Kubernetes secret: defaultMode: 0400)",
        )
    if _is_locked(data) and not environ.get("SSH_AUTH_SOCK"):
        raise GitDenied(
            f"the ssh key {file} is locked by a passphrase, and there is nobody to ask for it",
            hint="give a key without one, or unlock it in an ssh agent",
        )


def _is_locked(data: bytes) -> bool:
    if not data.lstrip().startswith(_BEGIN):
        return b"ENCRYPTED" in data
    try:
        whole = base64.b64decode(data.partition(_BEGIN)[2].partition(_END)[0])
    except binascii.Error:
        return False
    size = len(_OURS) + 4  # then the name of the cipher, after its length
    return whole.startswith(_OURS) and whole[size : size + 4] != b"none"
