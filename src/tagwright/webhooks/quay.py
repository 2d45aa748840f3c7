"""Quay.io and Red Hat Quay: "Repository Push" with all tags that moved, and no secret, so its address holds one.

In the repository's settings, under Events and Notifications: "Push to Repository", "Webhook POST", and a URL such as
https://tagwright.example.com/hooks/NAME/SECRET. Shape: docs.quay.io/guides/notifications.html.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.fields import host, text, texts
from tagwright.webhooks.proofs import InUrl


def read(message: Message) -> Iterable[Hint]:
    """Every tag of `updated_tags`; the registry is where `docker_url` is, quay.io where that says nothing."""
    registry = message.registry or host(text(message.document, "docker_url")) or "quay.io"
    yield from pushed(registry, text(message.document, "repository"), texts(message.document, "updated_tags"))


SENDER = Sender(read, InUrl())
