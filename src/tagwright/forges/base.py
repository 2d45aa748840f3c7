"""What a forge is to Tagwright: pull requests found by their head branch, and errors in one voice.

A forge's labels, reviewers, assignees and draft state are set when a pull request is
opened and left alone afterwards: from then on they belong to the people who review it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Protocol, runtime_checkable

from tagwright.errors import ForgeDenied, ForgeError, ForgeUnreachable, Problem
from tagwright.forges.traffic import Account

EXISTS = "forge-exists"  # the code of the one refusal that is good news
MOST_PAGES = 10  # of a list, looked at for a pull request of ours behind those of forks
KINDS = {"github": "GitHub", "gitlab": "GitLab", "gitea": "Gitea"}
_TOKENS = re.compile(r"gh[a-z]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|eyJ[\w-]+\.[\w-]+\.[\w-]+")  # anybody's
LONGEST_ANSWER = 300  # characters of a forge's own words that an error repeats
LONGEST_TEXT = 1 << 20  # characters of a title or body that are read; GitLab takes no more
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\|()\[\]{}]{1,2000}")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


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
    its checks pass, or it waits in a merge queue. `commit` is what its branch was at, as far as the forge keeps that of
    one that is decided; else "". `problems` names what of a `Draft` the forge refused (an unknown
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
    commit: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote into a pull request."""

    author: str
    text: str


class Forge(Protocol):
    """One repository on one forge. Every method raises a `ForgeError`.

    `limit` is the longest body in characters that it is given, `notice` what people should know of what is opened.
    """

    limit: int
    notice: str

    def find(self, head: str, base: str) -> PullRequest | None:
        """The open pull request from branch `head` of this repository (never of a fork) into `base`.

        Where none is open the newest that was merged or closed, else None. One request, as long as there are few.
        """

    def open(self, draft: Draft) -> PullRequest:
        """Open a pull request; an open one for the same branches is returned as `find` does.

        What the forge refuses of labels, people and auto-merge becomes `problems`: the pull request stands.
        """

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """Bring title and body up to the draft in one request; asks nothing of the forge when all is so already.

        One that should be a draft no longer is made ready, and auto-merge switched on where the draft wants it and
        `merges_itself` is false; a refusal of that is a problem too.
        """

    def close(self, pull_request: PullRequest, comment: str, body: str) -> None:
        """Close it unmerged with a comment why, and give it that body in the same write."""

    def comment(self, pull_request: PullRequest, text: str) -> None:
        """Say something in it."""

    def numbered(self, number: int) -> PullRequest | None:
        """The pull request of this number; None where it is from a fork. Unknown to the forge is an error."""

    def remark(self, number: int, comment: int) -> Remark | None:
        """The comment of this id; None where it is in another pull request. Unknown to the forge is an error."""

    def may_write(self, user: str) -> bool:
        """Whether a user of the forge may push to this repository; False for one it does not know."""


@runtime_checkable
class Committing(Protocol):
    """A forge that makes commits by its API, and signs them itself."""

    def commit(self, branch: str, parent: str, files: Mapping[str, bytes], message: str) -> str:
        """Put `files` (path -> content) into a branch that is at `parent`, in one commit; its id. Raises a ForgeError.

        Author and committer are who the token belongs to, or the forge itself.
        """


def standing(found: Iterable[PullRequest | None], page: int) -> PullRequest | None:
    """Of a list, newest first, the open one, else the newest; None stands for one that is not ours.

    `page` entries are looked at before the next are asked for, and no more are when some were ours: that another one,
    further back, was opened again is for `in_the_way` to find out. Stops at MOST_PAGES.
    """
    listed = iter(found)
    for _ in range(MOST_PAGES):
        entries = list(islice(listed, page))
        ours = [one for one in entries if one]
        if ours or len(entries) < page:
            return next((one for one in ours if one.state is State.OPEN), ours[0] if ours else None)
    return None


def in_the_way(refused: ForgeError, search: Callable[[], PullRequest | None]) -> PullRequest:
    """The open pull request for the same branches, where that was why opening one was refused.

    `search` looks among open ones alone. Raises the refusal where it was not.
    """
    existing = search() if refused.code == EXISTS else None
    if existing is None:
        raise refused
    return existing


def tried(about: str, steps: Iterable[Callable[[], object]]) -> tuple[Problem, ...]:
    """Take every step; each that the forge refuses is a problem about the branch `about`."""
    problems = []
    for step in steps:
        try:
            step()
        except ForgeError as error:
            problems.append(error.problem(about))
    return tuple(problems)


@dataclass(frozen=True, slots=True)
class App:
    """A GitHub App with its private key (PEM); `installation` 0 = the one that is found by the repository."""

    id: str
    installation: int
    private_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Site:
    """One repository on one forge: `api` is the API's base URL, `project` the path "owner/name".

    It holds the token, and builds the errors so that no text of theirs can.
    `job_token` marks the token of a GitLab CI job, which is sent and explained differently; with a `username` the
    token is that user's password; an `app` has its own. `notice` is what people should know of what is done with it.
    """

    kind: str
    api: str
    project: str
    token: str = field(repr=False)
    job_token: bool = False
    username: str = ""
    app: App | None = None
    notice: str = ""
    account: Account = field(default_factory=lambda: Account(""), repr=False, compare=False)

    def ready(self, doing: str) -> None:
        """Raises ForgeUnreachable, and asks nothing, where the token's requests are used up for now."""
        if until := self.account.resting():
            message = f"{self.kind} takes no more requests from this token until {until}"
            hint = "the next run after that goes on where this one stopped"
            raise ForgeUnreachable(
                f"{message}; not asked for {self._safe(doing)} in {self.project}", hint=hint, retry_at=until
            )

    def refused(self, doing: str, status: int, answer: str) -> ForgeError:
        """The error for an answer of HTTP `status` (0 = none known) with the forge's own words, while `doing`."""
        words = self._safe(answer)
        said = f": {words}" if words else ""
        message = f"{self.kind} refused {self._safe(doing)} in {self.project} ({status}){said}"
        if until := self.account.resting():
            hint = f"the limit of requests is used up until {until}; the next run after that goes on"
            return ForgeUnreachable(message, hint=hint, retry_at=until)
        if status in (401, 403):
            return ForgeDenied(message, hint=self._token_hint())
        if status == 404:
            hint = f"does {self.project} with its branches exist at {self.api}, and may the token see it?"
            return ForgeError(message, hint=hint, code="forge-unknown")
        if status == 429 or status >= 500:
            return ForgeUnreachable(message, hint="try again later")
        return ForgeError(message, code=EXISTS if "already exists" in words else "")

    def unreachable(self, doing: str, error: Exception) -> ForgeError:
        """The error for a request that got no answer at all."""
        cause = self._safe(_cause(error))
        message = f"{self.kind} at {self.api} could not be reached for {self._safe(doing)} in {self.project}: {cause}"
        hint = "is the address right, is the server up, and does this machine trust its certificate?"
        return ForgeUnreachable(message, hint=hint)

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
        text = _TOKENS.sub("***", text)
        line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return line if len(line) <= LONGEST_ANSWER else line[:LONGEST_ANSWER] + "…"


def text(value: object) -> str:
    """A text of an answer. Raises TypeError for what is none."""
    if not isinstance(value, str):
        raise TypeError(type(value))
    return value[:LONGEST_TEXT]


def address(value: object) -> str:
    """A page's address in an answer: reports, the ledger and other pull requests show it. Raises ValueError."""
    found = text(value)
    if not (_ADDRESS.fullmatch(found) and found.isprintable()):
        raise ValueError("no address of a page")
    return found


def commit_id(value: object) -> str:
    """A commit's id in an answer: git is given it. Raises ValueError."""
    found = text(value)
    if not _COMMIT.fullmatch(found):
        raise ValueError("no id of a commit")
    return found


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
