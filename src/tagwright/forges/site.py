"""Which forge serves a repository, where its API is, and which token may be sent there.

    https://github.com/acme/deploy.git       github   https://api.github.com            acme/deploy
    git@ghe.example.com:acme/deploy.git      github   https://ghe.example.com/api/v3    acme/deploy   (kind said)
    ssh://git@gitlab.com/team/sub/deploy     gitlab   https://gitlab.com                team/sub/deploy

A token comes from the settings, else from TAGWRIGHT_GIT_TOKEN, else from the CI job's own
variable, and that only towards the server the job itself runs for. No token but a job's own
travels over plain http to another machine.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tagwright.errors import UsageError
from tagwright.forges.base import Site
from tagwright.hosts import KNOWN_FORGES, forge_of
from tagwright.model import ForgeSettings, Secret

KINDS = {"github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea"}

_PORTS = {"http": 80, "https": 443}
_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>\[[^\]]+\]|[^:/\s]+):(?P<path>[^\s]*)")
_PART = re.compile(r"[A-Za-z0-9_.+-]+")


@dataclass(frozen=True, slots=True)
class _Remote:
    """A Git URL taken apart: `web` is scheme://host[:port] of the forge's web server, "" for a local path."""

    host: str
    web: str
    path: str


def locate(settings: ForgeSettings, repository_url: str, environ: Mapping[str, str]) -> Site:
    """The site of a repository. Raises UsageError where kind, address, project or token cannot be told."""
    try:
        remote = _remote(repository_url)
        given = _origin(settings.url)
    except ValueError as error:
        raise UsageError("the address of the repository or of its forge is no URL", hint="check its port") from error
    kind = settings.kind or _guess(remote.host, environ)
    if kind not in KINDS:
        raise UsageError(
            f"cannot tell which forge serves {remote.host or 'a local path'}",
            hint="say forge.kind (github, gitlab or gitea), or --forge KIND",
        )
    api = settings.url.rstrip("/") or _api(kind, remote)
    if not api or (settings.url and not given):
        raise UsageError(f"no address of {KINDS[kind]}'s API is known", hint="say forge.url, as https://HOST/…")
    project = _project(kind, remote, settings)
    token, job = _token(settings.token, kind, api, environ)
    return Site(KINDS[kind], api, project, token, job)


def kinds(repositories: Iterable[tuple[ForgeSettings, str]], environ: Mapping[str, str]) -> dict[str, str]:
    """Which forges serve these repositories: kinds by host[:port] of their web pages, as far as they can be told."""
    found = {}
    for settings, url in repositories:
        with suppress(ValueError):
            remote = _remote(url)
            found[remote.web.partition("://")[2]] = settings.kind or _guess(remote.host, environ)
    return {host: kind for host, kind in found.items() if host and kind}


def _remote(url: str) -> _Remote:
    if "://" not in url:
        scp = _SCP.fullmatch(url)
        if scp is None:
            return _Remote("", "", url)
        host = _public_host(scp["host"].strip("[]").lower())
        return _Remote(host, f"https://{_bracketed(host)}", scp["path"])
    parts = urlsplit(url)
    host = _public_host((parts.hostname or "").lower())
    if parts.scheme == "file" or not host:
        return _Remote("", "", unquote(parts.path))
    web = _origin(url) if parts.scheme in ("http", "https") else f"https://{_bracketed(host)}"
    return _Remote(host, web, unquote(parts.path))


def _origin(url: str) -> str:
    """scheme://host[:port] in lower case, without the port that the scheme implies; "" for no http URL."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port not in (None, _PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{_bracketed(parts.hostname.lower())}{port}"


def _public_host(host: str) -> str:
    """The host people see, where a forge has another for ssh over port 443."""
    return {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}.get(host, host)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _guess(host: str, environ: Mapping[str, str]) -> str:
    if host in KNOWN_FORGES or host.endswith(".ghe.com"):
        return forge_of(host)
    if host and host == _host_of(_gitlab_server(environ)):
        return "gitlab"
    if host and host == _host_of(environ.get("GITHUB_SERVER_URL", "")):
        return "gitea" if environ.get("GITEA_ACTIONS") else "github"
    return forge_of(host)


def _api(kind: str, remote: _Remote) -> str:
    """Where the API is when nobody says: GitHub's own differs from GitHub Enterprise Server's, /api/v3."""
    if not remote.web or kind != "github":
        return remote.web
    if remote.host == "github.com" or remote.host.endswith(".ghe.com"):
        return f"https://api.{remote.host}"
    return f"{remote.web}/api/v3"


def _project(kind: str, remote: _Remote, settings: ForgeSettings) -> str:
    path = remote.path.strip("/").removesuffix(".git")
    web = urlsplit(settings.url)
    below = web.path.strip("/") + "/"
    if kind == "gitlab" and web.hostname == remote.host and path.startswith(below):
        path = path.removeprefix(below)  # GitLab under a path of its host: https://example.com/gitlab/team/app
    parts = path.split("/")
    if not remote.host and settings.url:
        parts = parts[-2:]  # a mirror on disk of a project that settings.url serves
    told = remote.host or settings.url
    enough = len(parts) >= 2 if kind == "gitlab" else len(parts) == 2
    if not told or not enough or not all(_PART.fullmatch(part) and part.strip(".") for part in parts):
        raise UsageError(
            f"the repository's address names no project on {KINDS[kind]}",
            hint="expected a path like owner/name at the end of the URL",
        )
    return "/".join(parts)


def _token(secret: Secret | None, kind: str, api: str, environ: Mapping[str, str]) -> tuple[str, bool]:
    """A token for this API and whether it is a GitLab job's. The names asked, in the order of the interface."""
    named = _read(secret, environ) if secret else environ.get("TAGWRIGHT_GIT_TOKEN", "")
    if named or secret:
        if urlsplit(api).scheme == "http" and not _loopback(urlsplit(api).hostname or ""):
            raise UsageError(f"the token for {_origin(api)} would travel in clear text", hint="use https://")
        return _checked(named, (secret.env or secret.file) if secret else "TAGWRIGHT_GIT_TOKEN"), False
    for name, kinds, server in _job_tokens(environ):
        if environ.get(name) and kind in kinds and _serves(server, api):
            return _checked(environ[name], name), name == "CI_JOB_TOKEN"
    raise UsageError(
        f"no token for {KINDS[kind]} at {urlsplit(api).hostname}",
        hint="name one by forge.token_env, or set TAGWRIGHT_GIT_TOKEN",
    )


def _job_tokens(environ: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """A CI's variable, the kinds of forge it is for, and that CI's server; Gitea's runner sets GitHub's names too."""
    github = environ.get("GITHUB_SERVER_URL", "")
    gitea = environ.get("GITEA_SERVER_URL") or github
    return (
        ("CI_JOB_TOKEN", ("gitlab",), _gitlab_server(environ)),
        ("GITEA_TOKEN", ("gitea",), gitea),
        ("GITHUB_TOKEN", ("github", "gitea"), github),
    )


def _gitlab_server(environ: Mapping[str, str]) -> str:
    host = environ.get("CI_SERVER_HOST", "")
    return environ.get("CI_SERVER_URL") or (f"https://{host}" if host else "")


def _serves(server: str, api: str) -> bool:
    """Whether `api` belongs to the server a CI job runs for: the same origin, or GitHub's api.HOST."""
    own, asked = urlsplit(server), _origin(api)
    return bool(asked) and asked in (_origin(server), _origin(f"{own.scheme}://api.{own.netloc}"))


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _read(secret: Secret, environ: Mapping[str, str]) -> str:
    if secret.env:
        return environ.get(secret.env, "")
    try:
        return Path(secret.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the forge's token cannot be read from {secret.file}", hint="is the file there, and readable?"
        ) from error


def _checked(token: str, source: str) -> str:
    """A token that can stand in a header: a library's own complaint about one that cannot would quote it."""
    token = token.strip()
    if not token:
        raise UsageError(f"the forge's token is empty: {source}", hint="set it, or name another by forge.token_env")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"the forge's token in {source} holds a character no token has", hint="one line, no blanks")
    return token
