"""`digest: latest`: follow what one mutable tag points at.

The reference gets the digest that the tag has now. A reference that already carries a digest has it replaced
when it moves; a bare `app:latest` is written only with `pin_digest: true`, because nothing else of it could
change. Every other tag is `not-allowed`.
"""

from __future__ import annotations

from tagwright.errors import PolicyError
from tagwright.image import TAG
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Judge, Refusal


class Digest:
    """One tag."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        if not TAG.fullmatch(argument):
            raise PolicyError(f"{argument!r} is no tag to follow", hint="expected one tag, such as latest")
        self.tag = argument
        self.other = Refusal(Reason.NOT_ALLOWED, f"only {argument!r} is followed")

    def position(self, text: str) -> None:
        """Tags are not ordered: one is followed."""

    def judge(self, current: str | None) -> Judge:
        """Takes the followed tag alone."""
        return lambda text: () if text == self.tag else self.other
