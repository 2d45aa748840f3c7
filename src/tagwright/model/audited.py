"""What commits tell of what was written back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Happened(StrEnum):
    """What an event is."""

    UPDATE = "update"  # a commit of ours moved an image
    REVERT = "revert"  # somebody took a commit back
    RESUME = "resume"  # somebody said that automation goes on


@dataclass(frozen=True, slots=True)
class Event:
    """One image that a commit moved, one revert, or one "go on".

    `when` is the committer's date (RFC 3339, UTC); `author` and `email` whose the commit is. `image` is the normalised
    name, a glob of a resume, or "" where a revert does not tell; `old` and `new` are "tag", "tag@sha256:…",
    "sha256:…" or "". `files` are the paths the commit changed, None where this clone cannot tell. `reverts` is the
    commit a revert took back, "" where it names none.
    """

    kind: Happened
    commit: str
    when: str
    author: str
    email: str
    subject: str
    image: str = ""
    old: str = ""
    new: str = ""
    order: int | None = None
    files: tuple[str, ...] | None = None
    reverts: str = ""


@dataclass(frozen=True, slots=True)
class Branch:
    """Whose events are told: a target's branch, at which commit, and whether that commit is one of ours.

    `complete` is false for a shallow clone, which does not hold what was before.
    """

    target: str
    branch: str
    commit: str
    ours: bool
    complete: bool
