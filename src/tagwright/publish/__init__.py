"""ChangeSets -> commits and pull requests.

A direct commit is a compare-and-swap on the base branch: all change sets of a target as a
chain of commits in one push. A pull request's branch is rebuilt on the base and replaced
with a lease; nothing is pushed, and the forge not asked to edit, when nothing differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tagwright.folder import Folder
from tagwright.model import ChangeSet, FileChange, Mode, Outcome, Published
from tagwright.publish import direct
from tagwright.publish.result import Result
from tagwright.publish.work import Work
from tagwright.survey import Place


def publish(work: Work, place: Place) -> Result:
    """Deliver every change set the way the target wants it.

    Raises BranchMoved when someone pushed first (nothing is lost: look again), and
    BranchProtected in mode `auto`, where the caller has another way to deliver.
    """
    changes = work.plan.changes
    if isinstance(place, Folder):
        place.write(_whole(changes))
        return Result(tuple(Published(change.key, Outcome.UPDATED) for change in changes))
    if work.target.delivery.mode is Mode.PULL_REQUEST:
        from tagwright.publish import pushed, reviewed

        return pushed.propose(work, place) if work.target.forge.by_push else reviewed.propose(work, place)
    there = place.branches(work.target.delivery.branch_prefix)
    if there and not work.target.forge.by_push:
        from tagwright.publish import former

        return former.push(work, place, there)
    return direct.push(work, place) if changes else Result()


def _whole(changes: tuple[ChangeSet, ...]) -> Iterable[FileChange]:
    """Each file once, from before the first change set to after the last: they build on one another."""
    files: dict[str, FileChange] = {}
    for change in changes:
        for file in change.files:
            files[file.path] = replace(file, before=files.get(file.path, file).before)
    return files.values()
