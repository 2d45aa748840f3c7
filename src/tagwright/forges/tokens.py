"""What a forge's API is shown, and where that may be sent.

A token or a GitHub App comes from the settings; else a token from TAGWRIGHT_GIT_TOKEN, else the CI job's own, and that
only towards the server the job itself runs for. None but a job's own travels over plain http to another machine.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tagwright.errors import UsageError
from tagwright.forges.base import KINDS, App
from tagwright.model import ForgeSettings, Secret

_PORTS = {"http": 80, "https": 443}
_STARTS_NO_CHECKS = (
    "GitHub starts no checks for what is pushed and opened with GitHub Actions' own token: give Tagwright "
    "a GitHub App (`forge: {app: …}`), a personal access token or a deploy key"
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token, with a user's name where it is that user's password; or an app. `job_token`: it is a GitLab CI job's.

    `notice` is what people should know of what is done with it.
    """

    token: str = field(default="", repr=False)
    username: str = ""
    job_token: bool = False
    app: App | None = None
    notice: str = ""


def credentials(settings: ForgeSettings, kind: str, api: str, environ: Mapping[str, str]) -> Credentials:
    """What to show this API. The names asked, in the order of the interface. Raises UsageError."""
    if settings.app:
        return _of_app(settings, kind, api, environ)
    secret = settings.token
    named = _read(secret, environ) if secret else environ.get("TAGWRIGHT_GIT_TOKEN", "")
    if named or secret:
        _refuse_clear_text(api)
        token = _checked(named, (secret.env or secret.file) if secret else "TAGWRIGHT_GIT_TOKEN")
        username = _read(settings.username, environ).strip() if settings.username else ""
        return Credentials(token, username, notice=_notice(token, kind, api, environ))
    for name, kinds, server in _job_tokens(environ):
        if environ.get(name) and kind in kinds and _serves(server, api):
            token = _checked(environ[name], name)
            return Credentials(token, "", name == "CI_JOB_TOKEN", notice=_notice(token, kind, api, environ))
    raise UsageError(
        f"no token for {KINDS[kind]} at {urlsplit(api).hostname}",
        hint="name one by forge.token_env, or set TAGWRIGHT_GIT_TOKEN",
    )


def _of_app(settings: ForgeSettings, kind: str, api: str, environ: Mapping[str, str]) -> Credentials:
    assert settings.app is not None
    if kind != "github":
        raise UsageError(
            f"forge.app is GitHub's, and {urlsplit(api).hostname} is {KINDS[kind]}", hint="use forge.token_env"
        )
    _refuse_clear_text(api)
    key = _read(settings.app.private_key, environ).strip()
    if not key.startswith("-----BEGIN"):
        raise UsageError(
            "the private key of forge.app is no PEM file", hint="it begins with -----BEGIN RSA PRIVATE KEY-----"
        )
    return Credentials(app=App(settings.app.id, settings.app.installation, key))


def _refuse_clear_text(api: str) -> None:
    if urlsplit(api).scheme == "http" and not _loopback(urlsplit(api).hostname or ""):
        raise UsageError(f"the token for {origin(api)} would travel in clear text", hint="use https://")


def _notice(token: str, kind: str, api: str, environ: Mapping[str, str]) -> str:
    """GitHub's own rule against workflows that start themselves: docs.github.com/actions "GITHUB_TOKEN"."""
    own = kind == "github" and token == environ.get("GITHUB_TOKEN", "").strip()
    return _STARTS_NO_CHECKS if own and _serves(environ.get("GITHUB_SERVER_URL", ""), api) else ""


def _job_tokens(environ: Mapping[str, str]) -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """A CI's variable, the kinds of forge it is for, and that CI's server; Gitea's runner sets GitHub's names too."""
    github = environ.get("GITHUB_SERVER_URL", "")
    gitea = environ.get("GITEA_SERVER_URL") or github
    return (
        ("CI_JOB_TOKEN", ("gitlab",), gitlab_server(environ)),
        ("GITEA_TOKEN", ("gitea",), gitea),
        ("GITHUB_TOKEN", ("github", "gitea"), github),
    )


def gitlab_server(environ: Mapping[str, str]) -> str:
    """The GitLab that runs this job; "" where none does."""
    host = environ.get("CI_SERVER_HOST", "")
    return environ.get("CI_SERVER_URL") or (f"https://{host}" if host else "")


def origin(url: str) -> str:
    """scheme://host[:port] in lower case, without the port that the scheme implies; "" for no http URL."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port not in (None, _PORTS[parts.scheme]) else ""
    return f"{parts.scheme}://{bracketed(parts.hostname.lower())}{port}"


def bracketed(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _serves(server: str, api: str) -> bool:
    """Whether `api` belongs to the server a CI job runs for: the same origin, or GitHub's api.HOST."""
    own, asked = urlsplit(server), origin(api)
    return bool(asked) and asked in (origin(server), origin(f"{own.scheme}://api.{own.netloc}"))


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
