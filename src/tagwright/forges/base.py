"""What a forge is to Tagwright: pull requests found by their head branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Draft:
    """A pull request as it should be: what `open` and `edit` make true."""

    head: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge has it."""

    number: int
    url: str
    head: str
    base: str
    title: str
    body: str


class Forge(Protocol):
    """One repository on one forge. Every method raises a `ForgeError`."""

    def find(self, head: str, base: str) -> PullRequest | None:
        """The open pull request from branch `head` of this repository into `base`, if there is one."""

    def open(self, draft: Draft) -> PullRequest:
        """Open a pull request; one that already exists for the same branches is returned as `find` does."""

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """Bring title, body and labels up to the draft; asks nothing of the forge when they are so already."""

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close it unmerged with a word why."""
