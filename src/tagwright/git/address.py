"""Where a Git remote is: addresses as people write them, checked.

https, http, ssh (also `git@host:path`), file, and the path of a bare or ordinary repository, which becomes a file://
URL because git ignores `--depth` for a plain path. A secret inside the address is refused, and not repeated.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from tagwright.errors import UsageError

SCHEMES = ("https", "http", "ssh", "file")
_SCP = re.compile(r"(?:(?P<user>[^@/:]+)@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^@/:\[\]]+):(?P<path>.*)", re.DOTALL)
_HELPER_FORM = re.compile(r"([A-Za-z0-9+.-]+)::")  # gitremote-helpers(7): runs any program
_TOKEN = re.compile(r"gh[pousr]_|github_pat_|gl[a-z]+-")
_LONGEST_USER = 19  # over http(s), where a token can stand alone; a name for ssh can be a key's long id
_NAME_IT = "a secret is named by its variable: --token-env NAME"
_BAD_BRANCH = re.compile(r"^[-/]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|^\.|\.lock(/|$)|[/.]$|^@?$")


@dataclass(frozen=True, slots=True)
class Remote:
    """A checked address: `url` for git, `scheme` of SCHEMES, `origin` ("https://host:port", lower case)."""

    url: str
    scheme: str
    origin: str = ""
    host: str = ""
    user: str = ""


def parse_remote(url: str) -> Remote:
    """The remote behind an address as people write it.

    Raises UsageError for a secret inside it (which is not repeated), another transport than SCHEMES, or an address
    git could take for an option.
    """
    if not url or url.startswith("-") or re.search(r"[\x00-\x1f\x7f]", url):
        raise UsageError("the repository address is empty, begins with '-' or holds control characters")
    if "://" in url:
        return _parse_url(url)
    scp = _SCP.fullmatch(url)
    if scp is None or os.path.lexists(url):
        return Remote("file://" + quote(os.path.abspath(url)), "file")
    if transport := _HELPER_FORM.match(url):
        raise _unknown_transport(transport[1])
    if scp["host"].lower() in SCHEMES or "@" in scp["path"]:
        raise UsageError("the repository address is neither a URL nor host:path", hint="is it https://…?")
    return _ssh(url, scp["host"].strip("[]"), scp["user"] or "", scp["path"])


def shown(url: str) -> str:
    """An address as people may see it: without the user before its host."""
    return re.sub(r"//[^/@]*@", "//", url)


def _parse_url(url: str) -> Remote:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("the repository address is no valid URL", hint="check its host and port") from None
    if parts.password is not None or "@" in (parts.netloc.rpartition("@")[0]):
        raise _secret_inside(parts)
    scheme = parts.scheme.lower()
    if scheme == "file":
        return Remote(url, "file")
    if "@" in parts.path:  # what stands before it can be the rest of a login whose secret holds a '/'
        raise UsageError("the path of the repository address holds an '@'", hint=f"write it %40; {_NAME_IT}")
    if parts.query or parts.fragment:
        raise UsageError(
            "the repository address has a query or a fragment", hint=f"leave '?…' and '#…' out; {_NAME_IT}"
        )
    if scheme == "ssh":
        return _ssh(url, parts.hostname or "", parts.username or "", parts.path)
    if scheme not in SCHEMES:
        raise _unknown_transport(scheme)
    return _parse_http(scheme + url[len(scheme) :], parts, scheme, port)


def _parse_http(url: str, parts: SplitResult, scheme: str, port: int | None) -> Remote:
    host = parts.hostname or ""
    user = parts.username or ""
    if _TOKEN.match(user) or len(user) > _LONGEST_USER:
        raise _secret_inside(parts)
    if not host or host.startswith("-"):
        raise UsageError("the repository address names no host")
    return Remote(url, scheme, _origin(scheme, host, port), host, user)


def _ssh(url: str, host: str, user: str, path: str) -> Remote:
    if _TOKEN.match(user):
        raise UsageError("the user of the repository address is a token", hint=f"is it https://…? {_NAME_IT}")
    if not host or host.startswith("-") or user.startswith("-") or path.startswith("-"):
        raise UsageError("the repository address names no host, or a part of it begins with '-'")
    return Remote(url, "ssh", "ssh://" + host.lower(), host, user)


def _origin(scheme: str, host: str, port: int | None) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    standard = {"https": 443, "http": 80}[scheme]
    return f"{scheme}://{bracketed.lower()}" + (f":{port}" if port not in (None, standard) else "")


def _secret_inside(parts: SplitResult) -> UsageError:
    return UsageError(
        f"the address of the repository on {parts.hostname or 'the remote'} holds a secret",
        hint=f"take it out; {_NAME_IT}",
    )


def _unknown_transport(scheme: str) -> UsageError:
    return UsageError(
        f"{scheme[:20]!r} is no transport for a repository", hint="use https, ssh, file, or the path of a repository"
    )


def check_branch(name: str) -> str:
    """`name`, if git takes it as a branch (git-check-ref-format); raises UsageError otherwise."""
    if _BAD_BRANCH.search(name):
        raise UsageError(f"{name!r} is no name for a branch", hint="see git-check-ref-format")
    return name


def origin_of(url: str) -> str:
    """The origin of an http(s) URL, as in Remote; empty for anything else."""
    try:
        parts = urlsplit(url)
        return _origin(parts.scheme, parts.hostname or "", parts.port) if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""
