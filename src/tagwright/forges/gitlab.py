"""GitLab, through python-gitlab: what others call a pull request is a merge request here.

Draft is a title that begins with "Draft: " (https://docs.gitlab.com/user/project/merge_requests/drafts/);
reviewers and assignees are asked for by id, so each name costs one look-up when the first
merge request is opened. GitLab allows one open merge request per pair of branches and
answers 409 to a second.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

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
)
from tagwright.forges.patience import LOOKS_AGAIN, session

if TYPE_CHECKING:
    from gitlab import Gitlab

TIMEOUT = 15.0  # seconds
PAGE = 20  # entries, GitLab's own
LONGEST_BODY = 250_000  # characters; GitLab refuses more than 1,048,576
DRAFT = "Draft: "
DEVELOPER = 30  # docs.gitlab.com/api/access_requests, valid access levels
_STATES = {"opened": State.OPEN, "locked": State.OPEN, "merged": State.MERGED, "closed": State.CLOSED}
NOT_YET = (405, 406, 422)  # what a merge request that GitLab has not checked yet answers to auto-merge


class GitLab:
    """One project on GitLab; see `Forge`."""

    limit = LONGEST_BODY

    def __init__(self, site: Site) -> None:
        self._site, self.notice = site, site.notice
        self._client = _connect(site)
        self._project = self._client.projects.get(site.project, lazy=True)
        self._ids: dict[str, int] = {}

    def find(self, head: str, base: str) -> PullRequest | None:
        """One list request, filtered by the server; merge requests from forks are passed over."""
        return self._listed(head, base, "all")

    def open(self, draft: Draft) -> PullRequest:
        """One look-up a person in a run, one request to create."""
        reviewers, unknown_reviewers = self._people(draft.reviewers, "reviewer", draft.head)
        assignees, unknown_assignees = self._people(draft.assignees, "assignee", draft.head)
        wanted = {
            "source_branch": draft.head,
            "target_branch": draft.base,
            "title": _spelled(draft.title, draft.draft),
            "description": draft.body,
            "labels": list(draft.labels),
            "reviewer_ids": reviewers,
            "assignee_ids": assignees,
        }
        try:
            with _translated(self._site, f"a merge request from {draft.head} into {draft.base}"):
                created = self._project.mergerequests.create(wanted, obey_rate_limit=False)
                opened = _seen(created.attributes)
        except ForgeError as error:
            return in_the_way(error, lambda: self._listed(draft.head, draft.base, "opened"))
        return self._merging_itself(replace(opened, problems=unknown_reviewers + unknown_assignees), draft)

    def edit(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """One PUT of title and body: the title says whether it is a draft too."""
        stays = pull_request.draft and draft.draft
        same_title = same_text(pull_request.title, _bare(draft.title)) and stays == pull_request.draft
        edited = pull_request
        if not (same_title and same_text(pull_request.body, draft.body)):
            wanted = {"title": _spelled(draft.title, stays), "description": draft.body}
            with _translated(self._site, f"an edit of merge request !{pull_request.number}"):
                edited = _seen(self._project.mergerequests.update(pull_request.number, wanted, obey_rate_limit=False))
        return self._merging_itself(edited, draft)

    def close(self, pull_request: PullRequest, comment: str, body: str) -> None:
        """A note, then state and description."""
        self.comment(pull_request, comment)
        wanted = {"state_event": "close", "description": body}
        with _translated(self._site, f"closing merge request !{pull_request.number}"):
            self._project.mergerequests.update(pull_request.number, wanted, obey_rate_limit=False)

    def comment(self, pull_request: PullRequest, text: str) -> None:
        """A note, in GitLab's words."""
        with _translated(self._site, f"a note on merge request !{pull_request.number}"):
            request = self._project.mergerequests.get(pull_request.number, lazy=True)
            request.notes.create({"body": text}, obey_rate_limit=False)

    def numbered(self, number: int) -> PullRequest | None:
        """One request."""
        with _translated(self._site, f"merge request !{number}"):
            found = self._project.mergerequests.get(number).attributes
            return _seen(found) if _is_ours(found, found["source_branch"], found["target_branch"]) else None

    def remark(self, number: int, comment: int) -> Remark | None:
        """One request; what GitLab itself says (`system`) is nobody's."""
        with _translated(self._site, f"a note on merge request !{number}"):
            note = self._project.mergerequests.get(number, lazy=True).notes.get(comment).attributes
            person = note.get("system") is False
            return Remark(text(note["author"]["username"]), text(note["body"])) if person else None

    def may_write(self, user: str) -> bool:
        """Members of the project, its groups and those it is shared with: docs.gitlab.com/api/members. A list that is
        searched, in which others have similar names."""
        with _translated(self._site, f"the access of {user}"):
            listed = self._project.members_all.list(query=user, iterator=True, obey_rate_limit=False)
            return any(
                text(one.attributes["username"]).lower() == user.lower()
                and int(one.attributes["access_level"]) >= DEVELOPER
                and one.attributes.get("state", "active") == "active"
                for one in islice(listed, PAGE)
            )

    def commit(self, branch: str, parent: str, files: Mapping[str, bytes], message: str) -> str:
        """The commits API, which GitLab signs where it has a key to; on the branch's own tip, so the caller compares.

        Its `start_sha` would make the branch, and with `force` take it from others without looking where it is.
        """
        actions = [
            {"action": "update", "file_path": path, "encoding": "base64", "content": b64encode(data).decode("ascii")}
            for path, data in files.items()
        ]
        wanted = {"branch": branch, "commit_message": message, "actions": actions}
        with _translated(self._site, f"a commit on {branch} after {parent[:12]}"):
            return commit_id(self._project.commits.create(wanted, obey_rate_limit=False).get_id())

    def _listed(self, head: str, base: str, state: str) -> PullRequest | None:
        with _translated(self._site, "the search for a merge request"):
            listed = self._project.mergerequests.list(
                state=state, source_branch=head, target_branch=base, iterator=True, obey_rate_limit=False
            )
            ours = (_seen(one.attributes) if _is_ours(one.attributes, head, base) else None for one in listed)
            return standing(ours, PAGE)

    def _merging_itself(self, pull_request: PullRequest, draft: Draft) -> PullRequest:
        """Tell GitLab to merge when the pipeline succeeds; what is in the way is a problem beside the merge request."""
        if not draft.auto_merge or pull_request.draft or pull_request.merges_itself:
            return pull_request
        try:
            self._switch_on(pull_request.number)
        except ForgeError as error:
            return replace(pull_request, problems=(*pull_request.problems, error.problem(draft.head)))
        return replace(pull_request, merges_itself=True)

    def _switch_on(self, number: int) -> None:
        """`auto_merge` is the name since GitLab 17.11, the other the one before; a server ignores an unknown one."""
        from gitlab import GitlabError

        wanted = {"auto_merge": True, "merge_when_pipeline_succeeds": True}
        path = f"{self._project.mergerequests.path}/{number}/merge"
        for wait in (*LOOKS_AGAIN, 0.0):
            with _translated(self._site, f"auto-merge of merge request !{number}"):
                try:
                    self._client.http_put(path, post_data=wanted, obey_rate_limit=False)
                    return
                except GitlabError as error:
                    if error.response_code not in NOT_YET or not wait:
                        raise
            time.sleep(wait)

    def _people(self, names: tuple[str, ...], role: str, head: str) -> tuple[list[int], tuple[Problem, ...]]:
        """Ids of the users that exist, and a problem for each that does not."""
        ids: list[int] = []
        problems: list[Problem] = []
        for name in names:
            try:
                ids.append(self._id(name, role))
            except ForgeError as error:
                problems.append(error.problem(head))
        return ids, tuple(problems)

    def _id(self, name: str, role: str) -> int:
        if name not in self._ids:
            with _translated(self._site, f"the {role} {name}"):
                found = self._client.users.list(username=name, get_all=False, obey_rate_limit=False)
                ids = [int(user.id) for user in found]
            if not ids:
                raise self._site.refused(f"the {role} {name}", 404, "no such user")
            self._ids[name] = ids[0]
        return self._ids[name]


def _connect(site: Site) -> Gitlab:
    """Personal and project tokens go as a bearer token: of all ways, the one that is not carried to another host.

    python-gitlab's own patience would wait as long as a server's Retry-After says, so the session has ours.
    """
    from gitlab import Gitlab

    bearer, job = (None, site.token) if site.job_token else (site.token, None)
    return Gitlab(
        site.api,
        oauth_token=bearer,
        job_token=job,
        timeout=TIMEOUT,
        session=session(site.api, site.account, redirects=0 if site.job_token else 3),
        keep_base_url=True,
    )


def _is_ours(attributes: dict[str, Any], head: str, base: str) -> bool:
    return bool(
        attributes["source_branch"] == head
        and attributes["target_branch"] == base
        and attributes["source_project_id"] == attributes["target_project_id"]
    )


def _seen(attributes: dict[str, Any]) -> PullRequest:
    title = text(attributes["title"])
    return PullRequest(
        number=int(attributes["iid"]),
        url=address(attributes["web_url"]),
        head=text(attributes["source_branch"]),
        base=text(attributes["target_branch"]),
        title=_bare(title),
        body=text(attributes["description"] or ""),
        draft=title != _bare(title),
        state=_STATES[attributes["state"]],
        merges_itself=bool(attributes.get("merge_when_pipeline_succeeds")),
        commit=str(attributes.get("sha") or ""),
    )


def _bare(title: str) -> str:
    while title.startswith(DRAFT):
        title = title.removeprefix(DRAFT)
    return title


def _spelled(title: str, draft: bool) -> str:
    return f"{DRAFT}{_bare(title)}" if draft else _bare(title)


@contextmanager
def _translated(site: Site, doing: str) -> Iterator[None]:
    """python-gitlab's exceptions as ours."""
    from gitlab import GitlabError
    from requests import RequestException, TooManyRedirects
    from requests.exceptions import InvalidSchema

    site.ready(doing)
    try:
        yield
    except (InvalidSchema, TooManyRedirects) as error:
        raise site.garbled(doing) from error
    except GitlabError as error:
        if error.response_code is None:
            raise site.garbled(doing) from error
        raise site.refused(doing, error.response_code, _words(error.error_message)) from error
    except RequestException as error:
        raise site.unreachable(doing, error) from error
    except (AssertionError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise site.garbled(doing) from error


def _words(message: object, depth: int = 3) -> str:
    """GitLab's message: a text, a list of texts, or texts by field."""
    if isinstance(message, dict | list | tuple) and not depth:
        return "…"
    if isinstance(message, dict):
        return "; ".join(f"{field}: {_words(value, depth - 1)}" for field, value in message.items())
    if isinstance(message, (list, tuple)):
        return "; ".join(_words(part, depth - 1) for part in message)
    return str(message)
