"""What can be said of a registry: where it is, whom we believe, who we are to it, and how much is asked of it."""

from __future__ import annotations

from typing import Any

from tagwright.config import checks
from tagwright.config.nodes import Place
from tagwright.config.secret_options import secret, secret_options
from tagwright.config.shapes import Choice, Duration, FilePath, Flag, Keys, Many, Number, OneOrMany, Option, Text
from tagwright.hosts import DOCKER_HUB, is_loopback
from tagwright.model import RegistryCredentials, RegistrySettings

_URL = Text("an address such as https://git.example.com", checks.url)
_OTHER_LOGINS = ("docker_config", "command", "helper", "provider")


def _build_credentials(values: dict[str, Any], at: Place) -> RegistryCredentials:
    username, password, token, login = (secret(values, key, at) for key in ("username", "password", "token", "login"))
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
        **secret_options("username", "the user's name"),
        **secret_options("password", "the password"),
        **secret_options("token", "a bearer token"),
        **secret_options("login", "user:password"),
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
    values["prefix"] = f"docker.io{slash}{path}" if host in DOCKER_HUB else prefix
    endpoints = values.pop("endpoint", ())
    for url in endpoints if len(endpoints) == 1 else ():
        parts = checks.split(url)
        loopback = parts and is_loopback(parts.hostname or "")
        if parts and parts.scheme == "http" and not loopback and not values.get("insecure"):
            at.key("endpoint").mistake("plain http to another machine", "say insecure: true if that is meant")
    if "client_key_file" in values and "client_cert_file" not in values:
        at.mistake("a client_key_file goes with a client_cert_file")
    values |= _proxy_login(values, at)
    return RegistrySettings(endpoints=endpoints, **values), at


def _proxy_login(values: dict[str, Any], at: Place) -> dict[str, Any]:
    """The keys of the proxy's login, taken out of the values."""
    login = {key: secret(values, key, at) for key in ("proxy_username", "proxy_password")}
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
        **secret_options("proxy_username", "the user's name for the proxy"),
        **secret_options("proxy_password", "the password for the proxy"),
        "requests_per_second": Option(Number(fractions=True), "at most this many"),
        "tags_max_age": Option(
            Duration(), "a list of tags read so recently is not asked for again; absent = always ask"
        ),
        "accept_shrunk": Option(Flag(), "lists that lost more than half of their tags are believed"),
    },
    build=_build_registry,
    required=("prefix",),
)
