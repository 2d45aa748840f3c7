"""Any CI, and any script: images as people write them.

    curl -H "Authorization: Bearer $SECRET" --json '{"image": "ghcr.io/acme/api:1.4.2"}' https://…/hooks/NAME

`image` is a text or a list of texts, `images` may stand for it, and a bare list of such texts is read too. A tag and a
digest may be left out: the registry is read anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tagwright.model.hints import Hint
from tagwright.webhooks.base import Message, Sender, Unreadable, spelled
from tagwright.webhooks.fields import entries, text, texts
from tagwright.webhooks.proofs import InHeader


def read(message: Message) -> Iterable[Hint]:
    """Every image that is named. Raises Unreadable where none is."""
    found = tuple(images(message.document))
    if not found:
        raise Unreadable('expected {"image": "ghcr.io/acme/api:1.4.2"}, or a list of such names')
    yield from found


def images(document: object) -> Iterator[Hint]:
    """The images that a document names."""
    for one in entries({"list": document}, "list"):
        yield from spelled(one) if isinstance(one, str) else _named(one)
    yield from _named(document)


def _named(document: object) -> Iterator[Hint]:
    for key in ("image", "images"):
        yield from spelled(text(document, key))
        for one in texts(document, key):
            yield from spelled(one)


SENDER = Sender(read, InHeader())
