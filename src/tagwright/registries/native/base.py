"""What a registry's own API is to Tagwright: where to ask when tags were pushed, and how to read the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from tagwright import image
from tagwright.registries.documents import moment

PAGE = 100
"""Entries of a page: the most that all of them give."""


@dataclass(frozen=True, slots=True)
class Push:
    """A tag, the digest it points at, and since when (aware)."""

    tag: str
    digest: str
    when: datetime


class NativeApi(Protocol):
    """One product's API. `home` is its base URL where that is not the registry's own.

    With `login` it knows our credentials for the registry. What it answers is foreign: `read` passes over what
    it does not understand.
    """

    home: str
    login: bool

    def one(self, repository: str, tag: str, digest: str) -> str:
        """The target that tells of one tag."""

    def page(self, repository: str, number: int) -> str:
        """The target of a page (from 1) of all tags."""

    def read(self, said: Any) -> Iterator[Push]:
        """The pushes in the answer to either."""

    def more(self, said: Any) -> bool:
        """Whether another page follows this one."""


def objects(said: object) -> Iterator[dict[str, Any]]:
    """The objects in a list."""
    return (one for one in said if isinstance(one, dict)) if isinstance(said, list) else iter(())


def push(tag: object, digest: object, when: object) -> Iterator[Push]:
    """One push, if the parts are of the kind they must be."""
    date = moment(when)
    if not (isinstance(tag, str) and isinstance(digest, str) and date):
        return
    if image.TAG.fullmatch(tag) and image.DIGEST.fullmatch(digest):
        yield Push(tag, digest, date)
