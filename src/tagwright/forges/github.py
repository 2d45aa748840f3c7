"""GitHub and GitHub Enterprise Server, through PyGithub.

A find is one request, an edit one or none, and opening costs one more for labels,
reviewers and assignees each. Nothing else is asked: the repository and the pull request
are addressed lazily, by the URLs of https://docs.github.com/rest/pulls.
A reviewer written "org/team" is asked as a team.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tagwright.errors import ForgeError, Problem
from tagwright.forges.base import Draft, PullRequest, Site, in_the_way, same_text
from tagwright.forges.patience import LONGEST_WAIT, TRIES_AGAIN

if TYPE_CHECKING:
    from github import GithubException
    from github.Issue import Issue
    from github.PullRequest import PullRequest as Pull
    from github.Repository import Repository

TIMEOUT = 15  # seconds; GitHub itself gives up after 10
UNHURRIED = 1.0  # seconds between writes that github.com asks of integrators, and nobody else does


class GitHub:
    """One repository on GitHub; see `Forge`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._repository = _connect(site)

    def find(self, head: str, base: str) -> PullRequest | None:
        """One list request: GitHub filters by owner:branch, and what it lists is checked once more."""
        owner = self._site.project.partition("/")[0]
        with _translated(self._site, "the search for a pull request"):
            pulls = self._repository.get_pulls(state="open", base=base, head=f"{owner}:{head}")
            return next((_seen(pull) for pull in pulls if _is_ours(pull, head, base)), None)

    def open(self, draft: Draft) -> PullRequest:
        """GitHub answers 422 where one exists already."""
        try:
            with _translated(self._site, f"a pull request from {draft.head} into {draft.base}"):
                created = self._repository.create_pull(
                    base=draft.base, head=draft.head, title=draft.title, body=draft.body, draft=draft.draft
                )
                opened = _seen(created)
        except ForgeError as error:
            return in_the_way(self, draft, error)
        return replace(opened, problems=self._dress(opened.number, draft))

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """One PATCH of what differs."""
        if same_text(pull_request.title, draft.title) and same_text(pull_request.body, draft.body):
            return pull_request
        with _translated(self._site, f"an edit of pull request #{pull_request.number}"):
            pull = self._repository.get_pull(pull_request.number)
            pull.edit(title=draft.title, body=draft.body)
            return _seen(pull)

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """A comment, then the state."""
        with _translated(self._site, f"closing pull request #{pull_request.number}"):
            issue = self._repository.get_issue(pull_request.number)
            issue.create_comment(comment)
            issue.edit(state="closed")
            if issue.state != "closed":
                raise ValueError(issue.state)

    def _dress(self, number: int, draft: Draft) -> tuple[Problem, ...]:
        """Labels, reviewers and assignees of a fresh pull request; what is refused does not undo it."""
        pull, issue = self._repository.get_pull(number), self._repository.get_issue(number)
        wishes: tuple[tuple[tuple[str, ...], str, Callable[[], None]], ...] = (
            (draft.labels, "labels", lambda: issue.add_to_labels(*draft.labels)),
            (draft.assignees, "assignees", lambda: _assign(issue, draft.assignees)),
            (draft.reviewers, "reviewers", lambda: _ask_review(pull, draft.reviewers)),
        )
        problems = []
        for names, what, apply in wishes:
            try:
                with _translated(self._site, f"the {what} of pull request #{number}"):
                    if names:
                        apply()
            except ForgeError as error:
                problems.append(error.problem(draft.head))
        return tuple(problems)


def _connect(site: Site) -> Repository:
    from github import Auth, Github, GithubRetry

    patient = GithubRetry(
        total=TRIES_AGAIN,
        backoff_factor=0.3,
        allowed_methods=None,
        raise_on_status=False,
        retry_after_max=LONGEST_WAIT,
        max_rate_limit_wait=LONGEST_WAIT,
        secondary_rate_wait=10,
    )
    public = urlsplit(site.api).hostname == "api.github.com"
    client = Github(
        auth=Auth.Token(site.token),
        base_url=site.api,
        timeout=TIMEOUT,
        retry=patient,
        seconds_between_requests=0,
        seconds_between_writes=UNHURRIED if public else 0,
        lazy=True,
    )
    return client.get_repo(site.project)


def _is_ours(pull: Pull, head: str, base: str) -> bool:
    """From this repository's own branch: a fork may have one of the same name, and its repository may be gone."""
    if pull.head.ref != head or pull.base.ref != base:
        return False
    source = pull.raw_data["head"]["repo"]
    return source is not None and bool(source["id"] == pull.raw_data["base"]["repo"]["id"])


def _seen(pull: Pull) -> PullRequest:
    """What GitHub says it has. A redirected write leaves PyGithub with an empty object: int() refuses that."""
    return PullRequest(
        number=int(pull.number),
        url=pull.html_url,
        head=pull.head.ref,
        base=pull.base.ref,
        title=pull.title,
        body=pull.body or "",
        draft=pull.draft,
    )


def _assign(issue: Issue, names: tuple[str, ...]) -> None:
    issue.add_to_assignees(*names)


def _ask_review(pull: Pull, names: tuple[str, ...]) -> None:
    teams = [name.rpartition("/")[2] for name in names if "/" in name]
    pull.create_review_request(reviewers=[name for name in names if "/" not in name], team_reviewers=teams)


@contextmanager
def _translated(site: Site, doing: str) -> Iterator[None]:
    """PyGithub's exceptions as ours; it asserts what a server must send, so an assertion means: not GitHub's API."""
    from github import BadAttributeException, GithubException, IncompletableObject
    from requests import RequestException

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
    limited = isinstance(error, RateLimitExceededException)
    return site.refused(doing, 429 if limited else error.status, words)


def _detail(error: object) -> object:
    """One of a 422's errors: a text, or an object with a message or with a code and the field it is about."""
    if not isinstance(error, dict):
        return error
    return error.get("message") or f"{error.get('code')}: {error.get('field')}"
