"""Git over ssh on this machine: in process by asyncssh, or by the real OpenSSH server.

Both offer the same: `url(name)`, a `key` that may log in (and write, unless `read_only`), `known_hosts`.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import socket
import subprocess
import threading
import time
from asyncio import subprocess as asyncio_subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

_READ_ONLY = "ERROR: The key you are authenticating with has been marked as read only."


class GitSsh:
    """Where an ssh server is, and what it takes to enter."""

    def __init__(self, folder: Path, port: int, key: Path, known_hosts: Path, user: str) -> None:
        self.folder = folder
        self.port = port
        self.key = key
        self.known_hosts = known_hosts
        self.user = user

    def url(self, name: str) -> str:
        """The address of a repository."""
        return f"ssh://{self.user}@127.0.0.1:{self.port}/{name}"


def write_key(path: Path) -> str:
    """A new private key at `path`; its public half as a line."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.write_bytes(key.export_private_key())
    path.chmod(0o600)
    public: bytes = key.export_public_key()
    return public.decode().strip()


def _keys(folder: Path, port: int) -> tuple[Path, Path, str]:
    """(client key, known hosts, the client's public line); the host key is at `folder/host`."""
    folder.mkdir(parents=True, exist_ok=True)
    host = write_key(folder / "host")
    known = folder / "known hosts"
    known.write_text(f"[127.0.0.1]:{port} {host}\n", "utf-8")
    return folder / "client key", known, write_key(folder / "client key")


@contextmanager
def asyncssh_server(root: Path, folder: Path, read_only: bool = False) -> Iterator[GitSsh]:
    """Every repository under `root`, over ssh, in this process."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    key, known, public = _keys(folder, port)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> Any:
        return await asyncssh.listen(
            sock=listener,
            server_host_keys=[str(folder / "host")],
            authorized_client_keys=asyncssh.import_authorized_keys(public + "\n"),
            process_factory=lambda process: _serve(process, root, read_only),
            encoding=None,
        )

    server = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    try:
        yield GitSsh(folder, port, key, known, "git")
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(server: Any) -> None:
    server.close()
    await server.wait_closed()


async def _serve(process: Any, root: Path, read_only: bool) -> None:
    words = shlex.split(process.command or "")
    if len(words) != 2 or words[0] not in ("git-upload-pack", "git-receive-pack"):
        return _refuse(process, "no shell here")
    if read_only and words[0] == "git-receive-pack":
        return _refuse(process, _READ_ONLY)
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    if process.env.get("GIT_PROTOCOL"):
        environment["GIT_PROTOCOL"] = process.env["GIT_PROTOCOL"]
    pipe = asyncio_subprocess.PIPE
    service, path = words[0].removeprefix("git-"), str(root / words[1].lstrip("/"))
    child = await asyncio.create_subprocess_exec(
        "git", service, path, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
    )
    feeding = asyncio.ensure_future(_pump(process.stdin, child.stdin))
    await asyncio.gather(_pump(child.stdout, process.stdout), _pump(child.stderr, process.stderr))
    status = await child.wait()
    feeding.cancel()
    process.exit(status)
    return None


async def _pump(source: Any, sink: Any) -> None:
    while block := await source.read(65536):
        sink.write(block)
        await sink.drain()
    sink.write_eof()


def _refuse(process: Any, why: str) -> None:
    process.stderr.write(why.encode() + b"\n")
    process.exit(1)


@contextmanager
def openssh_server(root: Path, folder: Path, read_only: bool = False) -> Iterator[GitSsh]:
    """Every repository under `root`, over the real sshd; needs the program and, as root, /run/sshd."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    Path("/run/sshd").mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    key, known, public = _keys(folder, port)
    wrapper = folder / "wrapper"
    wrapper.write_text(_WRAPPER.format(root=shlex.quote(str(root)), mode="ro" if read_only else "rw"), "utf-8")
    wrapper.chmod(0o755)
    (folder / "authorized").write_text(f'restrict,command="{wrapper}" {public}\n', "utf-8")
    (folder / "config").write_text(_SSHD.format(port=port, folder=folder), "utf-8")
    server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "config")], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield GitSsh(folder, port, key, known, os.environ.get("USER") or "root")
    finally:
        server.terminate()
        server.wait()


_WRAPPER = """#!/bin/sh
cd {root} || exit 1
case "{mode} $SSH_ORIGINAL_COMMAND" in
  *" git-upload-pack '"*|"rw git-receive-pack '"*) ;;
  "ro git-receive-pack '"*)
    echo "ERROR: The key you are authenticating with has been marked as read only." >&2; exit 1 ;;
  *) echo "no shell here" >&2; exit 1 ;;
esac
service=${{SSH_ORIGINAL_COMMAND%% *}}
path=${{SSH_ORIGINAL_COMMAND#*"'/"}}
exec git "${{service#git-}}" "${{path%"'"}}"
"""

_SSHD = """ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host
PidFile none
AuthorizedKeysFile {folder}/authorized
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
AcceptEnv GIT_PROTOCOL
LogLevel ERROR
"""


def _wait_for(port: int, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(f"no server on port {port} after {seconds} s")
