"""Who we are to a registry: from its settings, else from docker's config.json and the helpers it names.

docker config.json, in docker's order: `credHelpers` of that host, `credsStore`, `auths`. Entries are matched by the
exact host: one that names a path ("ghcr.io/acme") is not used for all of the host; say it under `registries:`.
Nothing here is logged, printed or put into a message but names of variables, files and programs.
"""

from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagwright.errors import RegistryDenied
from tagwright.model import RegistryCredentials, RegistrySettings, Secret

HELPER_TIMEOUT = 10.0
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_DOCKER_HUB_KEY = "https://index.docker.io/v1/"
# The credential helpers that these clouds publish for docker; they find their own identity.
_PROVIDERS = {"ecr": "ecr-login", "gar": "gcloud", "acr": "acr-env"}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and password, or a token, or docker's identity token. Nothing secret is ever printed.

    `token` is sent as a bearer to the registry's token server (or, where it has none, to the registry);
    `identity` is exchanged there by OAuth 2.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)

    @property
    def authorization(self) -> str:
        """The Authorization header to send: Basic, or Bearer for a token; "" for an identity token, which is none."""
        if self.token or self.identity:
            return f"Bearer {self.token}" if self.token else ""
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


def for_registry(host: str, settings: RegistrySettings | None, environ: Mapping[str, str]) -> Credentials | None:
    """Credentials for a registry's host[:port]; None when there are none.

    Raises RegistryDenied when some are named but cannot be had: asking as a stranger then would hide the mistake.
    """
    given = settings.credentials if settings else RegistryCredentials()
    if given.token:
        return Credentials(token=_secret(given.token, environ))
    if given.username or given.password:
        return Credentials(_secret(given.username, environ), _secret(given.password, environ))
    if program := given.helper or _PROVIDERS.get(given.provider, ""):
        return _from_helper(program, host, environ)
    config = _config_file(given.docker_config, environ)
    return _from_docker(config, host, environ) if config else None


def _secret(secret: Secret | None, environ: Mapping[str, str]) -> str:
    """The value that a `…_env` or `…_file` names, without the line's end that files have."""
    if secret is None:
        raise RegistryDenied("the credentials name only one of user name and password", hint="name both, or a token")
    if secret.env:
        if not environ.get(secret.env):
            raise RegistryDenied(f"the environment variable {secret.env} is not set", hint="the credentials name it")
        return environ[secret.env].strip()
    try:
        return Path(secret.file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise RegistryDenied(f"the file {secret.file} cannot be read", hint="the credentials name it") from None


def _config_file(named: str, environ: Mapping[str, str]) -> Path | None:
    """The docker configuration to read: the one named (it must be there), $DOCKER_CONFIG's, or the home folder's."""
    folder = environ.get("DOCKER_CONFIG") or (f"{environ['HOME']}/.docker" if environ.get("HOME") else "")
    path = Path(named or folder or "/nonexistent")
    path = path / "config.json" if path.is_dir() or not named else path
    if named and not path.is_file():
        raise RegistryDenied(f"there is no docker configuration {path}", hint="docker_config names it")
    return path if path.is_file() else None


def _from_docker(path: Path, host: str, environ: Mapping[str, str]) -> Credentials | None:
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        auths, helpers = dict(config.get("auths") or {}), dict(config.get("credHelpers") or {})
        store = config.get("credsStore")
    except (OSError, ValueError, AttributeError, TypeError):
        raise RegistryDenied(f"{path} is no docker configuration", hint="expected JSON with auths or helpers") from None
    program = next((name for key, name in helpers.items() if _is_host(key, host)), None) or store
    if program and (found := _from_helper(program, host, environ)):
        return found
    entry = next((entry for key, entry in auths.items() if _is_host(key, host)), None)
    return _entry(entry, path, host) if entry else None


def _is_host(key: str, host: str) -> bool:
    """Does a key ("ghcr.io", "https://ghcr.io/v2/") name this host, and all of it? Docker Hub has three names."""
    name, _, path = key.partition("://")[2].partition("/") if "://" in key else key.partition("/")
    if path.strip("/") not in ("", "v1", "v2"):
        return False
    return name == host or (name in _DOCKER_HUB and host in _DOCKER_HUB)


def _entry(entry: Any, path: Path, host: str) -> Credentials | None:
    """One entry of `auths`; {} is what docker leaves there when a store keeps the secret."""
    from docker import auth

    try:
        plain = {name: value for name, value in entry.items() if value}
        parsed = auth.parse_auth({host: plain}, raise_on_error=True)[host]
        if identity := parsed.get("IdentityToken"):
            return Credentials(identity=identity)
        username, password = parsed.get("username") or plain.get("username"), parsed.get("password")
        password = (password or plain.get("password") or "").rstrip("\0")
    except Exception:  # noqa: BLE001 (whatever is wrong with it, its text must not be repeated)
        raise RegistryDenied(f"the entry of {host} in {path} cannot be read", hint="docker login again") from None
    return Credentials(username, password) if username else None


def _from_helper(program: str, host: str, environ: Mapping[str, str]) -> Credentials | None:
    """Ask docker-credential-PROGRAM; None when it does not know the host. It has `HELPER_TIMEOUT` seconds."""
    name, answer = f"docker-credential-{program}", Future[Credentials | None]()
    if not shutil.which(name):
        raise RegistryDenied(f"there is no program {name}", hint="install it, or name another credential helper")

    def ask() -> None:
        try:
            answer.set_result(_helped(program, _DOCKER_HUB_KEY if host in _DOCKER_HUB else host, environ))
        except Exception as error:  # noqa: BLE001 (whatever it is, it must not wait unseen)
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(HELPER_TIMEOUT)
    except Exception:  # noqa: BLE001 (its text is the helper's output, which must not be repeated)
        hint = f"it has {HELPER_TIMEOUT:.0f} seconds; try: echo {host} | {name} get"
        raise RegistryDenied(f"the credential helper {name} gives no credentials for {host}", hint=hint) from None


def _helped(program: str, server: str, environ: Mapping[str, str]) -> Credentials | None:
    """What the helper says, by docker's protocol: the user name "<token>" marks an identity token."""
    from docker.credentials import CredentialsNotFound, Store

    try:
        found = Store(program, environment=dict(environ)).get(server)  # type: ignore[no-untyped-call]
    except CredentialsNotFound:
        return None
    if found["Username"] == "<token>":
        return Credentials(identity=found["Secret"])
    return Credentials(found["Username"], found["Secret"])
