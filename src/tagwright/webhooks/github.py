"""GitHub: packages of its container registry, and what happens to pull requests and branches.

In the repository's, organisation's or App's webhooks: the URL https://tagwright.example.com/hooks/NAME, content type
application/json, the secret, and of the events Packages (in an App: Registry packages), Pull requests, Pushes and Issue
comments. Shapes: docs.github.com/en/webhooks/webhook-events-and-payloads. Only packages that are linked to a repository
are told of. A package's URL can end in a bare colon and its tag be empty: then the image is looked at all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagwright.model.hints import Hint
from tagwright.views.pull_request import marks
from tagwright.webhooks import deeds
from tagwright.webhooks.base import Message, Sender, is_tag, named
from tagwright.webhooks.fields import at, entries, first, number, text
from tagwright.webhooks.proofs import Signature

GHCR = "ghcr.io"
_CONTAINERS = ("container", "docker")
_ARRIVED = ("published", "updated")
_DECIDED = ("closed", "reopened")


def read(message: Message) -> Iterable[Hint]:
    """What the event is about; a ping and every other hint at nothing."""
    event, document = message.headers.get("x-github-event", ""), message.document
    if event in ("package", "registry_package"):
        yield from _package(document, at(document, event), message.registry)
    addresses = addresses_of(document)
    if event == "push":
        yield from deeds.branch_pushed(addresses, text(document, "ref"), messages_of(document))
    if event == "pull_request":
        yield from pull_request(document, addresses, "body")
    if event == "issue_comment" and at(document, "issue", "pull_request") is not None:
        yield from comment(document, addresses)


def addresses_of(document: object) -> list[str]:
    """All that the forge has for the repository."""
    return [text(document, "repository", key) for key in ("clone_url", "ssh_url", "html_url")]


def messages_of(document: object) -> list[object]:
    """Of a push the commits' messages."""
    return [at(commit, "message") for commit in entries(document, "commits")]


def pull_request(document: object, addresses: list[str], body: str) -> Iterator[Hint]:
    """One that was decided or opened again, or in which somebody ticked the box that has it rebuilt."""
    action, pull = text(document, "action"), at(document, "pull_request")
    written = at(pull, body)
    ticked = action == "edited" and isinstance(written, str) and marks.rebuild_asked(written)
    if action in _DECIDED or ticked:
        yield from deeds.moved(addresses, text(pull, "base", "ref"))


def comment(document: object, addresses: list[str]) -> Iterator[Hint]:
    """A new comment in a pull request."""
    if text(document, "action") == "created":
        said = at(document, "comment")
        user, ident = text(said, "user", "login"), number(said, "id")
        yield from deeds.commanded(addresses, number(document, "issue", "number"), user, ident, at(said, "body"))


def _package(document: object, package: object, registry: str) -> Iterator[Hint]:
    """`package_url` is the image as it is pulled; where it is missing, owner and name say the same."""
    if text(document, "action") not in _ARRIVED or text(package, "package_type").lower() not in _CONTAINERS:
        return
    version = at(package, "package_version")
    url = text(version, "package_url").rpartition("://")[2].partition("@")[0]
    host, _, path = url.partition("/")
    repository, _, said = path.partition(":")
    owner = first(package, "namespace").partition("/")[0] or text(package, "owner", "login")
    container = at(version, "container_metadata")
    tag = text(container, "tag", "name") or said or first(version, "name", "version")
    digest = text(container, "tag", "digest") or text(container, "manifest", "digest") or text(version, "version")
    yield from named(
        registry or host or GHCR,
        repository or f"{owner}/{text(package, 'name')}",
        (tag,) if is_tag(tag) else (),
        digest,
    )


SENDER = Sender(read, Signature("X-Hub-Signature-256", prefix="sha256="))
