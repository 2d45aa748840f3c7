"""What stands between: the proxy that a registry's settings name, or HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

A proxy is spoken to in plain http; to a host of https it opens a tunnel (CONNECT), in which TLS is ours from end to
end, so that it sees a host's name and its own login, and nothing else.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from tagwright.errors import RegistryUnreachable, UsageError
from tagwright.registries.web.origin import Origin, parse

_EXPECTED = "expected http://host:port; a proxy that wants TLS itself is not supported"


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where it is, and who we are to it."""

    origin: Origin
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """What is for the proxy alone."""
        login = base64.b64encode(f"{self.username}:{self.password}".encode(errors="surrogateescape")).decode()
        return {"Proxy-Authorization": f"Basic {login}"} if self.username else {}


@dataclass(frozen=True, slots=True)
class Via:
    """Which way a registry is reached, its token server too: by `proxy`, else as the environment says, or `direct`."""

    proxy: Proxy | None = None
    direct: bool = False

    def to(self, origin: Origin, environ: Mapping[str, str]) -> Proxy | None:
        """The proxy before an origin, None for none. Raises UsageError."""
        return self.proxy or (None if self.direct else of_environment(origin, environ))


def configured(url: str, username: str = "", password: str = "") -> Proxy:
    """The proxy that a registry's settings name. Raises UsageError, echoing nothing."""
    try:
        origin, _ = parse(url)
    except ValueError:
        raise UsageError("the proxy of a registry cannot be used", hint=_EXPECTED) from None
    if origin.scheme != "http":
        raise UsageError("the proxy of a registry cannot be used", hint=_EXPECTED)
    return Proxy(origin, username, password)


def of_environment(origin: Origin, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy that the environment asks for, None for none. This machine needs none.

    HTTP_PROXY in capitals is not read where REQUEST_METHOD stands beside it (CVE-2016-5385, "httpoxy").
    """
    name = f"{origin.scheme}_proxy"
    capitals = "" if name == "http_proxy" and "REQUEST_METHOD" in environ else environ.get(name.upper(), "")
    url = environ.get(name) or capitals
    if not url or origin.loopback or _spared(origin, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        return replace(configured(bare), username=unquote(parts.username or ""), password=unquote(parts.password or ""))
    except (UsageError, ValueError):
        raise UsageError("the proxy of HTTPS_PROXY or HTTP_PROXY cannot be used", hint=_EXPECTED) from None


def refused_by_proxy(proxy: Proxy, where: str, error: OSError) -> RegistryUnreachable | None:
    """What it means that no tunnel came about, None when it is not the proxy's doing.

    http.client tells a refused CONNECT by its status alone: "Tunnel connection failed: 407 …".
    """
    between = f"the proxy {proxy.origin.address}"
    found = re.match(r"Tunnel connection failed: (\d{3})", str(error))
    if found and found[1] == "407":
        return wants_login(proxy)
    if found:
        hint = "does it allow this host? NO_PROXY or proxy: none goes without it"
        return RegistryUnreachable(f"{between} opens no way to {where}: {found[1]}", hint=hint)
    if isinstance(error, ConnectionRefusedError):
        hint = "check HTTPS_PROXY, or proxy: of this registry"
        return RegistryUnreachable(f"{between}, which stands before {where}, refuses connections", hint=hint)
    return None


def wants_login(proxy: Proxy) -> RegistryUnreachable:
    """What a 407 means."""
    hint = "name it as proxy_username_env and proxy_password_env, or check the one there is"
    return RegistryUnreachable(f"the proxy {proxy.origin.address} wants a login: 407", hint=hint)


def _spared(origin: Origin, no_proxy: str) -> bool:
    """Does NO_PROXY name the host: "*", a host or parent domain, an address, or a network (10.0.0.0/8)?"""
    for entry in filter(None, (part.strip().lower() for part in no_proxy.split(","))):
        name = entry.removesuffix(f":{origin.port}").lstrip(".")
        if entry == "*" or origin.host == name or origin.host.endswith(f".{name}"):
            return True
        if "/" in entry and _inside(origin.host, entry):
            return True
    return False


def _inside(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
