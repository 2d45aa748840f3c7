"""Which forge serves a repository, and where its API is.

https://github.com/acme/deploy.git       github   https://api.github.com            acme/deploy
git@ghe.example.com:acme/deploy.git      github   https://ghe.example.com/api/v3    acme/deploy   (kind said)
ssh://git@gitlab.com/team/sub/deploy     gitlab   https://gitlab.com                team/sub/deploy
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tagwright.errors import UsageError
from tagwright.forges.base import KINDS, Site
from tagwright.forges.tokens import bracketed, credentials, gitlab_server, origin
from tagwright.hosts import KNOWN_FORGES, forge_of
from tagwright.model import ForgeSettings

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
        given = origin(settings.url)
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
    shown = credentials(settings, kind, api, environ)
    return Site(KINDS[kind], api, project, shown.token, shown.job_token, shown.username, shown.app, shown.notice)


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
        return _Remote(host, f"https://{bracketed(host)}", scp["path"])
    parts = urlsplit(url)
    host = _public_host((parts.hostname or "").lower())
    if parts.scheme == "file" or not host:
        return _Remote("", "", unquote(parts.path))
    web = origin(url) if parts.scheme in ("http", "https") else f"https://{bracketed(host)}"
    return _Remote(host, web, unquote(parts.path))


def _public_host(host: str) -> str:
    """The host people see, where a forge has another for ssh over port 443."""
    return {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}.get(host, host)


def _guess(host: str, environ: Mapping[str, str]) -> str:
    if host in KNOWN_FORGES or host.endswith(".ghe.com"):
        return forge_of(host)
    if host and host == _host_of(gitlab_server(environ)):
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
    if web.hostname == remote.host and path.startswith(below):
        path = path.removeprefix(below)  # a forge under a path of its host: https://example.com/gitlab/team/app
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


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or ""
