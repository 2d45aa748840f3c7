"""CDEvents of a CI: an artifact was published, or signed, and its package URL says which.

Shape: github.com/cdevents/spec, "artifact published"; inside a CloudEvent as well. The purl is
github.com/package-url/purl-spec's type oci (pkg:oci/api@sha256:…?repository_url=ghcr.io/acme/api&tag=1.4.2) or docker.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qs, unquote

from tagwright.image import DEFAULT_REGISTRY
from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, is_tag, named
from tagwright.webhooks.events import Event, events
from tagwright.webhooks.fields import LONGEST, at, text
from tagwright.webhooks.proofs import InHeader

PUBLISHED = re.compile(r"dev\.cdevents\.artifact\.(published|packaged|signed)\..+")
_PURL = re.compile(r"pkg:(?P<type>oci|docker)/(?P<name>[^@?#]+)(?:@(?P<version>[^?#]+))?(?:\?(?P<qualifiers>[^#]*))?.*")


def read(message: Message) -> Iterable[Hint]:
    """The event as it is, or as what a CloudEvent carries."""
    yield from _published(message.document, message.registry)
    for event in events(message):
        yield from read_event(event, message.registry)


def read_event(event: Event, registry: str) -> Iterator[Hint]:
    """What a CloudEvent carries."""
    yield from _published(event.data, registry)


def of_purl(purl: str, registry: str) -> Iterator[Hint]:
    """The image of a package URL, with its tag where it has one."""
    found = _PURL.fullmatch(purl[:LONGEST])
    if not found:
        return
    name, version = unquote(found["name"]), unquote(found["version"] or "")
    try:
        qualifiers = parse_qs(found["qualifiers"] or "", max_num_fields=50)
    except ValueError:
        return
    where, tag = (qualifiers.get(key, [""])[0] for key in ("repository_url", "tag"))
    tags = tuple(one for one in (tag, version) if is_tag(one))[:1]
    where = where.rpartition("://")[2].strip("/")
    if found["type"] == "docker":  # its name is whole, and its repository_url a registry
        yield from named(registry or where or DEFAULT_REGISTRY, name, tags, version)
        return
    host, _, path = where.partition("/")
    if path.rpartition("/")[2] != name.rpartition("/")[2]:  # "may not contain the name", and often does not
        path = f"{path}/{name}".lstrip("/")
    yield from named(registry or host or DEFAULT_REGISTRY, path, tags, version)


def _published(document: object, registry: str) -> Iterator[Hint]:
    if PUBLISHED.fullmatch(text(document, "context", "type")):
        yield from of_purl(text(at(document, "subject"), "id"), registry)


SENDER = Sender(read, InHeader(), asks=True)
