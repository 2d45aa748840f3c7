"""Registries' own APIs, for what the distribution API does not tell: when a tag was pushed. A file a product.

A product is known by its host (Docker Hub, quay.io), or by where it sends us for a token: Harbor's service is called
`harbor-registry`, Quay's realm ends in `/v2/auth`. So nothing needs to be configured, and nobody is asked for nothing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from tagwright.image import DEFAULT_REGISTRY
from tagwright.registries.login.token_server import Way
from tagwright.registries.native.base import NativeApi
from tagwright.registries.native.docker_hub import DockerHub
from tagwright.registries.native.harbor import Harbor
from tagwright.registries.native.quay import Quay

__all__ = ["NativeApi", "api_of"]


def api_of(host: str, moved: bool, way: Way | None) -> NativeApi | None:
    """The API of who answers for `host`; `moved` when an endpoint of our own does. None when it has none we know."""
    if host == DEFAULT_REGISTRY and not moved:
        return DockerHub()
    if (host == "quay.io" and not moved) or (way and urlsplit(way.realm).path == "/v2/auth"):
        return Quay()
    if way and way.service == "harbor-registry":
        return Harbor()
    return None
