"""Alibaba Cloud's Container Registry: Docker Hub's shape with a region, and no secret, so its address holds one.

In the console, in the repository under Trigger: a URL such as https://tagwright.example.com/hooks/NAME/SECRET.
Shape: alibabacloud.com/help/acr "Manage triggers". An Enterprise Edition instance has a host of its own: name it as
`registry`.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.docker_hub import full_name
from tagwright.webhooks.fields import at, text
from tagwright.webhooks.proofs import InUrl


def read(message: Message) -> Iterable[Hint]:
    """One tag of one repository; a region has one registry."""
    repository = at(message.document, "repository")
    name, region = full_name(repository, "repo_full_name"), text(repository, "region")
    tag, digest = (text(message.document, "push_data", key) for key in ("tag", "digest"))
    if name and tag:
        yield from pushed(
            message.registry or (f"registry.{region}.aliyuncs.com" if region else ""), name, (tag,), digest
        )


SENDER = Sender(read, InUrl())
