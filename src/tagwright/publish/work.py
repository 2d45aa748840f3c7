"""What there is to deliver, and where."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.model import ChangeSet, Head, Target, Told
from tagwright.plan import Plan
from tagwright.publish.result import Heard

if TYPE_CHECKING:
    from tagwright.forges.base import Forge
    from tagwright.ledger import Answer


@dataclass(frozen=True, slots=True)
class Work:
    """A plan for a target whose base is at `head`.

    `proposer` is the command that proposes ("run", "set"); `knows` says of an answer about an image whether it was
    counted already; `tell` asks what its images are; `unread` are the files that could not be read.
    """

    plan: Plan
    target: Target
    head: Head
    forge_for: Callable[[Target], Forge]
    proposer: str
    knows: Callable[[str, Answer], bool]
    tell: Callable[[ChangeSet], Told]
    unread: frozenset[str] = frozenset()

    def new(self, said: Iterable[tuple[str, Answer]]) -> Heard:
        """Of answers, each with the image it is about, those that were not counted yet, by image."""
        heard: dict[str, list[Answer]] = {}
        for image, answer in said:
            if not self.knows(image, answer):
                heard.setdefault(image, []).append(answer)
        return heard
