"""What the commits of a branch say, without their files: our own words, reverts, and "go on". Pure.

Our words are the trailers of `trailers`, wherever a squashed message leaves them. A revert is told by what git and the
forges write (`This reverts commit …`, `Revert "…"`, `Reverts acme/deploy#12`). `Tagwright: resume` on a line
of its own says that automation goes on in spite of what was taken back before, for every image, or with
`Tagwright: resume ghcr.io/acme/*` for some, named as in a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tagwright import globs, trailers
from tagwright.trailers import Landed

if TYPE_CHECKING:
    from tagwright.git.text import PastCommit

REVERT = re.compile(r'^(?:Revert "|This reverts (?:commit|merge request|pull request)\b|Reverts \S*[#!][0-9]+)', re.M)
RESUME = re.compile(r"^Tagwright: *resume(?: +(\S+))? *$", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Word:
    """One image that a commit of ours moved."""

    commit: PastCommit
    landed: Landed


class Chronicle:
    """The commits of a branch, newest first, with what can be told from their messages."""

    def __init__(self, commits: Sequence[PastCommit], cut: frozenset[str] = frozenset()) -> None:
        self.commits = tuple(commits)
        self.is_cut = any(commit.oid in cut for commit in commits)
        self.words: dict[str, list[Word]] = {}
        self.reverts = tuple(one for one in commits if "evert" in one.message and REVERT.search(one.message))
        self._resumed: list[tuple[int, str]] = []
        for at, commit in enumerate(commits):
            if "agwright" in commit.message:
                for landed in trailers.read_all(commit.message):
                    self.words.setdefault(landed.name, []).append(Word(commit, landed))
                self._resumed += [(at, globs.image_pattern(one[1] or "*")) for one in RESUME.finditer(commit.message)]

    @cached_property
    def at(self) -> dict[str, int]:
        """Where each commit stands, newest first."""
        return {commit.oid: at for at, commit in enumerate(self.commits)}

    @cached_property
    def chain(self) -> tuple[PastCommit, ...]:
        """What the branch itself was, newest first: the first parents of its head."""
        chain = list(self.commits[:1])
        while chain and chain[-1].parents and (at := self.at.get(chain[-1].parents[0])) is not None:
            chain.append(self.commits[at])
        return tuple(chain)

    @cached_property
    def _entries(self) -> dict[str, int]:
        """The link of the chain by which each commit came into the branch."""
        entries: dict[str, int] = {}
        for link in range(len(self.chain) - 1, -1, -1):
            waiting = [self.chain[link].oid]
            while waiting:
                oid = waiting.pop()
                if oid not in entries and oid in self.at:
                    entries[oid] = link
                    waiting += self.commits[self.at[oid]].parents
        return entries

    def entry(self, commit: PastCommit) -> int:
        """The link of the chain, counted from its newest, by which a commit came into the branch."""
        return self._entries[commit.oid]

    def parent(self, commit: PastCommit) -> PastCommit | None:
        """The first parent; None for the first of all commits."""
        at = self.at.get(commit.parents[0]) if commit.parents else None
        return None if at is None else self.commits[at]

    def resumes(self, image: str) -> bool:
        """Whether somebody's "go on" about the image is in sight."""
        return any(globs.compile((pattern,))(image) for _, pattern in self._resumed)

    def resumed_since(self, commit: str, image: str) -> bool:
        """Whether somebody said "go on" about the image in that commit or a later one."""
        since = self.at[commit]
        return any(at <= since and globs.compile((pattern,))(image) for at, pattern in self._resumed)

    def resumed_after(self, commit: str, image: str) -> bool:
        """Whether somebody said "go on" about the image after that commit; of one out of sight, whether at all."""
        since = self.at.get(commit, len(self.commits))
        return any(at < since and globs.compile((pattern,))(image) for at, pattern in self._resumed)

    def order(self, image: str, tag: str | None) -> int | None:
        """The order of the newest commit that wrote this tag of this image, if it gave one."""
        return next((one.landed.order for one in self.words.get(image, ()) if one.landed.tag == tag), None)
