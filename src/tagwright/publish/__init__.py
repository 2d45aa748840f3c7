"""ChangeSets -> commits and pull requests.

A direct commit is a compare-and-swap on the base branch: all change sets of a target as a
chain of commits in one push. A pull request's branch is rebuilt on the base and replaced
with a lease; nothing is pushed, and the forge not asked to edit, when nothing differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.folder import Folder
from tagwright.model import ChangeSet, FileChange, Head, Mode, Outcome, Published, Target
from tagwright.plan import Plan
from tagwright.publish import direct, reviewed
from tagwright.publish.result import Result
from tagwright.survey import Place

if TYPE_CHECKING:
    from tagwright.forges.base import Forge


def publish(plan: Plan, target: Target, head: Head, place: Place, forge_for: Callable[[Target], Forge]) -> Result:
    """Deliver every change set the way the target wants it.

    Raises BranchMoved when someone pushed first (nothing is lost: look again), and
    BranchProtected in mode `auto`, where the caller has another way to deliver.
    """
    if not plan.changes:
        return Result()
    if isinstance(place, Folder):
        place.write(_whole(plan.changes))
        return Result(tuple(Published(change.key, Outcome.UPDATED) for change in plan.changes))
    if target.delivery.mode is Mode.PULL_REQUEST:
        return reviewed.propose(plan.changes, target, head, place, forge_for)
    return direct.push(plan.changes, target, head, place)


def _whole(changes: tuple[ChangeSet, ...]) -> Iterable[FileChange]:
    """Each file once, from before the first change set to after the last: they build on one another."""
    files: dict[str, FileChange] = {}
    for change in changes:
        for file in change.files:
            files[file.path] = replace(file, before=files.get(file.path, file).before)
    return files.values()
