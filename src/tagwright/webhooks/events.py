"""CloudEvents 1.0, in which several senders wrap what they say: one, a batch, or with its attributes in headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tagwright.webhooks.base import Message
from tagwright.webhooks.fields import MOST, at, text


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its `type` in lower case, where it is from, what it is about, and its data."""

    type: str
    source: str
    subject: str
    data: object


def events(message: Message) -> Iterator[Event]:
    """The events of a message, nothing where it holds none.

    In structured, batched or binary mode (github.com/cloudevents/spec, http-protocol-binding).
    """
    document, headers = message.document, message.headers
    if "ce-specversion" in headers:
        attributes = (headers.get(f"ce-{name}", "") for name in ("type", "source", "subject"))
        kind, source, subject = attributes
        yield Event(kind.lower(), source, subject, document)
        return
    for one in document[:MOST] if isinstance(document, list) else [document]:
        if text(one, "specversion") and text(one, "type"):
            yield Event(text(one, "type").lower(), text(one, "source"), text(one, "subject"), at(one, "data"))
