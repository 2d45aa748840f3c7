"""Forges without their API and its token: what a push alone can ask for.

    push-options   GitLab opens and edits a merge request for the branch that is pushed
                   (docs.gitlab.com/topics/git/commit, "Push options")
    agit           Gitea and Forgejo open a pull request for what is pushed to refs/for/BASE, without a branch
                   (docs.gitea.com/usage/agit-setup, forgejo.org/docs/latest/user/agit-support)
    branch         any forge: the branch waits for a person, or for a rule of the forge's

An option is one line. So the text of the pull request is left to the forge, which takes the commit's: its first line
is the title, the rest the description. None of them asks for a review by an option.
"""

from __future__ import annotations

from dataclasses import dataclass

from tagwright.errors import Problem
from tagwright.forges.base import Draft
from tagwright.model.configured import BY_PUSH

PUSH_OPTIONS, AGIT, BRANCH = BY_PUSH


@dataclass(frozen=True, slots=True)
class Push:
    """How a commit is proposed: to its branch, or with `ref` to that; `options` are told to the server.

    `problems` is what the draft wishes and no push can ask for.
    """

    options: tuple[str, ...] = ()
    ref: str = ""
    problems: tuple[Problem, ...] = ()


def push_for(kind: str, draft: Draft) -> Push:
    """How this kind of forge is asked for the draft."""
    asked = _push_options(draft) if kind == PUSH_OPTIONS else _agit(draft) if kind == AGIT else ()
    ref = f"refs/for/{draft.base}" if kind == AGIT else ""
    return Push(tuple(_line(option) for option in asked), ref, _impossible(kind, draft))


def _push_options(draft: Draft) -> tuple[str, ...]:
    """A draft by its title, which every version knows; auto-merge by the name that old and new ones know."""
    return (
        "merge_request.create",
        f"merge_request.target={draft.base}",
        f"merge_request.title={'Draft: ' if draft.draft else ''}{draft.title}",
        *(f"merge_request.label={label}" for label in draft.labels),
        *(f"merge_request.assign={name}" for name in draft.assignees),
        *(("merge_request.merge_when_pipeline_succeeds",) if draft.auto_merge and not draft.draft else ()),
    )


def _agit(draft: Draft) -> tuple[str, ...]:
    """`topic` is what finds the pull request again; `force-push` lets a commit that was made anew replace the last."""
    title = f"{'WIP: ' if draft.draft else ''}{draft.title}"
    return (f"topic={draft.head}", f"title={title}", "force-push=true")


def _impossible(kind: str, draft: Draft) -> tuple[Problem, ...]:
    wishes = {"reviewers": draft.reviewers}
    if kind != PUSH_OPTIONS:
        wishes |= {"labels": draft.labels, "assignees": draft.assignees}
    if kind != PUSH_OPTIONS and draft.auto_merge:
        wishes |= {"auto_merge": ("true",)}
    named = [what for what, wanted in wishes.items() if wanted]
    if not named:
        return ()
    message = f"forge.kind {kind} cannot ask for {', '.join(named)}"
    return (Problem(draft.head, "forge-by-push", message, "leave that out of delivery, or use the forge's API"),)


def _line(text: str) -> str:
    """One printable line; git refuses any other."""
    return "".join(char if char.isprintable() else " " for char in text)
