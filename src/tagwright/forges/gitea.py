"""Gitea and Forgejo, by plain HTTP: the few calls needed are the same in every version.

Open pull requests are listed page by page until ours is among them, because not every
version filters by branch. A draft is a title that begins with "WIP: ". Labels are given by id,
which every version takes (names only the newer ones), so they cost a look-up. Answers
as observed: 409 for a second pull request of the same branches, 404 for an unknown branch, 201 for an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from tagwright.errors import ForgeError, Problem
from tagwright.forges.base import Draft, PullRequest, Site, in_the_way, same_text
from tagwright.forges.patience import session

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

T = TypeVar("T")

TIMEOUT = 15.0  # seconds
PAGE = 50  # entries; Gitea's own limit where nobody changed it
DRAFT = "WIP: "


class Gitea:
    """One repository on Gitea; see `Forge`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._session = session()

    def find(self, head: str, base: str) -> PullRequest | None:
        """One request a page."""
        doing = "the search for a pull request"
        return next((one for one in self._pages("/pulls", doing, _ours(head, base), state="open") if one), None)

    def open(self, draft: Draft) -> PullRequest:
        """Gitea answers 409 where one exists already."""
        title = _spelled(draft.title, draft.draft)
        wanted = {"head": draft.head, "base": draft.base, "title": title, "body": draft.body}
        doing = f"a pull request from {draft.head} into {draft.base}"
        try:
            opened = self._ask("POST", "/pulls", doing, _seen, json=wanted)
        except ForgeError as error:
            return in_the_way(self, draft, error)
        return replace(opened, problems=self._dress(opened.number, draft))

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """One PATCH of what differs; a draft stays one until a person says otherwise."""
        if same_text(pull_request.title, _bare(draft.title)) and same_text(pull_request.body, draft.body):
            return pull_request
        doing = f"an edit of pull request #{pull_request.number}"
        wanted = {"title": _spelled(draft.title, pull_request.draft), "body": draft.body}
        return self._ask("PATCH", f"/pulls/{pull_request.number}", doing, _seen, json=wanted)

    def close(self, pull_request: PullRequest, comment: str) -> None:
        """A comment, then the state."""
        doing = f"closing pull request #{pull_request.number}"
        self._ask("POST", f"/issues/{pull_request.number}/comments", doing, bool, json={"body": comment})
        self._ask("PATCH", f"/pulls/{pull_request.number}", doing, _seen, json={"state": "closed"})

    def _dress(self, number: int, draft: Draft) -> tuple[Problem, ...]:
        """Labels, assignees and reviewers of a fresh pull request; what is refused does not undo it."""
        wishes: tuple[tuple[tuple[str, ...], str, Callable[[str], object]], ...] = (
            (draft.labels, "labels", lambda doing: self._label(number, draft.labels, doing)),
            (draft.assignees, "assignees", lambda doing: self._assign(number, draft.assignees, doing)),
            (draft.reviewers, "reviewers", lambda doing: self._ask_review(number, draft.reviewers, doing)),
        )
        problems = []
        for names, what, apply in wishes:
            try:
                if names:
                    apply(f"the {what} of pull request #{number}")
            except ForgeError as error:
                problems.append(error.problem(draft.head))
        return tuple(problems)

    def _label(self, number: int, names: tuple[str, ...], doing: str) -> None:
        known = dict(self._pages("/labels", doing, lambda label: (str(label["name"]), int(label["id"]))))
        ids = [known[name] for name in names if name in known]
        if ids:
            self._ask("POST", f"/issues/{number}/labels", doing, bool, json={"labels": ids})
        if unknown := [name for name in names if name not in known]:
            raise self._site.refused(doing, 404, f"no such label: {', '.join(unknown)}")

    def _assign(self, number: int, names: tuple[str, ...], doing: str) -> None:
        self._ask("PATCH", f"/issues/{number}", doing, bool, json={"assignees": list(names)})

    def _ask_review(self, number: int, names: tuple[str, ...], doing: str) -> None:
        people = [name for name in names if "/" not in name]
        teams = [name.rpartition("/")[2] for name in names if "/" in name]
        wanted = {"reviewers": people, "team_reviewers": teams}
        self._ask("POST", f"/pulls/{number}/requested_reviewers", doing, bool, json=wanted)

    def _pages(self, path: str, doing: str, read: Callable[[Any], T], **query: str) -> Iterator[T]:
        """Every entry of a list, until a page is empty: a server may give fewer entries than it is asked for."""
        for page in count(1):
            asked = {**query, "page": str(page), "limit": str(PAGE)}
            entries = self._ask("GET", path, doing, lambda found: [read(one) for one in found], params=asked)
            if not entries:
                return
            yield from entries

    def _ask(self, method: str, path: str, doing: str, read: Callable[[Any], T], **sent: Any) -> T:
        """One request and what `read` makes of its answer; every way it can go wrong is a ForgeError.

        `sent` is the `json` or `params` of the request.
        """
        from requests import RequestException

        url = f"{self._site.api}/api/v1/repos/{self._site.project}{path}"
        sent |= {"timeout": TIMEOUT, "allow_redirects": False, "auth": self._authorise}
        try:
            answer = self._session.request(method, url, **sent)
        except RequestException as error:
            raise self._site.unreachable(doing, error) from error
        if answer.status_code >= 400:
            raise self._site.refused(doing, answer.status_code, _words(answer))
        try:
            if answer.status_code >= 300:
                raise ValueError(answer.status_code)
            return read(answer.json())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._site.garbled(doing) from error

    def _authorise(self, request: PreparedRequest) -> PreparedRequest:
        """Given as `auth`, so that no .netrc of the machine takes its place."""
        request.headers["Authorization"] = f"token {self._site.token}"
        return request


def _ours(head: str, base: str) -> Callable[[Any], PullRequest | None]:
    """Reads a pull request of this repository's own branch; None for a fork's or another's."""

    def read(entry: dict[str, Any]) -> PullRequest | None:
        source, target = entry["head"], entry["base"]
        ours = source["ref"] == head and target["ref"] == base and source["repo_id"] == target["repo_id"]
        return _seen(entry) if ours else None

    return read


def _seen(entry: dict[str, Any]) -> PullRequest:
    title = _text(entry["title"])
    return PullRequest(
        number=int(entry["number"]),
        url=_text(entry["html_url"]),
        head=_text(entry["head"]["ref"]),
        base=_text(entry["base"]["ref"]),
        title=_bare(title),
        body=_text(entry["body"] or ""),
        draft=title != _bare(title),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _bare(title: str) -> str:
    while title.startswith(DRAFT):
        title = title.removeprefix(DRAFT)
    return title


def _spelled(title: str, draft: bool) -> str:
    return f"{DRAFT}{_bare(title)}" if draft else _bare(title)


def _words(answer: Response) -> str:
    """Gitea's message, or nothing where the answer is no JSON."""
    try:
        return str(answer.json()["message"])
    except (KeyError, TypeError, ValueError):
        return ""
