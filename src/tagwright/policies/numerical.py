"""`numerical: ascending`: the largest number wins (`descending`: the smallest).

A number is digits with an optional sign and an optional fraction; it is compared exactly at any length,
so that time stamps of 17 digits and more keep their order. Any other tag is `not-a-version` and left out:
one stray `latest` does not stop the rest. Mostly used with a filter that extracts the number:
`filter: {pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)$', extract: '$ts'}`.
"""

from __future__ import annotations

import re
from decimal import Decimal

from tagwright.model import PolicySpec, Reason
from tagwright.policies.base import Policy, Ranker, Refusal
from tagwright.policies.direction import is_descending

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?").fullmatch


class Numerical(Policy):
    """Numbers of any length, exactly."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        self.descending = is_descending("numerical", argument)

    def position(self, seen: str) -> Decimal | None:
        """The number, negated when the smallest wins (copy_negate: unary minus would round)."""
        if not _NUMBER(seen):
            return None
        return Decimal(seen).copy_negate() if self.descending else Decimal(seen)

    def ranker(self, current: str | None) -> Ranker:
        """Takes every number."""
        return self.position

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """It is no number."""
        return Refusal(Reason.NOT_A_VERSION, "is no number; a filter can extract one")
