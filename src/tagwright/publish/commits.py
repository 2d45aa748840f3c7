"""How a change set becomes a commit: its files, its message, and whose it is."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tagwright.model import ChangeSet, Target

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror


def make(change: ChangeSet, parent: str, target: Target, place: Mirror, when: datetime | None = None) -> str:
    """The commit of a change set on top of `parent`, not yet pushed; its id. `when` is now unless given."""
    files = {file.path: (file.mode, file.after) for file in change.files}
    return place.commit(parent, files, change.message, author(target), when)


def author(target: Target) -> tuple[str, str]:
    """Name and e-mail of whoever a target's commits are by."""
    return target.delivery.author_name, target.delivery.author_email
