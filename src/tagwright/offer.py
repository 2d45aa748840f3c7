"""What a registry offers of one image: its tags by name, with facts about some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

from tagwright.model import Candidate


class Offer(Sequence[Candidate]):
    """Tags as candidates: ten thousand of them without ten thousand objects.

    `known` holds the facts asked so far, by tag; every other tag is a candidate without facts.
    """

    __slots__ = ("known", "tags")

    def __init__(self, tags: Sequence[str], known: Iterable[Candidate] = ()) -> None:
        self.tags = tags
        self.known: Mapping[str, Candidate] = {candidate.tag: candidate for candidate in known}

    @staticmethod
    def made_of(candidates: Sequence[Candidate]) -> Offer:
        """Any sequence of candidates as an offer."""
        return candidates if isinstance(candidates, Offer) else Offer([one.tag for one in candidates], candidates)

    def with_facts(self, known: Iterable[Candidate]) -> Offer:
        """The same tags, with these facts added."""
        return Offer(self.tags, (*self.known.values(), *known))

    def of(self, tag: str) -> Candidate:
        """What is known of one tag."""
        return self.known.get(tag) or Candidate(tag)

    def __len__(self) -> int:
        return len(self.tags)

    @overload
    def __getitem__(self, at: int) -> Candidate: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, at: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(at, slice):
            return tuple(map(self.of, self.tags[at]))
        return self.of(self.tags[at])
