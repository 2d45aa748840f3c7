"""Sonatype Nexus Repository 3: components and assets of a repository, signed with HMAC-SHA1.

Under Administration, System, Capabilities: "Webhook: Repository" with the repository, the event type component (or
asset), the URL https://tagwright.example.com/hooks/NAME and the secret as Secret Key. Shape:
help.sonatype.com/en/example-headers-and-payloads.html. It does not say where the registry is: `registry` is its host as
your references spell it, with the path where the repository is found by one (nexus.example.com/docker-hosted).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.fields import text
from tagwright.webhooks.proofs import Signature

_MANIFEST = re.compile(r"/?v2/(.+)/manifests/([^/]+)")
_ARRIVED = ("CREATED", "UPDATED")


def read(message: Message) -> Iterable[Hint]:
    """A component names repository and tag; an asset is a manifest, or a layer, which hints at nothing."""
    document = message.document
    if text(document, "action") not in _ARRIVED:
        return
    if text(document, "component", "format") == "docker":
        yield from pushed(
            message.registry, text(document, "component", "name"), (text(document, "component", "version"),)
        )
    manifest = _MANIFEST.fullmatch(text(document, "asset", "name"))
    if manifest and text(document, "asset", "format") == "docker":
        yield from pushed(message.registry, manifest[1], (manifest[2],))


SENDER = Sender(read, Signature("X-Nexus-Webhook-Signature", "sha1"))
