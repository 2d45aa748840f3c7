"""Harbor: every resource of PUSH_ARTIFACT, in its own format or as CloudEvents.

In the project, under Webhooks: notify type http, payload format Default or CloudEvents, event "Artifact pushed", the
URL https://tagwright.example.com/hooks/NAME, and the secret as Auth Header, which Harbor sends as Authorization. Shape:
goharbor.io/docs/latest/working-with-projects/project-configuration/configure-webhooks. A tag can be a digest there:
what a robot or a replication pushes without one. A tag that is set on an image which is there already is not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagwright.image import read as read_image
from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.events import Event, events
from tagwright.webhooks.fields import at, entries, text
from tagwright.webhooks.proofs import InHeader

CLOUD_EVENT = "harbor.artifact.pushed"


def read(message: Message) -> Iterable[Hint]:
    """Whichever format it is."""
    if text(message.document, "type") == "PUSH_ARTIFACT":
        yield from _resources(at(message.document, "event_data"), message.registry)
    for event in events(message):
        yield from read_event(event, message.registry)


def read_event(event: Event, registry: str) -> Iterator[Hint]:
    """The resources of a CloudEvent."""
    if event.type == CLOUD_EVENT:
        yield from _resources(event.data, registry)


def _resources(data: object, registry: str) -> Iterator[Hint]:
    name = text(data, "repository", "repo_full_name")
    for resource in entries(data, "resources"):
        tag, address = text(resource, "tag"), text(resource, "resource_url").rpartition("://")[2]
        host, _, rest = address.partition("/")
        there = read_image(rest)
        if tag and (name or there):
            repository = name or (there.name if there else "")
            yield from pushed(registry or host, repository, (tag,), text(resource, "digest"))


SENDER = Sender(read, InHeader())
