"""What a forge is to Tagwright: pull requests found by their head branch, and errors in one voice.

A forge's labels, reviewers, assignees and draft state are set when a pull request is
opened and left alone afterwards: from then on they belong to the people who review it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tagwright.errors import ForgeDenied, ForgeError, Problem

EXISTS = "forge-exists"  # the code of the one refusal that is good news
LONGEST_ANSWER = 300  # characters of a forge's own words that an error repeats


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
    auto_merge: bool = False


class State(StrEnum):
    """Whether a pull request is still to be decided, and how it was."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"  # unmerged


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as the forge has it.

    `title` is without the mark some forges put before a draft's. `merges_itself`: the forge was told to merge it when
    its checks pass, or it waits in a merge queue. `problems` names what of a `Draft` the forge refused (an unknown
    reviewer, say) although the pull request stands.
    """

    number: int
    url: str
    head: str
    base: str
    title: str
    body: str
    draft: bool = False
    state: State = State.OPEN
    merges_itself: bool = False
    problems: tuple[Problem, ...] = ()


class Forge(Protocol):
    """One repository on one forge. Every method raises a `ForgeError`."""

    def find(self, head: str, base: str) -> PullRequest | None:
        """The open pull request from branch `head` of this repository (never of a fork) into `base`, or None."""

    def open(self, draft: Draft) -> PullRequest:
        """Open a pull request; one that already exists for the same branches is returned as `find` does."""

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """Bring title and body up to the draft in one request; asks nothing of the forge when they are so already."""

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """Close it unmerged with a word why."""


def in_the_way(forge: Forge, draft: Draft, refused: ForgeError) -> PullRequest:
    """The pull request that exists for the same branches already, where that was why opening one was refused.

    Raises the refusal where it was not.
    """
    existing = forge.find(draft.head, draft.base) if refused.code == EXISTS else None
    if existing is None:
        raise refused
    return existing


@dataclass(frozen=True, slots=True)
class Site:
    """One repository on one forge: `api` is the API's base URL, `project` the path "owner/name".

    It holds the token, and builds the errors so that no text of theirs can.
    `job_token` marks the token of a GitLab CI job, which is sent and explained differently.
    """

    kind: str
    api: str
    project: str
    token: str = field(repr=False)
    job_token: bool = False

    def refused(self, doing: str, status: int, answer: str) -> ForgeError:
        """The error for an answer of HTTP `status` (0 = none known) with the forge's own words, while `doing`."""
        words = self._safe(answer)
        said = f": {words}" if words else ""
        message = f"{self.kind} refused {self._safe(doing)} in {self.project} ({status}){said}"
        if status in (401, 403):
            return ForgeDenied(message, hint=self._token_hint())
        if status == 404:
            hint = f"does {self.project} with its branches exist at {self.api}, and may the token see it?"
            return ForgeError(message, hint=hint, code="forge-unknown")
        if status == 429 or status >= 500:
            return ForgeError(message, hint="try again later", code="forge-unreachable")
        return ForgeError(message, code=EXISTS if "already exists" in words else "")

    def unreachable(self, doing: str, error: Exception) -> ForgeError:
        """The error for a request that got no answer at all."""
        cause = self._safe(_cause(error))
        message = f"{self.kind} at {self.api} could not be reached for {self._safe(doing)} in {self.project}: {cause}"
        hint = "is the address right, is the server up, and does this machine trust its certificate?"
        return ForgeError(message, hint=hint, code="forge-unreachable")

    def garbled(self, doing: str) -> ForgeError:
        """The error for an answer that is not this forge's API."""
        message = (
            f"what answered at {self.api} for {self._safe(doing)} in {self.project} does not speak {self.kind}'s API"
        )
        return ForgeError(message, hint="are forge.url and forge.kind right? has the repository moved?")

    def _token_hint(self) -> str:
        if self.job_token:
            return "a CI job token cannot open merge requests: set TAGWRIGHT_GIT_TOKEN to a project access token (api)"
        return "the token needs write access to pull requests of this repository; set forge.token_env to one that has"

    def _safe(self, text: str) -> str:
        """One printable line of bounded length without the token, whatever a server answered."""
        if self.token:
            text = text.replace(self.token, "***")
        line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return line if len(line) <= LONGEST_ANSWER else line[:LONGEST_ANSWER] + "…"


def same_text(one: str, other: str) -> bool:
    """Equal but for what forges change in passing: line ends and blanks around."""
    return _settled(one) == _settled(other)


def _settled(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _cause(error: BaseException) -> str:
    """The innermost reason of a failed connection in words: libraries wrap it, and quote whole requests around it."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        wrapped = getattr(following, "reason", None) or next((a for a in following.args if a is not following), None)
        following = (wrapped if isinstance(wrapped, BaseException) else None) or following.__cause__
    system = [e for e in seen if isinstance(e, OSError) and e.strerror]
    return str(system[-1].strerror) if system else type(seen[-1]).__name__
