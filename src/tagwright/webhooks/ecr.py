"""Amazon ECR, through EventBridge: "ECR Image Action" as it is, or made a CloudEvent by an input transformer.

In EventBridge: a rule for source aws.ecr, detail-type "ECR Image Action" (and "ECR Replication Action", where images
come by replication), and as its target an API destination https://tagwright.example.com/hooks/NAME whose connection has
an API key: key name Authorization, value the secret; basic authorisation does as well. Shape:
docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html. Events are sent on a best effort basis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.events import Event, events
from tagwright.webhooks.fields import at, text
from tagwright.webhooks.proofs import InHeader

_ACTIONS = {"ECR Image Action": "PUSH", "ECR Replication Action": "REPLICATE"}
_EVENT = re.compile(r"com\.amazon\.ecr\.(image\.)?push(ed)?")
# an ARN is arn:PARTITION:ecr:REGION:ACCOUNT:repository/NAME; the transformers that peers document write urn:aws:…
_SOURCE = re.compile(r"(?:arn|urn):aws[a-z-]*:ecr:([a-z0-9-]+):([0-9]{12}):repository/(.+)")


def read(message: Message) -> Iterable[Hint]:
    """Whichever form it has."""
    document = message.document
    if text(document, "source") == "aws.ecr":
        detail = at(document, "detail")
        action = _ACTIONS.get(text(document, "detail-type"))
        if action and text(detail, "action-type") == action and text(detail, "result") == "SUCCESS":
            found = _registry(text(document, "account"), text(document, "region"))
            name, tag, digest = (text(detail, key) for key in ("repository-name", "image-tag", "image-digest"))
            yield from pushed(message.registry or found, name, (tag,), digest)
    for event in events(message):
        yield from read_event(event, message.registry)


def read_event(event: Event, registry: str) -> Iterator[Hint]:
    """The push of a CloudEvent; what its data lacks stands in its source and subject."""
    source = _SOURCE.fullmatch(event.source)
    if not _EVENT.fullmatch(event.type) or not (source or registry):
        return
    region, account, name = source.groups() if source else ("", "", "")
    subject, _, tag = event.subject.rpartition(":")
    yield from pushed(
        registry or _registry(text(event.data, "registryId") or account, region),
        text(event.data, "repositoryName") or subject or name,
        (text(event.data, "imageTag") or tag,),
        text(event.data, "imageDigest"),
    )


def _registry(account: str, region: str) -> str:
    """docs.aws.amazon.com/general/latest/gr/ecr.html: China has a domain of its own."""
    china = ".cn" if region.startswith("cn-") else ""
    return f"{account}.dkr.ecr.{region}.amazonaws.com{china}"


SENDER = Sender(read, InHeader())
