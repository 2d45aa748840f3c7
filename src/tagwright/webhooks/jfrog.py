"""JFrog Artifactory: "Tag was pushed" and "Tag was promoted" of the domain docker.

Under Administration, General, Webhooks: the URL https://tagwright.example.com/hooks/NAME, the Docker events, the secret
as Secret token; with or without "Use secret for payload signing". Shape:
docs.jfrog.com/administration/docs/event-types. Where jpd_origin is empty (no custom base URL), or images are pulled by
another name than HOST/REPOSITORY, as from a virtual repository, say by `registry` what stands before their names.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.fields import host, text
from tagwright.webhooks.proofs import Signature

_ARRIVED = ("pushed", "promoted")


def read(message: Message) -> Iterable[Hint]:
    """One tag of one image; the manifests of an index have digests for tags."""
    document = message.document
    name, tag, key = (text(document, "data", field) for field in ("image_name", "tag", "repo_key"))
    if text(document, "domain") == "docker" and text(document, "event_type") in _ARRIVED and name and tag:
        origin = host(text(document, "jpd_origin"))
        yield from pushed(message.registry or (f"{origin}/{key}" if origin and key else ""), name, (tag,))


# Its events have neither id nor time: the same tag pushed twice with the same manifest is the same to the byte.
SENDER = Sender(read, Signature("X-JFrog-Event-Auth", bare=True), same_again=True)
