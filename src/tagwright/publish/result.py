"""What became of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from tagwright.errors import Problem
from tagwright.model import Published


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the change sets, and what went wrong with some. `notes` are for people, and no failure."""

    published: tuple[Published, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
