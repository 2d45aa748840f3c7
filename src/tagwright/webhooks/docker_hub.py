"""Docker Hub: one event and no secret, so its address holds one.

On Docker Hub, in the repository under Webhooks: a URL such as https://tagwright.example.com/hooks/NAME/SECRET.
Shape: docs.docker.com/docker-hub/repos/manage/webhooks. Its callback_url is never called: it is anybody's word.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.image import DEFAULT_REGISTRY
from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.fields import at, text
from tagwright.webhooks.proofs import InUrl


def read(message: Message) -> Iterable[Hint]:
    """One tag of one repository."""
    yield from pushed(
        message.registry or DEFAULT_REGISTRY,
        full_name(at(message.document, "repository"), "repo_name"),
        (text(message.document, "push_data", "tag"),),
    )


def full_name(repository: object, key: str) -> str:
    """The whole name under `key`, else made of namespace and name."""
    namespace, name = text(repository, "namespace"), text(repository, "name")
    return text(repository, key) or "/".join(part for part in (namespace, name) if part)


SENDER = Sender(read, InUrl())
