"""CloudEvents of anybody: those of Harbor, ECR, ACR and CDEvents by their types, and any whose data names an image.

Data that is read: {"image": "ghcr.io/acme/api:1.4.2"} as in the kind json, or `repository` (repositoryName, name) with
`tag` (imageTag, reference), `digest` (imageDigest) and `registry` (registryUrl), as zot and transformers write them; a
registry that is not said is the host of the event's source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tagwright.model.hints import Hint
from tagwright.webhooks import acr, cdevents, ecr, harbor, plain
from tagwright.webhooks.base import Message, Sender, Unreadable, pushed
from tagwright.webhooks.events import Event, events
from tagwright.webhooks.fields import first, host
from tagwright.webhooks.proofs import InHeader

_KNOWN: tuple[tuple[str, Callable[[Event, str], Iterator[Hint]]], ...] = (
    ("harbor.", harbor.read_event),
    ("com.amazon.ecr.", ecr.read_event),
    ("microsoft.containerregistry.", acr.read_event),
    ("dev.cdevents.", cdevents.read_event),
)
_GONE = ("delete", "remove", "pull")


def read(message: Message) -> Iterable[Hint]:
    """Every event of the message. Raises Unreadable for what holds none."""
    found = tuple(events(message))
    if not found:
        raise Unreadable("this is no CloudEvent: specversion and type are missing")
    for event in found:
        reader = next((known for prefix, known in _KNOWN if event.type.startswith(prefix)), _anything)
        yield from reader(event, message.registry)


def _anything(event: Event, registry: str) -> Iterator[Hint]:
    if any(word in event.type for word in _GONE):
        return
    yield from plain.images(event.data)
    repository = first(event.data, "repository", "repositoryName", "name")
    tag = first(event.data, "tag", "imageTag", "reference")
    if repository and tag:
        source = host(event.source) if "://" in event.source else ""
        said = host(first(event.data, "registry", "registryUrl")) or source
        yield from pushed(registry or said, repository, (tag,), first(event.data, "digest", "imageDigest"))


SENDER = Sender(read, InHeader(), asks=True)
