"""`digest: latest`: follow what one mutable tag points at.

The reference gets the digest that the tag has now. A reference that already carries a digest has it replaced
when it moves; a bare `app:latest` is written only with `pin_digest: true`, because nothing else of it could
change. Every other tag is `not-allowed`.
"""

from __future__ import annotations

from tagwright.errors import PolicyError
from tagwright.image import TAG
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal


class Digest(Policy):
    """One tag."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        if not TAG.fullmatch(argument):
            raise PolicyError(f"{argument!r} is no tag to follow", hint="expected one tag, such as latest")
        self.tag = argument

    def position(self, seen: str) -> None:
        """Tags are not ordered: one is followed."""

    def ranker(self, current: str | None) -> Ranker:
        """Takes the followed tag alone."""
        return lambda seen: () if seen == self.tag else None

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """It is another tag."""
        return Refusal(Reason.NOT_ALLOWED, f"only {self.tag!r} is followed")
