"""How a change set becomes a commit: its files, its message, whose it is; and whether a branch has it already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright import trailers
from tagwright.model import ChangeSet, Delivery, Mode, Target

if TYPE_CHECKING:
    from tagwright.git.mirror import Mirror
    from tagwright.git.text import NewCommit

SKIP_CI = "[skip ci]"


def chain(changes: Iterable[ChangeSet], parent: str, target: Target, place: Mirror) -> list[str]:
    """A commit a change set, each on the one before, the first on `parent`; not yet pushed; their ids."""
    new = [_new(change, target) for change in changes]
    return place.commits(parent, new, author(target), None, committer(target))


def proposals(changes: Iterable[ChangeSet], base: str, target: Target, place: Mirror) -> list[str]:
    """A commit a change set, each on top of `base` and as old as that; not yet pushed; their ids.

    So the same change on the same base is the same commit, but for its signature. Whether a branch is at this change
    already is `place.same_change`.
    """
    new = [replace(_new(change, target), parent=base) for change in changes]
    return place.commits(base, new, author(target), place.date(base), committer(target)) if new else []


def message(change: ChangeSet, delivery: Delivery) -> str:
    """What the commit says: the change set's words, and what `delivery` adds to them.

    `[skip ci]` stands where GitHub, GitLab and Gitea read it, anywhere in the message; the author's Signed-off-by
    among the trailers.
    """
    text = change.message
    if delivery.skip_ci and delivery.mode is not Mode.PULL_REQUEST:
        text = trailers.before(text, SKIP_CI)
    if delivery.sign_off:
        text = trailers.join(text, f"Signed-off-by: {delivery.author_name} <{delivery.author_email}>")
    return text


def _new(change: ChangeSet, target: Target) -> NewCommit:
    from tagwright.git.text import NewCommit

    files = {file.path: (file.mode, file.after) for file in change.files}
    return NewCommit(files, message(change, target.delivery))


def author(target: Target) -> tuple[str, str]:
    """Name and e-mail of whoever a target's commits are by."""
    return target.delivery.author_name, target.delivery.author_email


def committer(target: Target) -> tuple[str, str]:
    """Name and e-mail of whoever makes them: the author, where nobody else was named."""
    delivery = target.delivery
    return delivery.committer_name or delivery.author_name, delivery.committer_email or delivery.author_email
