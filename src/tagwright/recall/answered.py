"""What people answered to our pull requests: closed unmerged is a "no" to what it proposed, opened again takes it back.

The forge tells when a pull request is looked for; the ledger keeps it, so that a dry run knows, and so that nothing is
asked for what was turned down. A commit that says `Tagwright: resume` takes a "no" back as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tagwright.decide import order
from tagwright.errors import Problem, TagwrightError
from tagwright.folder import Folder
from tagwright.model import Reference, Rejection, Ruled, Target
from tagwright.survey import Place

if TYPE_CHECKING:
    from tagwright.git.ledger import GitLedger
    from tagwright.ledger import Answer
    from tagwright.recall.chronicle import Chronicle

Heard = Mapping[str, Iterable["Answer"]]
"""Answers, by the image they are about."""


@dataclass(slots=True)
class Answered:
    """The answers about one base branch of a target: those of its `ledger`, and what this pass heard itself."""

    base: str
    now: datetime
    ledger: GitLedger | None = None
    _heard: dict[str, list[Answer]] = field(default_factory=dict)
    _known: dict[str, tuple[Answer, ...]] = field(default_factory=dict)

    def begin(self, ledger: GitLedger | None) -> None:
        """Look again: what the ledger says may have changed, what was heard has not."""
        self.ledger = ledger
        self._known.clear()

    def hear(self, heard: Heard) -> None:
        """Note what the forge told; `write` will keep it."""
        for image, new in heard.items():
            self._heard.setdefault(image, []).extend(new)
        self._known.clear()

    def knows(self, image: str, answer: Answer) -> bool:
        """Whether the latest we know about the same says the same of the same pull request. Raises GitError.

        What was heard in this pass stands until its end, whatever other pull requests say of the same: so it ends.
        """

        def same(one: Answer) -> tuple[str, str, str]:
            return one.version, one.base, one.path

        def gist(one: Answer) -> tuple[object, ...]:
            return *same(one), one.accepted, one.url

        heard = any(same(one) == same(answer) for one in self._heard.get(image, ()))
        return heard or any(gist(one) == gist(answer) for one in self._about(image))

    def turned_down(self, reference: Reference, ruled: Ruled) -> tuple[Answer, ...]:
        """The versions a person did not want here, as far as they are not below what stands. Raises GitError."""
        standing = reference.image.tag or ""
        return tuple(
            one
            for one in self._about(ruled.image)
            if (one.base, one.path, one.accepted) == (self.base, reference.path, False)
            and order(ruled.policy, standing, one.version.partition("@")[0]) != -1
        )

    def _about(self, image: str) -> tuple[Answer, ...]:
        if self.ledger is None:
            return ()
        from tagwright.ledger import answer_line, answers, answers_path

        if image not in self._known:
            path = answers_path(image)
            kept, heard = self.ledger.lines(path), self._heard.get(image, [])
            now = max((self.now, *(one.when for one in heard)))  # a pass may last
            self._known[image] = answers((*kept, *map(answer_line, heard)), now)
        return self._known[image]

    def write(self, about: str) -> tuple[Problem, ...]:
        """Keep what was heard; what went wrong with that, as a problem of the target."""
        if not self._heard or self.ledger is None:
            return ()
        from tagwright.ledger import answer_line, answers_path

        lines = {answers_path(image): list(map(answer_line, new)) for image, new in sorted(self._heard.items())}
        try:
            self.ledger.add(lines, "Answers to pull requests\n\n[skip ci]")
        except TagwrightError as error:
            hint = "until it can, the forge is asked each time; let this login push refs/tagwright/ledger"
            return (Problem(about, "ledger", f"the ledger could not be written: {error.message}", error.hint or hint),)
        self._heard.clear()
        return ()


def ledger_of(target: Target, place: Place) -> GitLedger | None:
    """The ledger of a target's repository; a folder has none."""
    if isinstance(place, Folder):
        return None
    from tagwright.git.ledger import GitLedger

    return GitLedger(place, (target.delivery.author_name, target.delivery.author_email))


def rejection(answer: Answer, image: str, chronicle: Chronicle) -> Rejection | None:
    """A "no" as what keeps a version back; None where somebody said "go on" since."""
    if chronicle.resumed_after(answer.commit, image):
        return None
    return Rejection(answer.version, "", "", f"{answer.when:%Y-%m-%d}", answer.url)
