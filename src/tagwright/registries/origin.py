"""Where a request goes: scheme, host and port; which hosts are this machine; which proxy stands between."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tagwright.errors import UsageError

_PORTS = {"http": 80, "https": 443}
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")

_TARGET = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """The (scheme, host, port) that credentials and connections belong to (RFC 6454). IPv6 hosts have no brackets."""

    scheme: str
    host: str
    port: int

    @property
    def address(self) -> str:
        """The host as people write it, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def loopback(self) -> bool:
        """Is it this machine? Plain http and odd token servers are harmless there."""
        return _LOOPBACK.fullmatch(self.host) is not None

    def __str__(self) -> str:
        return f"{self.scheme}://{self.address}"


def parse(url: str) -> tuple[Origin, str]:
    """Split an absolute http(s) URL into its origin and the rest ("/path?query").

    Raises ValueError for anything else, user information included: secrets have no place in a URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        raise ValueError("expected http(s)://host[:port][/path] without a user name")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _TARGET.fullmatch(target):
        raise ValueError("expected everything but plain ASCII to be percent-encoded")
    return Origin(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]), target


def proxy_for(origin: Origin, environ: Mapping[str, str]) -> str:
    """The proxy's URL that HTTP_PROXY, HTTPS_PROXY and NO_PROXY ask for, "" for none. This machine needs none.

    HTTP_PROXY in capitals is not read where REQUEST_METHOD stands beside it (CVE-2016-5385, "httpoxy").
    """
    name = f"{origin.scheme}_proxy"
    capitals = "" if name == "http_proxy" and "REQUEST_METHOD" in environ else environ.get(name.upper(), "")
    proxy = environ.get(name) or capitals
    if not proxy or origin.loopback or _spared(origin, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def proxy_login(proxy: str) -> tuple[Origin, str, str]:
    """A proxy's origin, user and password (a proxy's URL may carry them). Raises UsageError, echoing nothing."""
    from urllib.parse import unquote

    parts = urlsplit(proxy)
    try:
        origin, _ = parse(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())
    except ValueError:
        raise UsageError("the proxy of HTTPS_PROXY or HTTP_PROXY is no http(s)://host:port") from None
    return origin, unquote(parts.username or ""), unquote(parts.password or "")


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
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
