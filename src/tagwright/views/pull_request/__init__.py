"""What a pull request says to the people who decide: Markdown in the order they read it, bounded, without secrets.

The same change always gives the same text. Hidden at its end is what the next pass must know (`marks`).
"""

from __future__ import annotations

import hashlib

from tagwright.model import ChangeSet, Told
from tagwright.views.escape import LONGEST_BODY
from tagwright.views.pull_request import marks
from tagwright.views.pull_request.changes import changes
from tagwright.views.pull_request.rollback import rollback
from tagwright.views.pull_request.table import table
from tagwright.views.pull_request.waiting import waiting
from tagwright.views.pull_request.why import why
from tagwright.views.updates import landed, updates

_NOTHING = Told()
_STEPS = """\
**Merge** to deliver it. **Close** to say no to it: it is not proposed again, a newer version is.
Commits that you push to this branch are kept, and Tagwright then leaves it alone.
"""
_BOX = "Rebuild this pull request, and throw away what others committed to its branch"


def body(change: ChangeSet, told: Told = _NOTHING, limit: int = LONGEST_BODY) -> str:
    """The pull request's text, of at most `limit` characters, with what is `told` of its images."""
    shown = _shown(change, told, limit)
    return shown + _hidden(change, fingerprint(change, limit), limit)


def fingerprint(change: ChangeSet, limit: int = LONGEST_BODY) -> str:
    """What a body of this change is known by, whatever is told of its images.

    An open pull request whose `marks.fingerprint_of` is the same needs no new body, and nothing to be told for it.
    """
    return hashlib.sha256(_shown(change, _NOTHING, limit).encode()).hexdigest()[:16]


def _shown(change: ChangeSet, told: Told, limit: int) -> str:
    """What people see. Where there is not room for all, the parts of least use are the first to go."""
    changed = updates(change.decisions)
    steps = f"{_STEPS}\n{marks.box(_BOX)}\n\n"
    room = limit - limit // 4 - len(steps) - marks.ROOM_FOR_NOTE
    by_use = (
        (table(changed, told), room // 2),
        (rollback(changed), room),
        (changes(changed, told), room // 2),
        (waiting(change.beside), room // 4),
        (why(changed), room),
    )
    shown = []
    for part, most in by_use:
        text = part.within(min(room, most))
        shown.append(text + "\n" * bool(text))
        room -= len(text) + 1
    top, back, inside, left, reasons = shown
    return top + inside + reasons + left + back + steps


def _hidden(change: ChangeSet, made_from: str, limit: int) -> str:
    return marks.hidden(landed(updates(change.decisions)), made_from, limit // 4)
