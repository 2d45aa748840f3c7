"""What a registry's own API is to Tagwright: where to ask when tags were pushed, and how to read the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

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


def moment(said: object) -> datetime | None:
    """A date as RFC 3339 has it, or in seconds since 1970; None for anything else, and for Go's zero time."""
    try:
        if isinstance(said, int) and not isinstance(said, bool):
            return datetime.fromtimestamp(said, UTC)
        found = datetime.fromisoformat(said) if isinstance(said, str) else None
    except (ValueError, OverflowError, OSError):
        return None
    if found is None or found.year == 1:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def objects(said: object) -> Iterator[dict[str, Any]]:
    """The objects in a list."""
    return (one for one in said if isinstance(one, dict)) if isinstance(said, list) else iter(())


def push(tag: object, digest: object, when: object) -> Iterator[Push]:
    """One push, if the parts are of the kind they must be."""
    date = moment(when)
    if isinstance(tag, str) and isinstance(digest, str) and date:
        yield Push(tag, digest, date)
