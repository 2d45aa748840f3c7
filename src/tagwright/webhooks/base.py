"""What a sender of webhooks is to Tagwright: how it proves itself, and what its payloads hint at.

A payload is anybody's text: of unknown shape, with names that may be none. A reader takes what it knows and passes over
everything else; only where nothing could ever be read of what this sender sends it says so, as `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tagwright.image import DEFAULT_REGISTRY, DIGEST, TAG, read
from tagwright.model.hints import Hint, Pushed
from tagwright.webhooks.proofs import Proof

_LONGEST_NAME = 512  # characters, a registry's host and path included
_HUBS_OLD_NAME = "index.docker.io"


class Unreadable(ValueError):
    """What was sent is none of the sender's payloads; the message is for whoever set the webhook up."""


@dataclass(frozen=True, slots=True)
class Message:
    """What was sent: `headers` by their names in lower case, the JSON `document`, and the hook's own `registry`."""

    headers: Mapping[str, str]
    document: object
    registry: str = ""


@dataclass(frozen=True, slots=True)
class Sender:
    """A kind of sender.

    `greet` answers what some ask before they send (None = this is no greeting). `same_again`: two events of it may look
    the same to the byte, so none is taken for a replay. `asks`: it may ask by OPTIONS whether it may send at all.
    """

    read: Callable[[Message], Iterable[Hint]]
    proof: Proof
    greet: Callable[[Message], dict[str, str] | None] = lambda _: None
    same_again: bool = False
    asks: bool = False


def pushed(registry: str, repository: str, tags: Iterable[str], digest: str = "") -> Iterator[Pushed]:
    """The hint at a tagged push, or none: without a tag nobody's policy has anything new to choose from."""
    good = tuple(dict.fromkeys(tag for tag in tags if is_tag(tag)))
    if good:
        yield from named(registry, repository, good, digest)


def named(registry: str, repository: str, tags: tuple[str, ...] = (), digest: str = "") -> Iterator[Pushed]:
    """The hint at a repository of a registry, or none where the two make no name of an image.

    In lower case, as repositories are: forges name owners as they write themselves. Raises Unreadable where the
    registry is not known.
    """
    if not registry:
        raise Unreadable("the payload does not say which registry it is about: set `registry` of this webhook")
    name = f"{registry}/{repository}".lower()
    host = registry.partition("/")[0].lower()
    found = read(name) if len(name) <= _LONGEST_NAME else None
    hub = DEFAULT_REGISTRY if host == _HUBS_OLD_NAME else host
    if found and not found.tag and not found.digest and found.registry == hub:
        yield Pushed(found.normalised, tags, digest if DIGEST.fullmatch(digest) else "")


def spelled(reference: str) -> Iterator[Pushed]:
    """The hint at an image as people write it, with a tag, a digest, or neither; or none."""
    found = read(reference) if len(reference) <= _LONGEST_NAME else None
    if found:
        yield Pushed(found.normalised, (found.tag,) if found.tag else (), found.digest or "")


def is_tag(text: str) -> bool:
    """Is it a tag, and not what JFrog calls the folder of a manifest without one?"""
    return bool(TAG.fullmatch(text)) and not text.startswith("sha256__")


def gathered(hints: Iterable[Hint]) -> tuple[Hint, ...]:
    """Without doubles: of one image one hint, with all of its tags."""
    images: dict[str, Pushed] = {}
    others: dict[Hint, None] = {}
    for hint in hints:
        if not isinstance(hint, Pushed):
            others[hint] = None
        elif known := images.get(hint.image):
            tags = tuple(dict.fromkeys(known.tags + hint.tags))
            images[hint.image] = Pushed(hint.image, tags, hint.digest or known.digest)
        else:
            images[hint.image] = hint
    return (*images.values(), *others)
