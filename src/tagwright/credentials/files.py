"""Files that hold logins: docker's config.json, Kubernetes' pull secrets, podman's auth.json.

In docker's order: `credHelpers` of that host, `credsStore`, `auths`. A key of `auths` names a whole host, or a path
below it, as Kubernetes and podman have it: the longest path wins, matched on whole parts, and a `*` stands within one
part of the host's name (kubernetes.io, "Images", "Interpretation of config.json"). Docker would use a key with a path
for all of its host, and Kubernetes for what merely begins with the same letters: both send secrets where nobody said.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tagwright.credentials.kinds import Credentials
from tagwright.errors import RegistryDenied
from tagwright.hosts import DOCKER_HUB

_LEGACY = ".dockercfg"
_IN_FOLDER = ("config.json", ".dockerconfigjson", _LEGACY, "auth.json")


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one registry's credentials stand in a file: a helper's name, or a key of `auths` and what it holds."""

    file: Path
    helper: str = ""
    key: str = ""
    path: str = ""

    @property
    def place(self) -> str:
        """In words; never a secret."""
        return f"docker config {self.file}, " + (f"helper {self.helper}" if self.helper else f"key {self.key}")


@dataclass(frozen=True, slots=True)
class Logins:
    """One file, read."""

    file: Path
    auths: Mapping[str, Any]
    helpers: Mapping[str, Any]
    store: str

    def entries(self, host: str) -> Iterator[Entry]:
        """Where a host's credentials may be: helpers first, then keys, exact hosts before patterns."""
        programs = [name for key, name in self.helpers.items() if _below(key, host) == ""]
        for name in (*programs, self.store):
            if name and isinstance(name, str):
                yield Entry(self.file, helper=name)
        for key in sorted(self.auths, key=lambda key: "*" in key):
            path = _below(key, host)
            if path is not None:
                yield Entry(self.file, key=key, path=path)

    def read(self, entry: Entry, host: str) -> Credentials | None:
        """What a key holds; None for {}, which docker leaves there when a store keeps the secret."""
        try:
            return _login({name: value for name, value in self.auths[entry.key].items() if value})
        except (AttributeError, TypeError, ValueError, binascii.Error):
            message = f"the entry of {host} in {self.file} cannot be read"
            raise RegistryDenied(message, hint="docker login again") from None


def opened(named: Iterable[str], environ: Mapping[str, str]) -> tuple[Logins, ...]:
    """The files that are named, which must be there, else those that docker and podman would read, if they are.

    A folder stands for the file in it, such as a mounted secret's. Raises RegistryDenied.
    """
    paths = [_named(Path(name)) for name in named] or [path for path in _usual(environ) if os.path.isfile(path)]
    return tuple(_read(path) for path in paths)


def _named(path: Path) -> Path:
    found = next((path / name for name in _IN_FOLDER if os.path.isfile(path / name)), path)
    if not os.path.isfile(found):
        raise RegistryDenied(f"there is no docker configuration {path}", hint="docker_config names it")
    return found


def _usual(environ: Mapping[str, str]) -> Iterator[Path]:
    """Docker's, then podman's (containers-auth.json(5)); what a variable names goes before what is merely there."""
    home = Path(environ["HOME"]) if environ.get("HOME") else None
    if folder := environ.get("DOCKER_CONFIG"):
        yield Path(folder) / "config.json"
    if file := environ.get("REGISTRY_AUTH_FILE"):
        yield Path(file)
    if home and not environ.get("DOCKER_CONFIG"):
        yield home / ".docker/config.json"
    if environ.get("REGISTRY_AUTH_FILE"):
        return
    if folder := environ.get("XDG_RUNTIME_DIR"):
        yield Path(folder) / "containers/auth.json"
    if folder := environ.get("XDG_CONFIG_HOME") or (f"{home}/.config" if home else ""):
        yield Path(folder) / "containers/auth.json"


def _read(path: Path) -> Logins:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        config = {"auths": found} if path.name == _LEGACY else found
        auths, helpers = dict(config.get("auths") or {}), dict(config.get("credHelpers") or {})
        return Logins(path, auths, helpers, config.get("credsStore") or "")
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        raise RegistryDenied(f"{path} is no docker configuration", hint="expected JSON with auths or helpers") from None


def _below(key: str, host: str) -> str | None:
    """The path below a host that a key ("ghcr.io", "https://ghcr.io/v2/", "*.example.com/team") names, "" for all of
    it; None for another host. Docker Hub has three names."""
    name, _, path = key.partition("://")[2].partition("/") if "://" in key else key.partition("/")
    if not (_is_host(name, host) or (name in DOCKER_HUB and host in DOCKER_HUB)):
        return None
    version, _, rest = path.strip("/").partition("/")
    return rest if version in ("v1", "v2") else path.strip("/")


def _is_host(pattern: str, host: str) -> bool:
    """Part by part, so that * does not cross a dot; ports are never patterns."""
    if "*" not in pattern:
        return pattern == host
    (wanted, _, wanted_port), (name, _, port) = pattern.partition(":"), host.partition(":")
    parts, names = wanted.split("."), name.split(".")
    return wanted_port == port and len(parts) == len(names) and all(map(fnmatchcase, names, parts))


def _login(entry: Mapping[str, Any]) -> Credentials | None:
    """One entry, in docker's order. Raises TypeError or ValueError for what is none."""
    for kind in ("registrytoken", "identitytoken"):
        if token := entry.get(kind):
            return Credentials(straight=_text(token)) if kind == "registrytoken" else Credentials(identity=_text(token))
    if auth := entry.get("auth"):
        text = base64.b64decode(_text(auth).strip(), validate=True).decode().rstrip("\0\r\n")
        username, colon, password = text.partition(":")
        if not (username and colon):
            raise ValueError("no user name")
        # The name that docker's stores give identity tokens is found in files, too.
        return Credentials(identity=password) if username == "<token>" else Credentials(username, password)
    named = entry.get("username")
    return Credentials(_text(named), _text(entry.get("password", ""))) if named else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
