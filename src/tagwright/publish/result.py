"""What became of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagwright.errors import Problem
from tagwright.model import Published

if TYPE_CHECKING:
    from tagwright.ledger import Answer

Heard = Mapping[str, Iterable["Answer"]]
"""What people answered to pull requests, by the image it is about."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the change sets, and what went wrong with some. `notes` are for people, and no failure.

    With anything `heard` nothing was delivered: that must be decided again first, by who knows of it.
    """

    published: tuple[Published, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    heard: Heard = field(default_factory=dict)
