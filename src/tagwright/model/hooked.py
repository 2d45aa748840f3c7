"""Who may send webhooks, and how each proves itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.model.configured import Secret


class Proves(StrEnum):
    """How a sender can prove itself."""

    SIGNATURE = "signature"  # of the body
    HEADER = "header"  # that holds the secret
    ADDRESS = "address"  # that ends in the secret: it can do nothing else
    TOKEN = "token"  # noqa: S105 - of Google's


SENDERS: Mapping[str, Proves] = {
    "docker-hub": Proves.ADDRESS,
    "github": Proves.SIGNATURE,
    "gitlab": Proves.HEADER,
    "gitea": Proves.SIGNATURE,
    "harbor": Proves.HEADER,
    "quay": Proves.ADDRESS,
    "ecr": Proves.HEADER,
    "acr": Proves.HEADER,
    "gar": Proves.TOKEN,
    "nexus": Proves.SIGNATURE,
    "jfrog": Proves.SIGNATURE,
    "aliyun": Proves.ADDRESS,
    "distribution": Proves.HEADER,
    "cloudevents": Proves.HEADER,
    "cdevents": Proves.HEADER,
    "json": Proves.HEADER,
}
NAMELESS = frozenset({"nexus"})  # its payloads do not say where the registry is


@dataclass(frozen=True, slots=True)
class Webhook:
    """One sender: what it sends to /hooks/`name` is read as its `kind` does.

    While a secret is changed `previous_secret` counts too. `header` holds the secret where it is not the kind's usual
    one. `registry` is the host, and a path where there is one, that images of this sender are under; it counts more
    than what is sent. `audience` and `email` are those of Google's tokens.
    """

    name: str
    kind: str
    secret: Secret | None = None
    previous_secret: Secret | None = None
    header: str = ""
    registry: str = ""
    audience: str = ""
    email: str = ""
    unauthenticated: bool = False
