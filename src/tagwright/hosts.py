"""What hosts' names say: which are Docker Hub, and which are this machine."""

from __future__ import annotations

import re

DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
"""The names of one registry, the one that images are spelled with first."""

_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?|::1")


def is_loopback(host: str) -> bool:
    """Is it this machine: a name or an address, with or without a port? Plain http is harmless there."""
    return _LOOPBACK.fullmatch(host) is not None
