"""How to log in to a Git remote, and the closed environment every git process runs in.

`choose_login` picks the credentials for an address, `environment` turns them into variables. Nothing here starts a
process or opens a connection.

**Credentials.** The target's own token; else TAGWRIGHT_GIT_TOKEN; else the token of the CI job we run in, and that
one only towards the CI's own server (same scheme, host and port). git asks for them through its credential
protocol: a helper given in the environment and bound to that one origin, so no token stands in an argument, a URL
or a file, and a redirect to another host gets none. A token never travels over plain http, except to this machine,
or as a CI's own token to a CI server that is itself on plain http (its runner sends it there already). ssh logs in
with the key file given, else with the agent or the user's own keys.

**Environment.** System and user configuration, hooks, prompts, credential helpers, URL rewriting and every GIT_*
variable of the surroundings are off, but for GIT_SSL_CAINFO and GIT_SSL_CAPATH (a company's own authority).
Proxies and SSH_AUTH_SOCK stay.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tagwright.errors import GitDenied, GitError, UsageError
from tagwright.git import keys
from tagwright.git.address import Remote, origin_of
from tagwright.model import GitAccess, Secret

_HELPER = (
    '!f() { test "$1" = get && '
    'printf "username=%s\\npassword=%s\\n" "$TAGWRIGHT_ASKPASS_USERNAME" "$TAGWRIGHT_ASKPASS_PASSWORD"; }; f'
)
_KEPT = ("GIT_SSL_CAINFO", "GIT_SSL_CAPATH")
_PASSED = (*_KEPT, "PATH", "SSH_AUTH_SOCK")
_PROXIES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and password (or token) for one origin. Neither is in its repr."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "Login(…)"


# ── credentials ──────────────────────────────────────────────────────────────


def choose_login(remote: Remote, access: GitAccess, environ: Mapping[str, str]) -> Login | None:
    """The credentials for `remote`, or None: file and ssh need none, and without a token git goes unnamed.

    Raises GitDenied when the place a secret was promised at is empty, an ssh key cannot be used, or a token would
    travel in clear text.
    """
    if remote.scheme == "ssh" and access.ssh_key_file:
        keys.check(access.ssh_key_file, environ)
    if remote.scheme not in ("https", "http"):
        return None
    named = _read(access.username, environ, "user name") or remote.user
    token = _read(access.token, environ, "token") or environ.get("TAGWRIGHT_GIT_TOKEN", "").strip()
    if token and remote.scheme == "http" and not _loopback(remote.host):
        raise GitDenied(
            f"the token for {remote.origin} would travel in clear text, so it was not sent", hint="use https://"
        )
    if token:
        return _checked(Login(named or "x-access-token", token))
    return _ci_login(remote, environ)


def _ci_login(remote: Remote, environ: Mapping[str, str]) -> Login | None:
    """The token of the CI job we are in, towards that CI's own server only.

    Servers and variables: docs.github.com "Variables", docs.gitlab.com "Predefined CI/CD variables"; the runners
    of Gitea and Forgejo set GitHub's names too.
    """
    github, gitea = environ.get("GITHUB_SERVER_URL", ""), environ.get("GITEA_SERVER_URL", "")
    gitlab = environ.get("CI_SERVER_URL") or "https://" + environ.get("CI_SERVER_HOST", "")
    offers = (
        ("GITHUB_TOKEN", github, "x-access-token"),
        ("CI_JOB_TOKEN", gitlab, "gitlab-ci-token"),
        ("GITEA_TOKEN", gitea or github, "x-access-token"),
    )
    for name, server, username in offers:
        if environ.get(name) and origin_of(server) == remote.origin:
            return _checked(Login(username, environ[name].strip()))
    return None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _read(secret: Secret | None, environ: Mapping[str, str], what: str) -> str:
    if secret is None:
        return ""
    try:
        value = Path(secret.file).read_text("utf-8") if secret.file else environ.get(secret.env, "")
    except (OSError, UnicodeDecodeError) as error:
        raise GitDenied(f"the Git {what} cannot be read from {secret.file}: {type(error).__name__}") from error
    if not value.strip():
        place = f"the file {secret.file}" if secret.file else f"the environment variable {secret.env}"
        raise GitDenied(f"the Git {what} is missing: {place} is empty or not set")
    return value.strip()


def _checked(login: Login) -> Login:
    """A line break would end the answer to git and begin another key of its credential protocol."""
    if re.search(r"[\x00-\x1f\x7f]", login.username + login.password):
        raise GitDenied("the Git user name or token holds control characters", hint="give it on one line")
    return login


# ── the closed environment ───────────────────────────────────────────────────


def environment(
    remote: Remote, access: GitAccess, login: Login | None, home: Path, environ: Mapping[str, str]
) -> dict[str, str]:
    """Every variable git needs to see nothing of its surroundings but proxies, the agent and a company's authority.

    `home` is a private folder that holds `gitconfig` (see `write_home`).
    """
    settings = _settings(remote, login)
    result = {name: environ[name] for name in environ if name in _PASSED or name.lower() in _PROXIES}
    result |= {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GIT_SSH_COMMAND": ssh_command(access),
        "GIT_SSH_VARIANT": "ssh",
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for index, (key, value) in enumerate(settings):
        result |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    if login:
        result |= {"TAGWRIGHT_ASKPASS_USERNAME": login.username, "TAGWRIGHT_ASKPASS_PASSWORD": login.password}
    return result


def strays(environ: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """The GIT_* variables of the surroundings that `ours` does not replace: to be taken away."""
    return sorted(name for name in environ if name.startswith("GIT_") and name not in ours)


def write_home(home: Path) -> None:
    """What must reach the git at the far end of a file:// remote too: the environment's settings do not, by design.

    The operator named that repository, whoever owns its folder; its own hooks and settings stay in force.
    Raises GitError where nothing can be written.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / "gitconfig").write_text("[safe]\n\tdirectory = *\n", "utf-8")
    except OSError as error:
        raise GitError(
            f"{home} cannot be written: {error.strerror}",
            hint="make room in the cache folder and TMPDIR",
            code="git-no-space",
        ) from error


def _settings(remote: Remote, login: Login | None) -> list[tuple[str, str]]:
    settings = [
        ("core.hooksPath", os.devnull),
        ("core.fsync", "none"),  # a mirror is disposable; a broken one is thrown away
        ("fastimport.unpackLimit", "1"),  # one small pack a commit: three times faster than one file an object
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("protocol.allow", "never"),
        (f"protocol.{remote.scheme}.allow", "always"),
        ("http.followRedirects", "initial"),
        ("http.lowSpeedLimit", "1"),
        ("http.lowSpeedTime", "60"),
        ("credential.helper", ""),
        ("fetch.recurseSubmodules", "false"),
        ("push.recurseSubmodules", "no"),
        ("push.gpgSign", "false"),
    ]
    if login:
        settings.append((f"credential.{remote.origin}.helper", _HELPER))
    return settings


def ssh_command(access: GitAccess) -> str:
    """The ssh client as a shell line: no configuration, no questions, no unknown host."""
    options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ConnectTimeout=30"]
    options += ["ServerAliveInterval=30"]
    if access.ssh_key_file:
        options += ["IdentitiesOnly=yes", f"IdentityFile={_ssh_path(access.ssh_key_file)}"]
    if access.known_hosts:
        options += [f"UserKnownHostsFile={_ssh_path(access.known_hosts)}", f"GlobalKnownHostsFile={os.devnull}"]
    return shlex.join(["ssh", "-F", os.devnull, *(part for option in options for part in ("-o", option))])


def _ssh_path(path: str) -> str:
    """A path as ssh_config(5) reads it: quoted against blanks, percent signs doubled."""
    absolute = os.path.abspath(os.path.expanduser(path))
    if '"' in absolute:
        raise UsageError("the path of an ssh key or known-hosts file holds a double quote", hint="rename the file")
    return '"' + absolute.replace("%", "%%") + '"'
