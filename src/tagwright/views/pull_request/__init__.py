"""What a pull request says to the people who decide: Markdown in the order they read it, bounded, without secrets.

The same change always gives the same text. Hidden at its end is what the next pass must know (`marks`).
"""

from __future__ import annotations

import hashlib

from tagwright.model import ChangeSet
from tagwright.views.escape import LONGEST_BODY
from tagwright.views.pull_request import marks
from tagwright.views.pull_request.parts import Part
from tagwright.views.pull_request.rollback import rollback
from tagwright.views.pull_request.table import table
from tagwright.views.pull_request.waiting import waiting
from tagwright.views.pull_request.why import why
from tagwright.views.updates import Update, landed, updates

_STEPS = """\
**Merge** to deliver it. **Close** to say no to it: it is not proposed again, a newer version is.
Commits that you push to this branch are kept, and Tagwright then leaves it alone.
"""
_BOX = "Rebuild this pull request, and throw away what others committed to its branch"


def body(change: ChangeSet, limit: int = LONGEST_BODY) -> str:
    """The pull request's text, of at most `limit` characters."""
    shown = _shown(change, limit)
    return shown + _hidden(change, fingerprint(change, limit), limit)


def fingerprint(change: ChangeSet, limit: int = LONGEST_BODY) -> str:
    """What a body of this change is known by, whatever is told of its images beside.

    An open pull request whose `marks.fingerprint_of` is the same needs no new body.
    """
    return hashlib.sha256(_shown(change, limit).encode()).hexdigest()[:16]


def _shown(change: ChangeSet, limit: int) -> str:
    """What people see. Where there is not room for all, the parts of least use are the first to go."""
    changed = updates(change.decisions)
    steps = f"{_STEPS}\n{marks.box(_BOX)}\n\n"
    room = limit - limit // 4 - len(steps) - marks.ROOM_FOR_NOTE
    shown = []
    for part, most in _by_use(changed, change, room):
        text = part.within(min(room, most))
        shown.append(text + "\n" * bool(text))
        room -= len(text) + 1
    top, back, left, reasons = shown
    return top + reasons + left + back + steps


def _by_use(changed: tuple[Update, ...], change: ChangeSet, room: int) -> tuple[tuple[Part, int], ...]:
    """Every part with the most room it may take, that of most use first."""
    return (
        (table(changed), room // 2),
        (rollback(changed), room),
        (waiting(change.beside), room // 4),
        (why(changed), room),
    )


def _hidden(change: ChangeSet, made_from: str, limit: int) -> str:
    return marks.hidden(landed(updates(change.decisions)), made_from, limit // 4)
