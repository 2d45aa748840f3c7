"""Gitea and Forgejo, by plain HTTP: the few calls needed are the same in every version.

Gitea finds a pull request by its branches, but the first there ever was, and older versions not even that; so where
that one is not open, the open ones and the ones closed last are listed, once in the life of this object. A closed one
further back than LAST_CLOSED pages is not found.

A draft is a title that begins with "WIP: ". Labels are given by id, which every version takes, so they cost a look-up;
reviewers are asked again where an older version passed over them. Answers as observed: 409 for a second pull request
of the same branches, 404 for an unknown branch, 201 for an edit; a branch that was deleted is "refs/pull/7/head" from
then on, and its name only in the label. Whether one merges itself is told nowhere: it is asked for again when a new
text is written, and "already scheduled" is what was wanted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

from tagwright.errors import ForgeError
from tagwright.forges.base import (
    EXISTS,
    Draft,
    PullRequest,
    Remark,
    Site,
    State,
    address,
    in_the_way,
    same_text,
    text,
    tried,
)
from tagwright.forges.gitea_api import Api
from tagwright.forges.patience import LOOKS_AGAIN

DRAFT = "WIP: "
LONGEST_BODY = 250_000  # characters; Gitea keeps any, but has to render it
MOST_OPEN = 20  # pages
LAST_CLOSED = 4  # pages
MOST_LABELS = 20  # pages


class Gitea:
    """One repository on Gitea; see `Forge`."""

    limit = LONGEST_BODY

    def __init__(self, site: Site) -> None:
        self._site, self.notice = site, site.notice
        self._api = Api(site)
        self._known: dict[str, dict[int, PullRequest]] = {}  # by base branch, where they were listed
        self._labels: dict[str, int] = {}
        self._way = "merge"

    def find(self, head: str, base: str) -> PullRequest | None:
        """One request, or none after a list."""
        if base not in self._known:
            named = self._named(head, base)
            if named and named.state is State.OPEN:
                return named
            self._known[base] = {one.number: one for one in self._listed(base, "open") + self._listed(base, "closed")}
        ours = sorted((one for one in self._known[base].values() if one.head == head), key=lambda one: -one.number)
        return next((one for one in ours if one.state is State.OPEN), ours[0] if ours else None)

    def open(self, draft: Draft) -> PullRequest:
        """Everything in one request; where Gitea refuses that, or passes over a part, that part is asked for apart."""
        try:
            opened, lacks = self._create(draft, self._extras(draft))
        except ForgeError as error:
            if error.code == EXISTS:
                return in_the_way(error, lambda: self._open_one(draft.head, draft.base))
            if error.code == "forge-unreachable" or not (draft.labels or draft.assignees or draft.reviewers):
                raise
            opened, lacks = self._create(draft, {})
        problems = tried(draft.head, self._steps(opened.number, draft, lacks))
        return self._keep(self._merging_itself(replace(opened, problems=problems), draft))

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """One PATCH of title and body: the title says whether it is a draft too."""
        stays = pull_request.draft and draft.draft
        same_title = same_text(pull_request.title, _bare(draft.title)) and stays == pull_request.draft
        if same_title and same_text(pull_request.body, draft.body):
            return pull_request
        doing = f"an edit of pull request #{pull_request.number}"
        wanted = {"title": _spelled(draft.title, stays), "body": draft.body}
        edited = self._api.ask("PATCH", f"/pulls/{pull_request.number}", doing, self._read, json=wanted)
        return self._keep(self._merging_itself(edited, draft))

    def close(self, pull_request: PullRequest, comment: str, body: str) -> None:
        """A comment, then state and body."""
        self.comment(pull_request, comment)
        doing = f"closing pull request #{pull_request.number}"
        wanted = {"state": "closed", "body": body}
        self._keep(self._api.ask("PATCH", f"/pulls/{pull_request.number}", doing, self._read, json=wanted))

    def comment(self, pull_request: PullRequest, text: str) -> None:
        """A pull request's comments are its issue's."""
        doing = f"a comment on pull request #{pull_request.number}"
        self._api.ask("POST", f"/issues/{pull_request.number}/comments", doing, bool, json={"body": text})

    def numbered(self, number: int) -> PullRequest | None:
        """One request."""
        return self._api.ask("GET", f"/pulls/{number}", f"pull request #{number}", _ours)

    def remark(self, number: int, comment: int) -> Remark | None:
        """One request; the comments of all pull requests have one row of numbers."""

        def read(found: Any) -> Remark | None:
            here = text(found["pull_request_url"]).rstrip("/").endswith(f"/pulls/{number}")
            return Remark(text(found["user"]["login"]), text(found["body"])) if here else None

        return self._api.ask("GET", f"/issues/comments/{comment}", f"a comment on pull request #{number}", read)

    def may_write(self, user: str) -> bool:
        """Told only to a token of somebody who administers the repository; who is none at all is a 404."""
        doing = f"the permission of {user}"
        try:
            path = f"/collaborators/{quote(user, safe='')}/permission"
            told = self._api.ask("GET", path, doing, lambda found: text(found["permission"]))
        except ForgeError as error:
            if error.code != "forge-unknown":
                raise
            return False
        return told in ("write", "admin", "owner")

    def _named(self, head: str, base: str) -> PullRequest | None:
        """The first pull request there ever was from `head` into `base`; None where it cannot be told."""
        try:
            path = f"/pulls/{quote(base, safe='')}/{quote(head)}"
            named = self._api.ask("GET", path, "the search for a pull request", _ours)
        except ForgeError as error:
            if error.code != "forge-unknown":
                raise
            return None
        return named if named and (named.head, named.base) == (head, base) else None

    def _listed(self, base: str, state: str) -> list[PullRequest]:
        doing, most = "the search for a pull request", MOST_OPEN if state == "open" else LAST_CLOSED
        found = self._api.pages("/pulls", doing, _ours, most, state=state, base_branch=base, sort="recentupdate")
        return [one for one in found if one and one.base == base]

    def _open_one(self, head: str, base: str) -> PullRequest | None:
        return next((one for one in self._listed(base, "open") if one.head == head), None)

    def _keep(self, pull_request: PullRequest) -> PullRequest:
        if pull_request.base in self._known:
            self._known[pull_request.base][pull_request.number] = replace(pull_request, problems=())
        return pull_request

    def _read(self, entry: dict[str, Any]) -> PullRequest:
        """What a write answers; it tells the way this repository merges, too."""
        self._way = text(entry["base"]["repo"].get("default_merge_style") or self._way)
        return _seen(entry)

    def _create(self, draft: Draft, extras: dict[str, Any]) -> tuple[PullRequest, frozenset[str]]:
        """The new pull request, and which of labels, assignees and reviewers it lacks."""

        def read(entry: dict[str, Any]) -> tuple[PullRequest, frozenset[str]]:
            return self._read(entry), _lacking(entry, draft)

        wanted = {"head": draft.head, "base": draft.base, "body": draft.body, **extras}
        wanted["title"] = _spelled(draft.title, draft.draft)
        return self._api.ask("POST", "/pulls", f"a pull request from {draft.head} into {draft.base}", read, json=wanted)

    def _extras(self, draft: Draft) -> dict[str, Any]:
        people, teams = _apart(draft.reviewers)
        with suppress(ForgeError):
            self._learn_labels(draft)
        labels = [self._labels[name] for name in draft.labels if name in self._labels]
        wanted = {
            "labels": labels,
            "assignees": list(draft.assignees),
            "reviewers": people,
            "team_reviewers": teams,
        }
        return {name: value for name, value in wanted.items() if value}

    def _steps(self, number: int, draft: Draft, lacks: frozenset[str]) -> tuple[Callable[[], object], ...]:
        steps: dict[str, Callable[[str], object]] = {
            "labels": lambda doing: self._label(number, draft, doing),
            "assignees": lambda doing: self._assign(number, draft, doing),
            "reviewers": lambda doing: self._ask_review(number, draft, doing),
        }
        return tuple(
            partial(take, f"the {what} of pull request #{number}") for what, take in steps.items() if what in lacks
        )

    def _label(self, number: int, draft: Draft, doing: str) -> None:
        self._learn_labels(draft)
        ids = [self._labels[name] for name in draft.labels if name in self._labels]
        if ids:
            self._api.ask("POST", f"/issues/{number}/labels", doing, bool, json={"labels": ids})
        if unknown := [name for name in draft.labels if name not in self._labels]:
            raise self._site.refused(doing, 404, f"no such label: {', '.join(unknown)}")

    def _learn_labels(self, draft: Draft) -> None:
        """Every label of the repository, once."""
        if draft.labels and not self._labels:
            read, doing = (lambda label: (str(label["name"]), int(label["id"]))), "the labels"
            self._labels = dict(self._api.pages("/labels", doing, read, MOST_LABELS))

    def _assign(self, number: int, draft: Draft, doing: str) -> None:
        self._api.ask("PATCH", f"/issues/{number}", doing, bool, json={"assignees": list(draft.assignees)})

    def _ask_review(self, number: int, draft: Draft, doing: str) -> None:
        people, teams = _apart(draft.reviewers)
        wanted = {"reviewers": people, "team_reviewers": teams}
        self._api.ask("POST", f"/pulls/{number}/requested_reviewers", doing, bool, json=wanted)

    def _merging_itself(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """Have Gitea merge it when its checks succeed; what is in the way is a problem beside the pull request."""
        if not draft.auto_merge or pull_request.draft:
            return pull_request
        problems = tried(draft.head, (lambda: self._switch_on(pull_request.number),))
        return replace(pull_request, merges_itself=not problems, problems=pull_request.problems + problems)

    def _switch_on(self, number: int) -> None:
        wanted = {"Do": self._way, "merge_when_checks_succeed": True}
        for wait in (*LOOKS_AGAIN, 0.0):
            try:
                self._api.ask("POST", f"/pulls/{number}/merge", f"auto-merge of #{number}", bool, json=wanted)
                return
            except ForgeError as error:
                if "already scheduled" in error.message:
                    return
                if "try again later" not in error.message or not wait:
                    raise
            time.sleep(wait)


def _ours(entry: dict[str, Any]) -> PullRequest | None:
    """Reads a pull request of this repository's own branch; None for a fork's."""
    return _seen(entry) if entry["head"]["repo_id"] == entry["base"]["repo_id"] else None


def _seen(entry: dict[str, Any]) -> PullRequest:
    title = text(entry["title"])
    closed = State.MERGED if entry["merged"] else State.CLOSED
    return PullRequest(
        number=int(entry["number"]),
        url=address(entry["html_url"]),
        head=text(entry["head"]["label"]),
        base=text(entry["base"]["ref"]),
        title=_bare(title),
        body=text(entry["body"]),
        draft=title != _bare(title),
        state=State.OPEN if entry["state"] == "open" else closed,
    )


def _lacking(entry: dict[str, Any], draft: Draft) -> frozenset[str]:
    """Of labels, assignees and reviewers the ones that are not all on it; older versions do not tell the last."""
    people, teams = _apart(draft.reviewers)
    wanted = (
        ("labels", draft.labels, "labels", "name"),
        ("assignees", draft.assignees, "assignees", "login"),
        ("reviewers", people, "requested_reviewers", "login"),
        ("reviewers", teams, "requested_reviewers_teams", "name"),
    )
    return frozenset(
        what
        for what, names, key, name in wanted
        if not {one.lower() for one in names} <= {str(one[name]).lower() for one in entry.get(key) or ()}
    )


def _apart(reviewers: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """People and teams: a team is written "org/team"."""
    teams = [name.rpartition("/")[2] for name in reviewers if "/" in name]
    return [name for name in reviewers if "/" not in name], teams


def _bare(title: str) -> str:
    while title.startswith(DRAFT):
        title = title.removeprefix(DRAFT)
    return title


def _spelled(title: str, draft: bool) -> str:
    return f"{DRAFT}{_bare(title)}" if draft else _bare(title)
