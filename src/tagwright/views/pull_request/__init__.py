"""What a pull request says to the people who decide: Markdown in the order they read it, bounded, without secrets.

The same change always gives the same text. Hidden at its end is what the next pass must know (`marks`).
"""

from __future__ import annotations

import hashlib
import re

from tagwright import templates
from tagwright.model import ChangeSet, Told
from tagwright.views.escape import LONGEST_BODY, code
from tagwright.views.pull_request import marks
from tagwright.views.pull_request.changes import changes
from tagwright.views.pull_request.parts import Part
from tagwright.views.pull_request.rollback import rollback
from tagwright.views.pull_request.table import table
from tagwright.views.pull_request.waiting import waiting
from tagwright.views.pull_request.why import why
from tagwright.views.updates import Update, landed, updates
from tagwright.views.values import values

_NOTHING = Told()
_STEPS = """\
**Merge** to deliver it. **Close** to say no to it: it is not proposed again, a newer version is.
Commits that you push to this branch are kept, and Tagwright then leaves it alone.
"""
_ORDER = ("table", "changes", "why", "waiting", "rollback", "steps")  # as people read it
_BOX = "Rebuild this pull request, and throw away what others committed to its branch"


def body(change: ChangeSet, told: Told = _NOTHING, template: str = "", limit: int = LONGEST_BODY) -> str:
    """The pull request's text, of at most `limit` characters, with what is `told` of its images.

    A `template` (`delivery.body`) says which parts stand where, and what else. Raises ConfigError for one with a
    mistake.
    """
    shown = _shown(change, told, template, limit)
    return shown + _hidden(change, fingerprint(change, template, limit), limit)


def fingerprint(change: ChangeSet, template: str = "", limit: int = LONGEST_BODY) -> str:
    """What a body of this change is known by, whatever is told of its images.

    An open pull request whose `marks.fingerprint_of` is the same needs no new body, and nothing to be told for it.
    """
    made_from = _shown(change, _NOTHING, template, limit) + template
    return hashlib.sha256(made_from.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _shown(change: ChangeSet, told: Told, template: str, limit: int) -> str:
    """What people see. Where there is not room for all, the parts of least use are the first to go."""
    box = f"{marks.box(_BOX)}\n\n"
    room = limit - limit // 4 - len(box) - marks.ROOM_FOR_NOTE
    return _laid_out(change, told, template, room) + box


def _laid_out(change: ChangeSet, told: Told, template: str, room: int) -> str:
    """The parts where the template wants them, in at most `room` characters; the usual order where that is too long.

    It is rendered with a token for each part, so that no loop of a template can multiply them.
    """
    changed = updates(change.decisions)
    by_use = _by_use(change, changed, told)
    tokens = {name: _token(name) if part.lines else "" for name, part, _ in by_use}
    text = "\n\n".join(tokens[name] for name in _ORDER)
    if template:
        about = values(change.key, changed, code(change.title), shown=code)
        text = templates.render(template, about | tokens, "delivery.body").strip()
    left = room - len(text)
    for name, part, share in by_use:
        shown = part.within(min(left, room * share // 100)) if _token(name) in text else ""
        left -= len(shown)
        text = text.replace(_token(name), shown.strip("\n"), 1).replace(_token(name), "")
    if left < 0 and template:
        return _laid_out(change, told, "", room)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n\n"


def _by_use(change: ChangeSet, changed: tuple[Update, ...], told: Told) -> tuple[tuple[str, Part, int], ...]:
    """The parts by name, that of most use first, each with the most room it may take, in hundredths."""
    return (
        ("steps", Part("", tuple(_STEPS.splitlines())), 100),
        ("table", table(changed, told), 50),
        ("rollback", rollback(changed), 100),
        ("changes", changes(changed, told), 50),
        ("waiting", waiting(change.beside), 25),
        ("why", why(changed), 100),
    )


def _token(name: str) -> str:
    """What stands for a part while a template is rendered: characters for private use, which no value shows."""
    return f"\ue000{name}\ue001"


def _hidden(change: ChangeSet, made_from: str, limit: int) -> str:
    return marks.hidden(landed(updates(change.decisions)), made_from, limit // 4)
