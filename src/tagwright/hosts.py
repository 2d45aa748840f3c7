"""What hosts' names say: which are Docker Hub, which are this machine, and which forge is served there."""

from __future__ import annotations

import re

DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
"""The names of one registry, the one that images are spelled with first."""

KNOWN_FORGES = {
    "github.com": "github",
    "ssh.github.com": "github",
    "gitlab.com": "gitlab",
    "altssh.gitlab.com": "gitlab",
    "codeberg.org": "gitea",
    "gitea.com": "gitea",
}
"""Hosts that are one forge for all the world."""

_FIRST_LABELS = {"github": "github", "ghe": "github", "gitlab": "gitlab", "gitea": "gitea", "forgejo": "gitea"}
_LOOPBACK = re.compile(r"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?|::1")


def is_loopback(host: str) -> bool:
    """Is it this machine: a name or an address, with or without a port? Plain http is harmless there."""
    return _LOOPBACK.fullmatch(host) is not None


def forge_of(host: str) -> str:
    """Which forge a host serves, in lower case and without its port: "github", "gitlab", "gitea"; "" for no telling."""
    if host.endswith(".ghe.com"):
        return "github"
    return KNOWN_FORGES.get(host) or _FIRST_LABELS.get(host.partition(".")[0], "")
