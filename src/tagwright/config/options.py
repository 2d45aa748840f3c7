"""What can be configured: every key, once. The parser, the JSON schema and the README's table come from here.

Each mapping of the configuration is a `Keys`: its options with one sentence each, and a
`_build…` function that makes the frozen value of `model.py` and notes what no single key
can see. `operator=True` marks what a repository's own file may not set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tagwright import globs
from tagwright.config import checks
from tagwright.config.nodes import Place
from tagwright.config.policy_options import POLICY
from tagwright.config.shapes import (
    Choice,
    Duration,
    EnvName,
    FilePath,
    Flag,
    Keys,
    Many,
    Number,
    OneOrMany,
    Option,
    Text,
)
from tagwright.config.window_options import GLOBS, HOLD, IMAGES, WINDOWS, windows
from tagwright.model import (
    Binding,
    ForgeSettings,
    GitAccess,
    RegistryCredentials,
    RegistrySettings,
    Rule,
    Secret,
    Signing,
)

_HUB_NAMES = ("index.docker.io", "registry-1.docker.io")
GROUPS = ("image", "directory", "all")

_LINE = Text()
_URL = Text("an address such as https://git.example.com", checks.url)


def _secret_options(key: str, about: str) -> dict[str, Option]:
    return {
        f"{key}_env": Option(EnvName(), f"environment variable that holds {about}"),
        f"{key}_file": Option(FilePath(), f"file that holds {about}"),
    }


def _secret(values: Mapping[str, Any], key: str, at: Place) -> Secret | None:
    env, file = values.get(f"{key}_env", ""), values.get(f"{key}_file", "")
    if env and file:
        at.mistake(f"got {key}_env and {key}_file, expected one of them")
    return Secret(env, file) if env or file else None


# ── rules and files ──────────────────────────────────────────────────────────


def _build_rule(values: dict[str, Any], at: Place) -> Rule | None:
    if not values.get("images") and not values.get("files"):
        at.mistake("says neither images nor files", 'images: ["**"] means every image')
        return None
    images = tuple(globs.image_pattern(pattern) for pattern in values.pop("images", ("**",)))
    return Rule(images, path=at.file, line=at.line, windows=windows(values), **values)


RULE = Keys(
    {
        "images": Option(IMAGES, "globs on the normalised repository name"),
        "files": Option(GLOBS, "only in files that match one of these globs"),
        "policy": Option(POLICY, "which tag is wanted"),
        "name": Option(Text("a name", checks.rule_name), "what Flux markers and people call the rule"),
        "group": Option(Text("a label", checks.word), "delivered with all others of this label"),
        **WINDOWS,
    },
    build=_build_rule,
    required=("policy",),
)

BINDING = Keys(
    {
        "image": Option(
            Text("the name of an image repository", checks.bound_image),
            "whose tag the value is; {name} and {folder} are those of the file",
        ),
        "files": Option(GLOBS, "globs of the files it stands in"),
        "key": Option(
            _LINE, "how the way to it ends, such as API_TAG or image.tag; absent = the whole file is the tag"
        ),
    },
    build=lambda values, at: Binding(**values, source=f"{at.file}:{at.line}"),
    required=("image", "files"),
)

DEFAULTS = Keys(
    {"policy": Option(POLICY, "for references that no marker and no rule names")},
    build=lambda values, _at: values["policy"],
    required=("policy",),
)

FILES = Keys(
    {
        "include": Option(GLOBS, "globs of the files to read; absent = all"),
        "exclude": Option(GLOBS, "globs of files to leave alone; wins over include"),
    },
    build=lambda values, at: {**values, "source": f"{at.file}:{at.line}"},  # a target overrides one by one
)


# ── delivery ─────────────────────────────────────────────────────────────────

_AUTHOR = Keys(
    {
        "name": Option(Text("a name", checks.person), "who the commits are by"),
        "email": Option(Text("an e-mail address", checks.person), "and their address"),
    },
    build=lambda values, _at: {f"author_{key}": value for key, value in values.items()},
)

_SIGNING = Keys(
    {
        "format": Option(Choice(("ssh", "openpgp")), "kind of signature"),
        "key_file": Option(FilePath(), "file that holds the key"),
    },
    build=lambda values, _at: Signing(**values),
    required=("format", "key_file"),
)


_NOT_YET = {"auto_merge": False, "max_open": 10, "signing": None}  # read, and refused when they ask for anything


def _build_delivery(values: dict[str, Any], at: Place) -> dict[str, Any]:
    """The keyword arguments of `model.Delivery` that were given, so that a target can override one by one."""
    for key, nothing in _NOT_YET.items():
        if values.get(key, nothing) != nothing:
            at.key(key).mistake("not supported by this version", "leave it out")
    author = values.pop("author", {})
    return {**values, **author}


DELIVERY = Keys(
    {
        "mode": Option(Choice(("pull-request", "commit")), "how a change is delivered", operator=True),
        "group": Option(
            Text("image, directory, all or a rule's group", checks.word), "what goes together: image, directory, all"
        ),
        "branch_prefix": Option(Text("such as tagwright/", checks.branch_prefix), "how branches begin", operator=True),
        "title": Option(Text(), "title of a pull request and first line of its commit (Jinja2)"),
        "commit_message": Option(Text(lines=True), "the commit message (Jinja2)", operator=True),
        "labels": Option(Many(_LINE), "labels of a pull request"),
        "reviewers": Option(Many(_LINE), "who is asked to review"),
        "assignees": Option(Many(_LINE), "who it is assigned to"),
        "draft": Option(Flag(), "open pull requests as drafts"),
        "auto_merge": Option(
            Flag(), "let the forge merge when its checks pass; true is not supported by this version", operator=True
        ),
        "max_open": Option(
            Number(),
            "at most this many open pull requests; not enforced by this version, which takes 10 alone",
            operator=True,
        ),
        "author": Option(_AUTHOR, "who commits", operator=True),
        "signing": Option(_SIGNING, "sign commits; not supported by this version", operator=True),
    },
    build=_build_delivery,
)


# ── registries ───────────────────────────────────────────────────────────────


_OTHER_LOGINS = ("docker_config", "command", "helper", "provider")


def _build_credentials(values: dict[str, Any], at: Place) -> RegistryCredentials:
    username, password, token, login = (_secret(values, key, at) for key in ("username", "password", "token", "login"))
    if (username is None) != (password is None) and not at.marred():
        at.mistake("a username and a password belong together")
    ways = [bool(username or password), bool(token), bool(login), *(key in values for key in _OTHER_LOGINS)]
    if sum(ways) != 1 and not at.marred():
        at.mistake(
            "expected exactly one way to log in: "
            "username and password, login, token, docker_config, command, helper, provider"
        )
    for key in ("docker_config", "command"):
        if values.get(key) == ():
            at.key(key).mistake("names nothing")
    other = {key: values[key] for key in _OTHER_LOGINS if key in values}
    return RegistryCredentials(username, password, token, login, **other)


_CREDENTIALS = Keys(
    {
        **_secret_options("username", "the user's name"),
        **_secret_options("password", "the password"),
        **_secret_options("token", "a bearer token"),
        **_secret_options("login", "user:password"),
        "docker_config": Option(
            OneOrMany(FilePath()), "a docker config.json or a mounted pull secret, or a list of them; or their folders"
        ),
        "command": Option(Many(Text()), "a program and its arguments; it says user:password, and has 10 s"),
        "helper": Option(Text("such as ecr-login", checks.word), "a docker credential helper by its short name"),
        "provider": Option(Choice(("ecr", "gar", "acr")), "the cloud whose identity this machine has"),
    },
    build=_build_credentials,
)


def _build_registry(values: dict[str, Any], at: Place) -> tuple[RegistrySettings, Place]:
    prefix = values["prefix"].rstrip("/")
    host, slash, path = prefix.partition("/")
    values["prefix"] = f"docker.io{slash}{path}" if host in _HUB_NAMES else prefix
    endpoints = values.pop("endpoint", ())
    for url in endpoints if len(endpoints) == 1 else ():
        parts = checks.split(url)
        loopback = parts and re.fullmatch(r"localhost|127\..*|::1", parts.hostname or "")
        if parts and parts.scheme == "http" and not loopback and not values.get("insecure"):
            at.key("endpoint").mistake("plain http to another machine", "say insecure: true if that is meant")
    if "client_key_file" in values and "client_cert_file" not in values:
        at.mistake("a client_key_file goes with a client_cert_file")
    values |= _proxy_login(values, at)
    return RegistrySettings(endpoints=endpoints, **values), at


def _proxy_login(values: dict[str, Any], at: Place) -> dict[str, Any]:
    """The keys of the proxy's login, taken out of the values."""
    login = {key: _secret(values, key, at) for key in ("proxy_username", "proxy_password")}
    if any(login.values()) and not (all(login.values()) and values.get("proxy", "none") != "none"):
        at.mistake("a proxy's username and password go together, and with a proxy")
    for key in login:
        values.pop(f"{key}_env", None)
        values.pop(f"{key}_file", None)
    return login


REGISTRY = Keys(
    {
        "prefix": Option(Text("such as ghcr.io", checks.prefix), "images under this host or path; the longest wins"),
        "endpoint": Option(OneOrMany(_URL), "ask here instead, or a list: one after the other until one answers"),
        "credentials": Option(_CREDENTIALS, "how to log in; absent = docker's own config.json"),
        "insecure": Option(Flag(), "allow plain http and unverified TLS"),
        "ca_file": Option(FilePath(), "certificates to trust, PEM"),
        "client_cert_file": Option(FilePath(), "our certificate for TLS, PEM; sent to this registry's host alone"),
        "client_key_file": Option(FilePath(), "its key, where it is not in the same file"),
        "proxy": Option(Text("none or http://host:port", checks.proxy), "absent = as HTTPS_PROXY and NO_PROXY say"),
        **_secret_options("proxy_username", "the user's name for the proxy"),
        **_secret_options("proxy_password", "the password for the proxy"),
        "requests_per_second": Option(Number(fractions=True), "at most this many"),
        "tags_max_age": Option(
            Duration(), "a list of tags read so recently is not asked for again; absent = always ask"
        ),
        "accept_shrunk": Option(Flag(), "lists that lost more than half of their tags are believed"),
    },
    build=_build_registry,
    required=("prefix",),
)


# ── targets ──────────────────────────────────────────────────────────────────

_FORGE = Keys(
    {
        "kind": Option(Choice(("github", "gitlab", "gitea")), "guessed from the repository's host where it can be"),
        "url": Option(_URL, "base address of its API, where it is not the usual one"),
        **_secret_options("token", "a token for its API, and for Git over http(s) unless `access` says otherwise"),
    },
    build=lambda values, at: ForgeSettings(values.get("kind", ""), values.get("url", ""), _secret(values, "token", at)),
)

_ACCESS = Keys(
    {
        **_secret_options("token", "a token or password for Git over http(s)"),
        **_secret_options("username", "the user's name that goes with it"),
        "ssh_key_file": Option(FilePath(), "private key for Git over ssh"),
        "known_hosts": Option(FilePath(), "host keys to trust, as ssh writes them"),
    },
    build=lambda values, at: GitAccess(
        _secret(values, "token", at),
        _secret(values, "username", at),
        values.get("ssh_key_file", ""),
        values.get("known_hosts", ""),
    ),
)

# What the file's top level and every target can say; a target's word overrides the file's.
_SCOPED: dict[str, Option] = {
    "rules": Option(Many(RULE), "which policy rules which references; the first that matches decides"),
    "defaults": Option(DEFAULTS, "for references that no marker and no rule names; absent = they are left alone"),
    "files": Option(FILES, "which files are read"),
    "references": Option(Many(BINDING), "values that name no image, and whose tags they are"),
    "delivery": Option(DELIVERY, "how changes reach the repository"),
    **WINDOWS,
    "holds": Option(Many(HOLD), "references that stay as they are; all are kept, a target's and a repository's too"),
    "allow_repository_config": Option(Flag(), "whether the repository's own .tagwright.yaml counts", operator=True),
}

TARGET = Keys(
    {
        "name": Option(Text("a name", checks.word), "what people call it; absent = the last part of the repository"),
        "repository": Option(
            Text("a Git address", checks.repository), "a Git address, or the path of a bare repository"
        ),
        "branch": Option(_LINE, "absent = the remote's HEAD"),
        "access": Option(_ACCESS, "how to log in to Git"),
        "forge": Option(_FORGE, "where pull requests are opened"),
        **_SCOPED,
    },
    build=lambda values, at: (values, at),
    required=("repository",),
)

FILE = Keys(
    {
        "version": Option(Choice(("1",)), "of this format"),
        "registries": Option(Many(REGISTRY), "only what differs from https and docker's own login", operator=True),
        **_SCOPED,
        "targets": Option(Many(TARGET), "the repositories to keep up to date", operator=True),
    },
    build=lambda values, at: (values, at),
)


def rows(keys: Keys = FILE, path: str = "") -> Iterator[tuple[str, str]]:
    """Every option as (path, sentence), in the order declared: the README's table."""
    for key, option in keys.options.items():
        inner = option.shape.of if isinstance(option.shape, Many) else option.shape
        name = f"{path}{key}" + ("[]" if isinstance(option.shape, Many) else "")
        yield name, option.about
        if isinstance(inner, Keys):
            yield from rows(inner, f"{name}.")
