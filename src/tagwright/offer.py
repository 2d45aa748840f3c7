"""What a registry offers of one image: its tags by name, with facts about some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import overload

from tagwright.model import Candidate, TagList


class Offer(Sequence[Candidate]):
    """Tags as candidates: ten thousand of them without ten thousand objects.

    `known` holds the facts asked so far, by tag; every other tag is a candidate without facts. Of tags that do not
    begin with `prefix` nothing is known, not even whether they are there; there are about `among` with them.
    """

    __slots__ = ("among", "known", "prefix", "tags")

    def __init__(
        self, tags: Sequence[str], known: Iterable[Candidate] = (), *, prefix: str = "", among: int = 0
    ) -> None:
        self.tags, self.prefix, self.among = tags, prefix, among
        self.known: Mapping[str, Candidate] = {candidate.tag: candidate for candidate in known}

    @staticmethod
    def of_list(found: TagList) -> Offer:
        """What a registry listed, nothing asked yet."""
        return Offer(found.tags, prefix=found.prefix, among=found.among)

    @staticmethod
    def made_of(candidates: Sequence[Candidate]) -> Offer:
        """Any sequence of candidates as an offer."""
        return candidates if isinstance(candidates, Offer) else Offer([one.tag for one in candidates], candidates)

    def with_facts(self, known: Iterable[Candidate]) -> Offer:
        """The same tags, with these facts added."""
        return Offer(self.tags, (*self.known.values(), *known), prefix=self.prefix, among=self.among)

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
