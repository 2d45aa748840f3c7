"""The questions that are asked of Git's memory, each answered once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tagwright import __version__, trailers
from tagwright.cache import Cache
from tagwright.config.rules import bindings_of
from tagwright.errors import Problem
from tagwright.folder import Folder
from tagwright.model import Head, Mode, Reference, Rejection, Ruled, Target
from tagwright.plan import branch_of
from tagwright.recall.answered import Answered, rejection
from tagwright.survey import Place
from tagwright.trailers import Landed

if TYPE_CHECKING:
    from tagwright.recall.moves import Moves


@dataclass(frozen=True, slots=True)
class Told:
    """An answer about one reference, given at a head, when the monotonic clock was at `when` seconds."""

    commit: str
    question: str
    rejected: tuple[Rejection, ...]
    when: float


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is kept of a head's answers."""

    told: tuple[Told, ...]


Answers = dict[str, Told]
"""What is known so far, by question."""

_SECONDS = 30
"""How long an answer counts about heads that came after its own."""


@dataclass(slots=True)
class Past:
    """What Git remembers at a head of a target. A folder remembers nothing.

    The history is asked for by the first question that needs it, and not at all where the `cache` has the answers
    about the same head, or `told` those of an earlier look of the same pass: a reference that still stands as it did
    seconds ago was not moved and taken back since, and a push that is raced must not wait for the history each time.
    `answered` knows what people answered to pull requests.
    """

    target: Target
    head: Head
    place: Place
    cache: Cache
    told: Answers = field(default_factory=dict)
    answered: Answered | None = None
    _moves: Moves | None = None
    _new: bool = False
    _proposed: dict[str, tuple[Landed, ...]] = field(default_factory=dict)

    def recalled(self, reference: Reference, ruled: Ruled) -> Ruled:
        """The rule, with what people took back of this reference; a problem where the history cannot tell.

        Raises GitError where the history cannot be had.
        """
        if isinstance(self.place, Folder):
            return ruled
        standing = (reference.path, reference.line, reference.where, reference.written)
        question = repr((__version__, *standing, ruled.image, ruled.policy))
        self._remember()
        if not self._knows(question):
            moves = self._past_moves()
            rejected = moves.taken_back(reference, ruled)
            if not rejected and not moves.can_tell(reference, ruled):
                return replace(ruled, problem=self._cut(reference, ruled))
            self.told[question] = Told(self.head.commit, question, rejected, time.monotonic())
            self._new = True
        return replace(ruled, rejected=(*self.told[question].rejected, *self._turned_down(reference, ruled)))

    def _turned_down(self, reference: Reference, ruled: Ruled) -> Iterator[Rejection]:
        """What was proposed here, and closed unmerged."""
        down = self.answered.turned_down(reference, ruled) if self.answered else ()
        for one in down:
            if found := rejection(one, ruled.image, self._past_moves().chronicle):
                yield found

    def _knows(self, question: str) -> bool:
        known = self.told.get(question)
        return known is not None and (known.commit == self.head.commit or time.monotonic() < known.when + _SECONDS)

    def order(self, image: str, tag: str | None) -> int | None:
        """The order of the newest commit that wrote this tag of this image, if it gave one."""
        return None if isinstance(self.place, Folder) else self._past_moves().chronicle.order(image, tag)

    def proposed(self, key: str, image: str) -> Landed | None:
        """What the branch of this group's pull request holds for the image, in that mode, if the branch is there."""
        delivery = self.target.delivery
        if isinstance(self.place, Folder) or delivery.mode is not Mode.PULL_REQUEST:
            return None
        if key not in self._proposed:
            branch = branch_of(key, self.head.branch, delivery)
            commit = self.place.remote(branch)
            if commit:
                self.place.fetch(Head(branch, commit))
            self._proposed[key] = trailers.read(self.place.message(commit)) if commit else ()
        return next((one for one in self._proposed[key] if one.name == image), None)

    def keep(self) -> None:
        """Leave what was answered to the next run, once for all references."""
        if self._new:
            here = (one for one in self.told.values() if one.commit == self.head.commit)
            self.cache.save(Recalled(tuple(here)), self._key)
            self._new = False

    @property
    def _key(self) -> str:
        return f"{self.target.repository} {self.head.branch}"

    def _remember(self) -> None:
        """Begin with what an earlier run was told about the same head."""
        kept = None if self.told else self.cache.load(Recalled, self._key)
        if kept:
            here = (replace(one, when=time.monotonic()) for one in kept.told if one.commit == self.head.commit)
            self.told.update({one.question: one for one in here})

    def _past_moves(self) -> Moves:
        if self._moves is None:
            from tagwright.recall.chronicle import Chronicle
            from tagwright.recall.moves import Moves

            assert not isinstance(self.place, Folder)
            history = self.place.history
            chronicle = Chronicle(history.commits(self.head), history.cut())
            self._moves = Moves(chronicle, history, partial(bindings_of, self.target))
        return self._moves

    def _cut(self, reference: Reference, ruled: Ruled) -> Problem:
        return Problem(
            ruled.image,
            "history-cut",
            f"the history of {self.target.repository} is cut short: whether a person took a version back is not known",
            "fetch the whole history there, or commit with the line Tagwright: resume",
            reference.path,
            reference.line,
        )
