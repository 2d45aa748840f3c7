"""Programs that tell credentials: docker's credential helpers, and commands of one's own.

A program has `LIMIT` seconds, is ended with its children when it takes longer, and may say 64 KiB. What it says is
never repeated: it holds the secret, and its complaints may too.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from tagwright.credentials.kinds import Credentials, user_and_password
from tagwright.errors import RegistryDenied
from tagwright.hosts import DOCKER_HUB

LIMIT = 10.0
_MOST = 1 << 16
_HUB_KEY = "https://index.docker.io/v1/"
# docker-credential-helpers, credentials/error.go: what a helper says of a server that it does not know.
_UNKNOWN = b"credentials not found in native keychain"


def from_helper(helper: str, host: str, environ: Mapping[str, str]) -> Credentials | None:
    """What docker-credential-HELPER says of a host; None when it does not know it. Raises RegistryDenied."""
    if "/" in helper:
        raise RegistryDenied(f"{helper} is no credential helper", hint="expected what follows docker-credential-")
    name, server = f"docker-credential-{helper}", _HUB_KEY if host in DOCKER_HUB else host
    status, said = _run((name, "get"), server, environ, f"the credential helper {name}", "name another helper")
    if status and said.strip() == _UNKNOWN:
        return None
    hint = f"it has {LIMIT:.0f} seconds; try: echo {server} | {name} get"
    if status or not (found := _told(said)):
        raise RegistryDenied(f"the credential helper {name} gives no credentials for {host}", hint=hint)
    return found


def from_command(command: Sequence[str], host: str, environ: Mapping[str, str]) -> Credentials:
    """What a command says, told the host on its standard input: "user:password", or JSON as docker's helpers say it.

    Raises RegistryDenied.
    """
    what = f"the command {os.path.basename(command[0])}"
    status, said = _run(command, host, environ, what, "give its whole path")
    if status:
        raise RegistryDenied(f"{what} for {host} ends with exit code {status}", hint="try it in a shell")
    try:
        found = _told(said) if said.lstrip().startswith(b"{") else user_and_password(said.decode())
    except UnicodeDecodeError:
        found = None
    if not found:
        hint = 'expected user:password, or {"Username": …, "Secret": …}'
        raise RegistryDenied(f"{what} gives no credentials for {host}", hint=hint)
    return found


def _told(said: bytes) -> Credentials | None:
    """The helpers' answer; the user name "<token>" marks an identity token."""
    try:
        found = json.loads(said)
        username, secret = found["Username"], found["Secret"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not (isinstance(username, str) and isinstance(secret, str) and secret):
        return None
    return Credentials(identity=secret) if username == "<token>" else Credentials(username, secret)


def _run(command: Sequence[str], say: str, environ: Mapping[str, str], what: str, other: str) -> tuple[int, bytes]:
    """A program's exit code and output, told one line. Raises RegistryDenied when it cannot be started or ended."""
    program = _found(command[0], environ)
    if not program:
        raise RegistryDenied(f"there is no program {command[0]}", hint=f"install it, or {other}")
    try:
        process = subprocess.Popen(
            (program, *command[1:]),
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise RegistryDenied(f"{what} cannot be started: {error.strerror}", hint="is it a program?") from None
    with process:
        try:
            return _heard(process, say, what)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise


def _found(name: str, environ: Mapping[str, str]) -> str | None:
    """Where a program is. Relative parts of PATH do not count (Go's exec.ErrDot): where we are may be a checkout."""
    folders = (environ.get("PATH") or os.environ.get("PATH", os.defpath)).split(os.pathsep)
    return shutil.which(name, path=os.pathsep.join(filter(os.path.isabs, folders)))


def _heard(process: subprocess.Popen[bytes], say: str, what: str) -> tuple[int, bytes]:
    assert process.stdin
    assert process.stdout
    with suppress(OSError):  # it may not care to listen
        process.stdin.write(f"{say}\n".encode())
        process.stdin.close()
    end, said = time.monotonic() + LIMIT, b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        while True:
            if waiting.select(0.05):
                chunk = os.read(process.stdout.fileno(), _MOST)
                said += chunk
                if not chunk:
                    break
            elif process.poll() is not None:  # a child that it left behind holds the output open
                break
            if len(said) > _MOST or time.monotonic() > end:
                raise RegistryDenied(f"{what} {'says too much' if len(said) > _MOST else _SLOW}", hint="try it alone")
    try:
        return process.wait(max(0.1, end - time.monotonic())), said
    except subprocess.TimeoutExpired:
        raise RegistryDenied(f"{what} {_SLOW}", hint="try it in a shell") from None


_SLOW = f"does not answer within {LIMIT:.0f} seconds"
