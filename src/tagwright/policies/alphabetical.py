"""`alphabetical: ascending`: the last tag in byte order wins (`descending`: the first).

Bytes, not words: `Z` stands before `a`, and `build-9` after `build-10`. Right for dates written from the year
down (`2024-03-01T10-00-00Z`); for numbers of different length use `numerical`.
"""

from __future__ import annotations

from typing import Any

from tagwright.model import PolicySpec
from tagwright.policies.base import Policy, Ranker, Refusal
from tagwright.policies.direction import is_descending


class Alphabetical(Policy):
    """Text in byte order."""

    dated = ""

    def __init__(self, argument: str, spec: PolicySpec) -> None:
        self.descending = is_descending("alphabetical", argument)

    def position(self, seen: str) -> Any:
        """The text's bytes, turned round when the first is to win."""
        octets = seen.encode("utf-8", "surrogateescape")
        return (*(-octet for octet in octets), 1) if self.descending else octets

    def ranker(self, current: str | None) -> Ranker:
        """Takes every tag."""
        return self.position

    def refusal(self, seen: str, current: str | None) -> Refusal:
        """There is none."""
        raise AssertionError(f"every text has a place in byte order: {seen!r}")
