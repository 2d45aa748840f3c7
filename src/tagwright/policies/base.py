"""What a policy kind is: an order of tags, and which of them may be taken.

A position is any value that orders: the greatest wins. Rules common to every kind (filter, allow,
ignore, downgrade guard, age, platforms, ties) are not a policy's business: `decide` has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from tagwright.model import Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tag that cannot be taken, and why."""

    reason: Reason
    detail: str = ""


Ranker = Callable[[Any], Any]
"""What the policy sees of a tag -> its position, None where it refuses the tag. Called for every tag: quick."""


class Policy(Protocol):
    """One kind of policy with its argument.

    What a policy sees of a tag is the text that the filter extracted, or the tag itself. A
    `dated` one ("created" or "pushed") sees that date instead (None where it is not known), so
    every tag that could win has to be described first. `current` is the reference's tag, seen
    the same way; None when there is nothing to compare with.
    """

    dated: str

    def position(self, seen: Any) -> Any | None:
        """Where a tag stands in this policy's order, allowed or not; None = nowhere."""

    def ranker(self, current: Any | None) -> Ranker:
        """Ranks the tags that may follow `current`: their positions, None for the others."""

    def refusal(self, seen: Any, current: Any | None) -> Refusal:
        """Why the ranker for `current` refuses a tag."""

    def reading(self, seen: Any) -> str:
        """What a tag is taken for, where more than one is possible; "" where the kind says it."""
        return ""

    def family(self, seen: Any) -> Any:
        """The positions of two tags say which is newer where their families are equal; most kinds have only one."""
        return None
