"""`newest: created` or `newest: pushed`: the tag with the latest date wins.

`created` is the date in the image's own configuration (what the builder wrote; of an index the latest of its
images), `pushed` the registry's. Dates cost requests: they are asked only of tags that filter, allow and ignore let
through, so narrow those down. Where the registry lists its pushes (Docker Hub, Quay, Harbor), `pushed` costs no more
than that list, and `created` is asked of the last pushed first and of nobody pushed before the best was created: no
image is newer than its push, and one that says so is as old as its push. Elsewhere every tag that could win is asked
once; with `--cache` what a digest's date is stays known, and the next pass asks for digests and new images alone.

A tag whose date is not told, or that is gone, is `metadata-unavailable`; where one could not be read nothing is chosen
in its stead. Where the current tag is offered but its own date is not told, every other is
`not-comparable` with it and nothing is chosen.
"""

from __future__ import annotations

from datetime import datetime

from tagwright.errors import PolicyError
from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal


class Newest(Policy):
    """Tags by date."""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        if argument not in ("created", "pushed"):
            raise PolicyError(f"{argument!r} is no date of newest", hint="expected created or pushed")
        self.dated = argument

    def position(self, seen: datetime | None) -> datetime | None:
        """The date, where it is known."""
        return seen

    def ranker(self, current: datetime | None) -> Ranker:
        """Takes every tag that has a date."""
        return self.position

    def refusal(self, seen: datetime | None, current: datetime | None) -> Refusal:
        """It has no date."""
        return Refusal(Reason.METADATA_UNAVAILABLE, f"when it was {self.dated} is not known")
