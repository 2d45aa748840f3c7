"""Google Artifact Registry and Container Registry: Pub/Sub's topic gcr, pushed by a subscription that signs in.

In Pub/Sub: a push subscription of the topic gcr to https://tagwright.example.com/hooks/NAME with authentication
enabled. Its service account is the hook's `email`, its audience the hook's `audience`. Shapes:
cloud.google.com/artifact-registry/docs/configure-notifications and cloud.google.com/pubsub/docs/push; with the payload
unwrapped, too. What is pushed without a tag has none here.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, Unreadable, pushed
from tagwright.webhooks.fields import at, text
from tagwright.webhooks.proofs import GoogleToken


def read(message: Message) -> Iterable[Hint]:
    """The tag of an INSERT: `tag` is a whole reference, `digest` too."""
    inner = _inner(message.document)
    name, _, tag = text(inner, "tag").rpartition(":")
    host, _, repository = name.partition("/")
    if text(inner, "action") == "INSERT" and repository:
        yield from pushed(message.registry or host, repository, (tag,), text(inner, "digest").rpartition("@")[2])


def _inner(document: object) -> object:
    """What Pub/Sub carries. Raises Unreadable where that is no JSON."""
    data = at(document, "message", "data")
    if not isinstance(data, str):
        return document
    try:
        return json.loads(b64decode(data, validate=True))
    except (NotBase64, ValueError, RecursionError):
        raise Unreadable("message.data is not JSON in base64") from None


SENDER = Sender(read, GoogleToken())
