"""What a policy kind is: it judges one tag at a time, and `decide` does the rest for all.

A rank is any value that orders: the greatest wins. Rules common to every kind (filter,
allow, ignore, downgrade guard, metadata gates, ties) are not a policy's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from tagwright.model import Candidate, Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tag this policy cannot take, and why."""

    reason: Reason
    detail: str = ""


class Policy(Protocol):
    """One kind of policy with its argument."""

    def rank(self, candidate: Candidate, text: str, current: str | None) -> Any | Refusal:
        """Judge one tag. `text` is what the filter extracted (the tag itself without one);
        `current` is the reference's tag, extracted the same way. Returns an orderable rank, or a Refusal."""
