"""The CNCF distribution registry, and what is built of it (the registry of a self-managed GitLab): its notifications.

In the registry's configuration an endpoint under notifications, with the URL https://tagwright.example.com/hooks/NAME
and `headers: {Authorization: [Bearer SECRET]}`; for GitLab in gitlab.rb, as registry['notifications']. Shape:
distribution.github.io/distribution/about/notifications: batches, in which layers are pushed too, and pulled.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.fields import entries, host, text
from tagwright.webhooks.proofs import InHeader


def read(message: Message) -> Iterable[Hint]:
    """Tags that were pushed: a layer, and a manifest pushed by its digest, have none.

    The registry is where whoever pushed found it.
    """
    for event in entries(message.document, "events"):
        name, tag, digest = (text(event, "target", key) for key in ("repository", "tag", "digest"))
        if text(event, "action") == "push" and name and tag:
            found = text(event, "request", "host") or host(text(event, "target", "url"))
            yield from pushed(message.registry or found, name, (tag,), digest)


SENDER = Sender(read, InHeader())
