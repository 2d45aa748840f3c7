"""What people ask about, and what they are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tagwright.errors import Problem

if TYPE_CHECKING:
    from tagwright.model.changed import Report
    from tagwright.model.offered import Candidate


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked of `explain`, in every way its text can be meant.

    `path` and `line` (0: the whole file) where it is a place, `name` and `tag` ("": every tag) where it is an image.
    """

    text: str
    path: str
    line: int
    name: str
    tag: str


@dataclass(frozen=True, slots=True)
class Visited:
    """A registry that was asked: as images spell it, the endpoint that was asked, and which credentials it was shown in
    words, never a secret. `problem` is the first thing that went wrong there, "" when nothing did."""

    registry: str
    endpoint: str
    credentials: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Described:
    """What a tag that was asked about is, or why that could not be read."""

    image: str
    tag: str
    found: Candidate | Problem


@dataclass(frozen=True, slots=True)
class Explained:
    """A dry run of what was asked for. `notes` answer the questions that no decision answers: `about` is the question,
    `code` a word for scripts. `described` are the tags that questions name, and those they would replace. `reused` are
    the images whose lists of tags came from a cache without asking, and when they were read."""

    report: Report
    questions: tuple[Question, ...] = ()
    notes: tuple[Problem, ...] = ()
    described: tuple[Described, ...] = ()
    reused: Mapping[str, datetime] = field(default_factory=dict)
