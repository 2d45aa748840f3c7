"""What a forge keeps of a repository beside Git: its pull requests, and which branches it protects.

Git is asked whenever somebody looks: a branch that moved, is gone, or is contained in its base changes what the pull
request says of itself, as a push does on a real forge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tests.support.forge_git import branches, is_ancestor, merge, merged_tree


def now() -> str:
    """This moment as forges write it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Note:
    """A comment: who said what, and when."""

    author: str
    text: str
    at: str = field(default_factory=now)


@dataclass
class Pull:
    """A pull request. `source` is the project of the head branch, `sha` the last commit known of it.

    `leaves_branch` is false where its branch is to go with the merge; `auto` is how it is to be merged as soon as
    nothing keeps it from that ("merge", "squash", "rebase"), or "".
    """

    number: int
    head: str
    base: str
    title: str
    body: str
    source: str
    author: str = "ann"
    sha: str = ""
    draft: bool = False
    state: str = "open"  # open, closed, merged
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    assignees: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    approved: bool = False
    auto: str = ""
    leaves_branch: bool = True
    opened_at: str = field(default_factory=now)
    updated_at: str = field(default_factory=now)
    closed_at: str = ""
    closed_by: str = ""
    merged_by: str = ""
    merge_commit: str = ""
    base_sha: str = ""  # of the base when it was merged or closed

    @property
    def comments(self) -> list[str]:
        """What was said, oldest first."""
        return [note.text for note in self.notes]

    @property
    def is_open(self) -> bool:
        """Neither merged nor closed."""
        return self.state == "open"

    def say(self, author: str, text: str) -> Note:
        """Somebody comments."""
        self.notes.append(Note(author, text))
        self.updated_at = now()
        return self.notes[-1]

    def end(self, state: str, by: str, base_sha: str = "") -> None:
        """It becomes "closed" or "merged"."""
        self.state, self.auto, self.base_sha = state, "", base_sha
        self.closed_at = self.updated_at = now()
        self.closed_by = by
        if state == "merged":
            self.merged_by = by

    def reopen(self) -> None:
        """As if it had never been closed."""
        self.state, self.closed_at, self.closed_by = "open", "", ""
        self.updated_at = now()


@dataclass(frozen=True)
class Rules:
    """What a forge does by itself with open pull requests when branches are pushed.

    `closes_empty`: closed when a push to its branch leaves it without a commit of its own.
    `notices_merge`: merged when a push to the base brings all its commits.
    `forgets_auto`: a push to its branch ends what was said about merging it by itself.
    """

    closes_empty: bool = False
    notices_merge: bool = False
    forgets_auto: bool = False


class Project:
    """A bare repository and its pull requests, in the order they were opened."""

    def __init__(self, name: str, path: Path, rules: Rules) -> None:
        self.name, self.path, self.rules = name, path, rules
        self.pulls: list[Pull] = []
        self.protected: set[str] = set()
        self._numbers = count(1)
        self._tips = branches(path) if path.exists() else {}

    def number(self) -> int:
        """The next one, never used before."""
        return next(self._numbers)

    def add(self, pull: Pull) -> Pull:
        """Keep a pull request that was just opened."""
        self.pulls.append(pull)
        return pull

    def tip(self, branch: str) -> str | None:
        """The commit a branch stands at."""
        return self._tips.get(branch)

    def between(self, source: str, head: str, base: str) -> Pull | None:
        """The open pull request from branch `head` of project `source` into `base`."""
        wanted = (source, head, base)
        return next((one for one in self.pulls if one.is_open and (one.source, one.head, one.base) == wanted), None)

    def settle(self, others: Mapping[str, Project]) -> None:
        """Look at Git, and bring every open pull request up to what was pushed since."""
        self._tips = branches(self.path)
        for pull in self.pulls:
            source = self if pull.source == self.name else others.get(pull.source)
            if pull.is_open and source is not None:
                self._settle(pull, branches(source.path) if source is not self else self._tips)

    def _settle(self, pull: Pull, tips: Mapping[str, str]) -> None:
        head, base = tips.get(pull.head), self._tips.get(pull.base, "")
        before, pull.sha = pull.sha, head or pull.sha
        if head is None and before:
            pull.end("closed", pull.author, base)
        elif head and before and base and is_ancestor(self.path, head, base):
            if head != before and self.rules.closes_empty:
                pull.end("closed", pull.author, base)
            elif head == before and self.rules.notices_merge:
                pull.end("merged", pull.author, base)
                pull.merge_commit = base
        if before not in ("", pull.sha):
            pull.updated_at, pull.approved = now(), False
            pull.auto = "" if self.rules.forgets_auto else pull.auto

    def mergeable(self, pull: Pull) -> bool:
        """Whether Git could merge it."""
        base = self.tip(pull.base)
        return bool(pull.sha and base) and merged_tree(self.path, str(base), pull.sha) is not None

    def blocked(self, pull: Pull) -> bool:
        """Whether the base branch is protected, and nobody has approved this."""
        return pull.base in self.protected and not pull.approved

    def merge(self, pull: Pull, by: str, message: str) -> str | None:
        """A merge commit on the base branch; None where Git finds a conflict."""
        base = self.tip(pull.base) or ""
        commit = merge(self.path, pull.base, pull.sha, message) if pull.sha else None
        if commit is not None:
            pull.end("merged", by, base)
            pull.merge_commit = commit
            self._tips[pull.base] = commit
        return commit
