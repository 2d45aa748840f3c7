"""Webhooks: what registries, forges and CI send when something was pushed, as hints where to look.

A member each, which says what to enter at its sender, and an explicit table. Nothing here does I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tagwright.model.hints import Hint
from tagwright.webhooks import (
    acr,
    aliyun,
    cdevents,
    cloudevents,
    distribution,
    docker_hub,
    ecr,
    gar,
    gitea,
    github,
    gitlab,
    harbor,
    jfrog,
    nexus,
    plain,
    quay,
)
from tagwright.webhooks.base import Message, Sender, Unreadable, gathered

__all__ = ["SENDERS", "Message", "Sender", "Unreadable", "hints", "message"]

SENDERS: Mapping[str, Sender] = {
    "docker-hub": docker_hub.SENDER,
    "github": github.SENDER,
    "gitlab": gitlab.SENDER,
    "gitea": gitea.SENDER,
    "harbor": harbor.SENDER,
    "quay": quay.SENDER,
    "ecr": ecr.SENDER,
    "acr": acr.SENDER,
    "gar": gar.SENDER,
    "nexus": nexus.SENDER,
    "jfrog": jfrog.SENDER,
    "aliyun": aliyun.SENDER,
    "distribution": distribution.SENDER,
    "cloudevents": cloudevents.SENDER,
    "cdevents": cdevents.SENDER,
    "json": plain.SENDER,
}


def message(body: bytes, headers: Mapping[str, str], registry: str = "") -> Message:
    """What was sent, decoded; `headers` by their names in lower case. Raises Unreadable for what is no JSON."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    return Message(headers, document, registry)


def hints(kind: str, received: Message) -> tuple[Hint, ...]:
    """What a message of this kind of sender hints at, without doubles. Raises Unreadable."""
    return gathered(SENDERS[kind].read(received))
