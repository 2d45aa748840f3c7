"""What is changed, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tagwright.errors import Problem

if TYPE_CHECKING:
    from tagwright.model.decided import Decision
    from tagwright.model.spent import Cost


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace [start, end) of a file's text, which must read `old`, by `new`. Offsets as in Slot.

    `old` and `new` are source text, quotes included where they change.
    """

    path: str
    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after its edits, as bytes; `mode` as Git writes it ("100644")."""

    path: str
    before: bytes
    after: bytes
    mode: str = "100644"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What is delivered together: one commit, and in pull-request mode one branch.

    `key` names the group; `branch` is where the commit goes, `base` the branch it
    starts from (the same for a direct commit). `waiting`: a part of the group waits for its window, so that a
    pull request which may hold it already is not rebuilt without it. `beside` is what of the group stays as it is:
    held, waiting, or taken back by people. `draft`: a part of it waits, and is proposed early, as a draft.
    """

    key: str
    branch: str
    base: str
    decisions: tuple[Decision, ...]
    files: tuple[FileChange, ...]
    title: str
    message: str
    waiting: bool = False
    beside: tuple[Decision, ...] = ()
    draft: bool = False


class Outcome(StrEnum):
    """What became of a change set."""

    PUSHED = "pushed"
    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    WAITING = "waiting"  # as many pull requests are open as may be
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Published:
    """A change set's fate; `commit` and `url` are empty where there is none. `detail` is for people."""

    key: str
    outcome: Outcome
    commit: str = ""
    url: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One pass over one target, which took `seconds`. `commit` is the base that was read, of `branch`.

    `unread` is what the scan could not read, `notes` what somebody should look at: said, but no failure of the pass.
    `retries` is how often it looked again because somebody pushed first.
    """

    target: str
    commit: str = ""
    references: int = 0
    decisions: tuple[Decision, ...] = ()
    changes: tuple[ChangeSet, ...] = ()
    published: tuple[Published, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    branch: str = ""
    seconds: float = 0.0
    retries: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One pass over every target. `unmatched` are images asked for that nothing references, `cost` what registries
    were asked."""

    targets: tuple[TargetReport, ...]
    unmatched: tuple[str, ...] = ()
    cost: Cost | None = None
