"""How commits reach a branch: as they were made here, or made once more by the forge, for its signature.

A forge commits on a branch of its own, begun at the base, that lives for a moment. What it made is fetched and compared
with what was intended; only then the branch that counts is moved, by the same push with a lease as ever. So a pull
request is never seen empty, several commits land together or not at all, and a base branch is never forced.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import GitError, UsageError
from tagwright.model import ChangeSet, Head, Target
from tagwright.publish import commits

if TYPE_CHECKING:
    from tagwright.forges.base import Forge
    from tagwright.git.mirror import Mirror


@dataclass(frozen=True, slots=True)
class Made:
    """Commits made here, one a change set, each on the one before and the first on `base`; none is pushed yet."""

    base: str
    changes: tuple[ChangeSet, ...]
    commits: Sequence[str]


def land(
    made: Made, to: tuple[str, str | None], target: Target, place: Mirror, forge: Callable[[], Forge]
) -> list[str]:
    """Move a branch to these commits: `to` is its name, and where it must be now (None: nowhere). Their ids there.

    Raises as `Mirror.push` does; UsageError for a forge that makes no commits, ForgeError where it refuses.
    """
    branch, expected = to
    forced = expected not in (None, made.base)
    with _by_forge(made, target, place, forge()) if target.delivery.by_api else nullcontext(made.commits) as final:
        place.push(final[-1], branch, expected, force=forced, options=target.delivery.push_options)
        return list(final)


@contextmanager
def _by_forge(made: Made, target: Target, place: Mirror, forge: Forge) -> Iterator[Sequence[str]]:
    """The same commits by the forge, for as long as its branch lives."""
    from tagwright.forges.base import Committing

    if not isinstance(forge, Committing):
        hint = "leave delivery.commits out; to sign with a key of your own: delivery.signing"
        raise UsageError(f"the forge of {target.name} makes no signed commits by its API", hint=hint)
    branch = f"{target.delivery.branch_prefix.rstrip('/-')}-commit-{secrets.token_hex(6)}"
    place.push(made.base, branch, None)
    tips = [made.base]
    try:
        for change, draft in zip(made.changes, made.commits, strict=True):
            files = {file.path: file.after for file in change.files}
            tips.append(forge.commit(branch, tips[-1], files, commits.message(change, target.delivery)))
            place.adopt(Head(branch, tips[-1]), draft, tips[-2])
        yield tips[1:]
    finally:
        _drop(branch, tips[-1], place)


def _drop(branch: str, tip: str, place: Mirror) -> None:
    """Delete the forge's branch; where the answer to a commit was lost it is elsewhere than we know."""
    try:
        place.delete(branch, tip)
    except GitError:
        with suppress(GitError):
            place.delete(branch, place.remote(branch) or tip)
