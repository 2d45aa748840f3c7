"""The wish of `explain`: what `run` would decide about the references asked for, and of the rest why nothing.

A question is an image (`api`, `acme/api`, `ghcr.io/acme/api`, with a tag to ask why not that one), a place
(`apps/api.yaml`, `apps/api.yaml:12`, a folder), or a glob over either. Where several targets are looked at, a
place may begin with the target's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from tagwright import globs
from tagwright.digests import Digests
from tagwright.errors import Problem, TagwrightError, UsageError
from tagwright.follow import FollowPolicies
from tagwright.image import normalise
from tagwright.lookup import describe
from tagwright.model import (
    Candidate,
    Decision,
    Delivery,
    Described,
    Explained,
    Fact,
    Head,
    Question,
    Reference,
    Report,
    Target,
    Verdict,
)
from tagwright.recall.answered import Heard
from tagwright.survey import Place, Survey
from tagwright.unmanaged import UNKNOWN, Looked, closest, why

if TYPE_CHECKING:
    from tagwright.ledger import Answer

_PLACED = re.compile(r"(.+?)(?::([0-9]{1,9}))?")
_MOST_DESCRIBED = 20
_TOLD = Fact.DIGEST | Fact.PUSHED | Fact.PLATFORMS | Fact.DETAILS
_NAMED = re.compile(r"([^@]*?)(?::([^:/@]*))?(?:@.*)?")


def question(text: str) -> Question:
    """What a text can mean. Raises UsageError for nothing at all."""
    placed, named = _PLACED.fullmatch(text.removeprefix("./")), _NAMED.fullmatch(text.removeprefix("docker://"))
    if placed is None or named is None:
        raise UsageError("there is nothing in ''", hint="explain an image, a file or file:line")
    return Question(text, placed[1].rstrip("/"), int(placed[2] or 0), named[1], named[2] or "")


def asks(question: Question, target: Target, reference: Reference, image: str) -> bool:
    """Is the question about this reference, which is of that (normalised) image?"""
    return _is_at(question, target, reference) or _is_named(question, reference, image)


def _is_at(question: Question, target: Target, reference: Reference) -> bool:
    lines = {0, reference.line, reference.marker.line if reference.marker else 0}
    if question.line not in lines:
        return False
    for path in {question.path, question.path.removeprefix(f"{target.name}/")}:
        if path in (reference.path, ".") or reference.path.startswith(f"{path}/") or _matches(path, reference.path):
            return True
    return False


def _is_named(question: Question, reference: Reference, image: str) -> bool:
    asked = question.name
    if not asked:
        return False
    for name in filter(None, (image, reference.alias and normalise(reference.alias))):
        if name == normalise(asked) or name.endswith(f"/{asked}") or _matches(globs.image_pattern(asked), name):
            return True
    return False


def _matches(pattern: str, text: str) -> bool:
    if not globs.is_wild(pattern):
        return False
    try:
        return globs.compile((pattern,))(text)
    except UsageError:
        return False


@dataclass(frozen=True, slots=True)
class Explain:
    """Decide as `follow` does, about what the questions ask for; `notes` grow with what no decision answers, and
    `described` with what the tags are that questions name.

    `follow_with` makes that wish of the look at each reference that says whether it is asked for.
    """

    follow: FollowPolicies
    questions: tuple[Question, ...] = ()
    notes: list[tuple[Question, Problem]] = field(default_factory=list)
    described: dict[tuple[str, str], Described] = field(default_factory=dict)
    worth: None = None
    proposer: str = "run"

    @staticmethod
    def of(texts: Iterable[str], follow: Callable[..., FollowPolicies]) -> Explain:
        """The wish for these questions; without any it is about everything."""
        questions = tuple(map(question, texts))

        def only(target: Target, reference: Reference, image: str) -> bool:
            return any(asks(one, target, reference, image) for one in questions)

        return Explain(follow(only if questions else None), questions)

    def decide(self, target: Target, head: Head, found: Survey, place: Place) -> tuple[Decision, ...]:
        """The decisions asked for."""
        decisions = self.follow.decide(target, head, found, place)
        open_ones = [
            one for one in self.questions if not any(asks(one, target, d.reference, d.ruled.image) for d in decisions)
        ]
        if open_ones:
            looked = Looked.at(target, found, place, head)
            self.notes.extend((one, why(one, looked)) for one in open_ones)
        for image, tag in _named_tags(self.questions, decisions):
            self.described[image, tag] = self.described.get((image, tag)) or self._described(image, tag)
        return tuple(_closer(decision, target) for decision in decisions)

    def _described(self, image: str, tag: str) -> Described:
        known = Digests(self.follow.registries.cache, image)
        try:
            found: Candidate | Problem = describe(image, (tag,), self.follow.registries, _TOLD, known)[tag]
        except TagwrightError as error:
            found = error.problem(image)
        known.keep()
        return Described(image, tag, found)

    def knows(self, target: Target, image: str, answer: Answer) -> bool:
        """What `run` would know."""
        return self.follow.knows(target, image, answer)

    def hear(self, target: Target, heard: Heard) -> None:
        """What `run` would hear."""
        self.follow.hear(target, heard)

    def remember(self, target: Target) -> tuple[Problem, ...]:
        """What `run` would write down."""
        return self.follow.remember(target)

    def describe(self, key: str, decisions: tuple[Decision, ...], delivery: Delivery) -> tuple[str, str]:
        """Title and commit message."""
        return self.follow.describe(key, decisions, delivery)

    def told(self, report: Report) -> Explained:
        """The report with one note for each question that no target answers: the best there is."""
        notes = []
        for one in self.questions:
            mine = [note for asked, note in self.notes if asked is one]
            failed = any(not target.decisions and target.problems for target in report.targets)
            answered = len(mine) < len(report.targets) and not failed
            if mine and not (answered and all(note.code in UNKNOWN for note in mine)):
                notes.append(min(mine, key=lambda note: note.code in UNKNOWN))
        return Explained(
            report, self.questions, tuple(notes), tuple(self.described.values()), self.follow.registries.reused
        )


def _named_tags(questions: Iterable[Question], decisions: Iterable[Decision]) -> Iterator[tuple[str, str]]:
    """The tags that questions name, then those that stand in Git, as (image, tag); so many that all can be read."""
    named: dict[tuple[str, str], None] = {}
    current: dict[tuple[str, str], None] = {}
    for decision in decisions:
        image, reference = decision.ruled.image, decision.reference
        tags = [one.tag for one in questions if one.tag and _is_named(one, reference, image)]
        if image and tags and decision.rulings():
            named |= dict.fromkeys((image, tag) for tag in tags)
            current |= {(image, reference.image.tag): None} if reference.image.tag else {}
    return islice(named | current, _MOST_DESCRIBED)


def _closer(decision: Decision, target: Target) -> Decision:
    """A decision that nothing rules, with the rule that came closest."""
    near = closest(decision.reference, target) if decision.ruled.source == "no-rule" else ""
    if decision.verdict is not Verdict.UNMANAGED or not near:
        return decision
    return replace(decision, detail=f"{decision.detail}; {near}")
