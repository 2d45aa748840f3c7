"""Gitea and Forgejo: packages of their container registry, and what happens to pull requests and branches.

In the repository's, organisation's or owner's webhooks: type Gitea (or Forgejo), the URL
https://tagwright.example.com/hooks/NAME, POST, application/json, the secret, and of the events Packages, Push, Pull
request and Issue comment. Shapes: docs.gitea.com/usage/webhooks and modules/structs/hook.go. Their registry is where
they are; behind another name say `registry`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagwright.model.hints import Hint
from tagwright.webhooks import deeds, github
from tagwright.webhooks.base import Message, Sender, pushed
from tagwright.webhooks.fields import at, host, text
from tagwright.webhooks.proofs import Signature


def read(message: Message) -> Iterable[Hint]:
    """What the event is about."""
    event, document = message.headers.get("x-gitea-event", ""), message.document
    addresses = github.addresses_of(document)
    if event == "package":
        yield from _package(document, message.registry)
    if event == "push":
        yield from deeds.branch_pushed(addresses, text(document, "ref"), github.messages_of(document))
    if event == "pull_request":
        yield from github.pull_request(document, addresses, "body")
    if event in ("issue_comment", "pull_request_comment") and at(document, "is_pull") is True:
        yield from github.comment(document, addresses)


def _package(document: object, registry: str) -> Iterator[Hint]:
    package = at(document, "package")
    owner, name, version = text(package, "owner", "login"), text(package, "name"), text(package, "version")
    if text(document, "action") == "created" and text(package, "type") == "container" and owner and name:
        found = host(text(package, "html_url")) or host(text(document, "repository", "html_url"))
        yield from pushed(registry or found, f"{owner}/{name}", (version,))


SENDER = Sender(read, Signature("X-Gitea-Signature"))
