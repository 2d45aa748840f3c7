"""GitHub and GitHub Enterprise Server, through PyGithub.

A find is one request, an edit one or none; opening costs one more for labels and assignees together, one for reviewers
and one for auto-merge. Nothing else is asked: the repository and the pull request are addressed lazily, by the URLs of
https://docs.github.com/rest/pulls. A reviewer written "org/team" is asked as a team.

Auto-merge (https://docs.github.com/graphql/reference/mutations#enablepullrequestautomerge) needs to be allowed in the
repository, and something that is required before a merge. Of the ways to merge the first that the repository allows is
taken; where a merge queue is, the queue's.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagwright.errors import ForgeError, Problem
from tagwright.forges.base import (
    Draft,
    PullRequest,
    Remark,
    Site,
    State,
    address,
    commit_id,
    in_the_way,
    same_text,
    standing,
    text,
    tried,
)
from tagwright.forges.patience import A_LIMITS_LENGTH, Patience

if TYPE_CHECKING:
    from github import GithubException
    from github.Issue import Issue
    from github.NamedUser import NamedUser
    from github.PullRequest import PullRequest as Pull
    from github.Repository import Repository

    from tagwright.forges.github_app import Installation

TIMEOUT = 15  # seconds; GitHub itself gives up after 10
UNHURRIED = 1.0  # seconds between writes that github.com asks of integrators, and nobody else does
PAGE = 30  # entries, GitHub's own
LONGEST_BODY = 60_000  # characters; GitHub refuses more than 65,536

_ANOTHER_WAY = re.compile(r"(merge commits?|squash\w*|rebas\w*).*not allowed", re.IGNORECASE)


class GitHub:
    """One repository on GitHub; see `Forge`."""

    limit = LONGEST_BODY

    def __init__(self, site: Site, installation: Installation | None = None) -> None:
        self._site, self.notice = site, site.notice
        self._installation = installation
        self._ways: tuple[str, ...] = ("MERGE", "SQUASH", "REBASE")

    @cached_property
    def _repository(self) -> Repository:
        return _connect(self._site, self._installation)

    def find(self, head: str, base: str) -> PullRequest | None:
        """One list request: GitHub filters by owner:branch, and what it lists is checked once more."""
        return self._listed(head, base, "all")

    def open(self, draft: Draft) -> PullRequest:
        """GitHub answers 422 where one exists already."""
        try:
            with translated(self._site, f"a pull request from {draft.head} into {draft.base}"):
                created = self._repository.create_pull(
                    base=draft.base, head=draft.head, title=draft.title, body=draft.body, draft=draft.draft
                )
                opened = _seen(created)
        except ForgeError as error:
            return in_the_way(error, lambda: self._listed(draft.head, draft.base, "open"))
        dressed = replace(opened, problems=self._dress(opened.number, draft))
        return self._merging_itself(created, dressed, draft)

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """One PATCH of what differs; ready for review and auto-merge are one mutation each."""
        same = same_text(pull_request.title, draft.title) and same_text(pull_request.body, draft.body)
        ready = pull_request.draft and not draft.draft
        if same and not ready and (pull_request.merges_itself or not draft.auto_merge or draft.draft):
            return pull_request
        pull = self._repository.get_pull(pull_request.number)
        edited = pull_request
        with translated(self._site, f"an edit of pull request #{pull_request.number}"):
            if not same:
                pull.edit(title=draft.title, body=draft.body)
                edited = _seen(pull)
            if ready:
                pull.mark_ready_for_review()
                edited = replace(edited, draft=False)
        return self._merging_itself(pull, edited, draft)

    def close(self, pull_request: PullRequest, comment: str, body: str) -> None:
        """A comment, then state and body."""
        self.comment(pull_request, comment)
        with translated(self._site, f"closing pull request #{pull_request.number}"):
            pull = self._repository.get_pull(pull_request.number)
            pull.edit(state="closed", body=body)
            if pull.state != "closed":
                raise ValueError(pull.state)

    def comment(self, pull_request: PullRequest, text: str) -> None:
        """A pull request's comments are its issue's."""
        with translated(self._site, f"a comment on pull request #{pull_request.number}"):
            self._repository.get_issue(pull_request.number).create_comment(text)

    def commit(self, branch: str, parent: str, files: Mapping[str, bytes], message: str) -> str:
        """GraphQL's createCommitOnBranch, which GitHub signs; `parent` is its compare-and-swap (expectedHeadOid)."""
        headline, _, text = message.strip().partition("\n")
        additions = [{"path": path, "contents": b64encode(data).decode("ascii")} for path, data in files.items()]
        wanted = {
            "branch": {"repositoryNameWithOwner": self._site.project, "branchName": branch},
            "expectedHeadOid": parent,
            "message": {"headline": headline, "body": text.strip("\n")},
            "fileChanges": {"additions": additions},
        }
        with translated(self._site, f"a commit on {branch}"):
            requester = self._repository.requester
            _, done = requester.graphql_named_mutation("createCommitOnBranch", wanted, "commit { oid }")
            return commit_id(done["commit"]["oid"])

    def _listed(self, head: str, base: str, state: str) -> PullRequest | None:
        owner = self._site.project.partition("/")[0]
        with translated(self._site, "the search for a pull request"):
            pulls = self._repository.get_pulls(state=state, base=base, head=f"{owner}:{head}")
            return standing((_seen(pull) if _is_ours(pull, head, base) else None for pull in pulls), PAGE)

    def numbered(self, number: int) -> PullRequest | None:
        """One request."""
        with translated(self._site, f"pull request #{number}"):
            pull = self._repository.get_pull(number)
            return _seen(pull) if _is_ours(pull, pull.head.ref, pull.base.ref) else None

    def remark(self, number: int, comment: int) -> Remark | None:
        """Two requests; the comments of all issues have one row of numbers."""
        with translated(self._site, f"a comment on pull request #{number}"):
            found = self._repository.get_issue(number).get_comment(comment)
            here = found.issue_url.endswith(f"/issues/{number}")
            return Remark(found.user.login, found.body) if here else None

    def may_write(self, user: str) -> bool:
        """docs.github.com/rest/collaborators: maintain counts as write, triage as read; who is none at all is a 404."""
        try:
            with translated(self._site, f"the permission of {user}"):
                return self._repository.get_collaborator_permission(user) in ("write", "admin")
        except ForgeError as error:
            if error.code != "forge-unknown":
                raise
            return False

    def _dress(self, number: int, draft: Draft) -> tuple[Problem, ...]:
        """Labels, assignees and reviewers of a fresh pull request; what is refused does not undo it."""
        pull, issue = self._repository.get_pull(number), self._repository.get_issue(number)
        named = [what for what in ("labels", "assignees") if getattr(draft, what)]
        steps: list[tuple[str, Callable[[], None]]] = []
        if named:
            steps.append((" and ".join(named), lambda: self._mark(issue, draft)))
        if draft.reviewers:
            steps.append(("reviewers", lambda: _ask_review(pull, draft.reviewers)))
        return tried(draft.head, (self._step(what, number, take) for what, take in steps))

    def _mark(self, issue: Issue, draft: Draft) -> None:
        """Both in one PATCH, or apart where that is refused; a new label is made, an unknown person passed over."""
        from github import GithubException
        from github.GithubObject import NotSet

        labels: list[str] = list(draft.labels)
        people: list[NamedUser | str] = list(draft.assignees)
        try:
            issue.edit(labels=labels or NotSet, assignees=people or NotSet)
        except GithubException as error:
            if error.status != 422 or not (labels and people):
                raise
            issue.add_to_labels(*labels)
            issue.add_to_assignees(*people)
        there = {user.login.lower() for user in issue.assignees} if people else set()
        if missing := [name for name in draft.assignees if name.lower() not in there]:
            doing = f"the assignees of pull request #{issue.number}"
            raise self._site.refused(doing, 422, f"not assignable: {', '.join(missing)}")

    def _step(self, what: str, number: int, take: Callable[[], None]) -> Callable[[], None]:
        def step() -> None:
            with translated(self._site, f"the {what} of pull request #{number}"):
                take()

        return step

    def _merging_itself(self, pull: Pull, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """Switch auto-merge on where the draft wants it; what is in the way is a problem beside the pull request."""
        if not draft.auto_merge or pull_request.draft or pull_request.merges_itself:
            return pull_request
        try:
            self._switch_on(pull, f"auto-merge of pull request #{pull_request.number}")
        except ForgeError as error:
            told = ForgeError(error.message, hint=_merge_hint(error.message, draft.base) or error.hint, code=error.code)
            return replace(pull_request, problems=(*pull_request.problems, told.problem(draft.head)))
        return replace(pull_request, merges_itself=True)

    def _switch_on(self, pull: Pull, doing: str) -> None:
        while True:
            try:
                with translated(self._site, doing):
                    pull.enable_automerge(self._ways[0])
                return
            except ForgeError as error:
                if len(self._ways) == 1 or not _ANOTHER_WAY.search(error.message):
                    raise
                self._ways = self._ways[1:]


def _connect(site: Site, installation: Installation | None) -> Repository:
    from github import Auth, Github

    public = urlsplit(site.api).hostname == "api.github.com"
    client = Github(
        auth=installation.auth() if installation else Auth.Token(site.token),
        base_url=site.api,
        timeout=TIMEOUT,
        retry=Patience(account=site.account),
        seconds_between_requests=0,
        seconds_between_writes=UNHURRIED if public else 0,
        lazy=True,
    )
    return client.get_repo(site.project)


def _is_ours(pull: Pull, head: str, base: str) -> bool:
    """From this repository's own branch: a fork may have one of the same name, and its repository may be gone."""
    if pull.head.ref != head or pull.base.ref != base:
        return False
    source: Repository | None = pull.head.repo
    return source is not None and source.id == pull.base.repo.id


def _seen(pull: Pull) -> PullRequest:
    """What GitHub says it has. A redirected write leaves PyGithub with an empty object: int() refuses that."""
    closed = State.MERGED if pull.merged_at else State.CLOSED
    automatic: object = pull.auto_merge
    return PullRequest(
        number=int(pull.number),
        url=address(pull.html_url),
        head=text(pull.head.ref),
        base=text(pull.base.ref),
        title=text(pull.title),
        body=text(pull.body or ""),
        draft=pull.draft,
        state=State.OPEN if pull.state == "open" else closed,
        merges_itself=automatic is not None,
        commit=pull.head.sha,
    )


def _ask_review(pull: Pull, names: tuple[str, ...]) -> None:
    teams = [name.rpartition("/")[2] for name in names if "/" in name]
    pull.create_review_request(reviewers=[name for name in names if "/" not in name], team_reviewers=teams)


def _merge_hint(words: str, base: str) -> str:
    """What to do about GitHub's two usual refusals of auto-merge."""
    if "status" in words and "Pull request" in words:
        return f"GitHub merges by itself only where something is required first: require a check or a review for {base}"
    if "not allowed for this repository" in words:
        return "allow auto-merge in the repository's settings, under Pull Requests"
    return ""


@contextmanager
def translated(site: Site, doing: str) -> Iterator[None]:
    """PyGithub's exceptions as ours; it asserts what a server must send, so an assertion means: not GitHub's API."""
    from github import BadAttributeException, GithubException, IncompletableObject
    from requests import RequestException

    site.ready(doing)
    try:
        yield
    except (BadAttributeException, IncompletableObject) as error:
        raise site.garbled(doing) from error
    except GithubException as error:
        raise _refusal(site, doing, error) from error
    except RequestException as error:
        raise site.unreachable(doing, error) from error
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        raise site.garbled(doing) from error


def _refusal(site: Site, doing: str, error: GithubException) -> ForgeError:
    """The API's message, and what its list of errors adds."""
    from github import RateLimitExceededException

    data = error.data if isinstance(error.data, dict) else {}
    words = "; ".join(str(word) for word in (data.get("message"), *map(_detail, data.get("errors") or ())) if word)
    if isinstance(error, RateLimitExceededException) and not site.account.resting():
        site.account.rest(A_LIMITS_LENGTH)  # a limit that only the words tell
    return site.refused(doing, error.status, words)


def _detail(error: object) -> object:
    """One of a 422's errors: a text, or an object with a message or with a code and the field it is about."""
    if not isinstance(error, dict):
        return error
    return error.get("message") or f"{error.get('code')}: {error.get('field')}"
