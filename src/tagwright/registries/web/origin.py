"""Where a request goes: scheme, host and port; which hosts are this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tagwright.hosts import is_loopback

_PORTS = {"http": 80, "https": 443}

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
        return is_loopback(self.host)

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
