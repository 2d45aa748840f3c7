"""Azure Container Registry: its own webhooks, or Event Grid's events in either of their schemas.

In the registry, under Webhooks: the URL https://tagwright.example.com/hooks/NAME, the action push, and the custom
header "Authorization: SECRET". Or under Events an Event Grid subscription to ImagePushed with a web hook at the same
URL, and the header as a delivery property. Shapes, under learn.microsoft.com/azure:
container-registry/container-registry-webhook-reference and event-grid/event-schema-container-registry. Before Event
Grid sends it asks whether it may (event-grid/end-point-validation-event-grid-events-schema), and is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.events import Event, events
from tagwright.webhooks.fields import at, entries, text
from tagwright.webhooks.proofs import InHeader

_EVENTS = ("Microsoft.ContainerRegistry.ImagePushed", "ImagePushed")  # the second until 2018
CLOUD_EVENT = _EVENTS[0].lower()
_VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


def read(message: Message) -> Iterable[Hint]:
    """A push, or a batch of Event Grid's; a ping, a chart and a delete hint at nothing."""
    yield from _push(message.document, message.registry)
    for one in entries({"batch": message.document}, "batch"):
        if text(one, "eventType") in _EVENTS:
            yield from _push(at(one, "data"), message.registry)
    for event in events(message):
        yield from read_event(event, message.registry)


def read_event(event: Event, registry: str) -> Iterator[Hint]:
    """The push of a CloudEvent."""
    if event.type == CLOUD_EVENT:
        yield from _push(event.data, registry)


def greet(message: Message) -> dict[str, str] | None:
    """What Event Grid wants to hear before it sends: its own code."""
    for one in entries({"batch": message.document}, "batch"):
        code = text(one, "data", "validationCode")
        if text(one, "eventType") == _VALIDATION and code and code.isprintable():
            return {"validationResponse": code}
    return None


def _push(data: object, registry: str) -> Iterator[Hint]:
    name, tag, digest = (text(data, "target", key) for key in ("repository", "tag", "digest"))
    if text(data, "action") == "push" and name and tag:
        yield from pushed(registry or text(data, "request", "host"), name, (tag,), digest)


SENDER = Sender(read, InHeader(), greet, asks=True)
