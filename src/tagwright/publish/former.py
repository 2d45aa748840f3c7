"""Direct commits where pull requests were the way before: what people answered counts, and what is open is closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.errors import Problem, TagwrightError
from tagwright.model import Outcome
from tagwright.publish import direct
from tagwright.publish.leftovers import Leftovers
from tagwright.publish.result import Result
from tagwright.publish.work import Work

if TYPE_CHECKING:
    from tagwright.forges.base import Forge
    from tagwright.git.mirror import Mirror


def push(work: Work, place: Mirror, there: Mapping[str, str]) -> Result:
    """Commit what is to be committed; then see to the branches `there` that are not proposed any longer.

    Without a forge's API, or the token it wants, they stay, and that is said: committing needs neither. Raises as
    `publish` does.
    """
    leftovers = Leftovers.of(work, place, there)
    if not leftovers:
        return replace(_committed(work, place), notes=tuple(leftovers.notes))
    try:
        forge = work.forge_for(work.target)
    except TagwrightError as error:
        stay = f"pull requests of before stay: {error.message}"
        note = Problem(work.target.name, "pull-requests-left", stay, error.hint)
        return replace(_committed(work, place), notes=(*leftovers.notes, note))
    leftovers.look(forge)
    if heard := work.new([*leftovers.reopened(), *leftovers.turned_down()]):
        return Result(heard=heard)
    return _cleared(leftovers, forge, _committed(work, place))


def _committed(work: Work, place: Mirror) -> Result:
    return direct.push(work, place) if work.plan.changes else Result()


def _cleared(leftovers: Leftovers, forge: Forge, result: Result) -> Result:
    if any(one.outcome is Outcome.FAILED for one in result.published):
        return result
    leftovers.clear_away(forge)
    return replace(
        result,
        published=(*result.published, *leftovers.published),
        problems=(*result.problems, *leftovers.problems),
        notes=(*result.notes, *leftovers.notes),
    )
