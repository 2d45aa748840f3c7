"""How a change set becomes a commit: its files, its message, and whose it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from tagwright.model import ChangeSet, Target

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror
    from tagwright.git.text import NewCommit


def chain(changes: Iterable[ChangeSet], parent: str, target: Target, place: Mirror) -> list[str]:
    """A commit a change set, each on the one before, the first on `parent`; not yet pushed; their ids."""
    return place.commits(parent, [_new(change) for change in changes], author(target))


def make(change: ChangeSet, parent: str, target: Target, place: Mirror, when: datetime) -> str:
    """The commit of a change set on top of `parent`, made at `when`; not yet pushed; its id."""
    (oid,) = place.commits(parent, [_new(change)], author(target), when)
    return oid


def _new(change: ChangeSet) -> NewCommit:
    from tagwright.git.text import NewCommit

    return NewCommit({file.path: (file.mode, file.after) for file in change.files}, change.message)


def author(target: Target) -> tuple[str, str]:
    """Name and e-mail of whoever a target's commits are by."""
    return target.delivery.author_name, target.delivery.author_email
