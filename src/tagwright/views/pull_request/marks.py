"""What a pull request's body says to the next pass, in HTML comments that forges keep and do not show.

At its end stand what is proposed and a fingerprint of what the text was made from:

    <!-- tagwright
    Tagwright-Body: 4f…
    Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1
    -->

Beside it there may be a box for people to tick, and marks of what Tagwright did. A mark counts at the beginning of a
line alone: hostile text never stands there, as it is shown in code spans, which have no line breaks. Forges change line
ends and blanks around, so neither matters here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tagwright import trailers
from tagwright.trailers import Landed

ROOM_FOR_NOTE = 500  # characters that `stepped_back` and `withdrawn` add at most

_BOX = "<!-- tagwright:rebuild -->"
_WITHDRAWN = "<!-- tagwright:withdrawn -->"
_STEPPED_BACK = "<!-- tagwright:stepped-back -->"
_AWAITING = "<!-- tagwright:awaiting -->"
_NOTE = (
    f"{_STEPPED_BACK}\n"
    "> **There are commits by people on this branch, so Tagwright leaves it and this text as they are.**\n"
    "> Merge it, close it, or tick the box below to have those commits thrown away and the branch rebuilt.\n\n"
)
_OPENING = "\n<!-- tagwright\n"
_BODY_LINE = re.compile(r"^Tagwright-Body: ([0-9a-f]{8,64})$", re.MULTILINE)
_TICKED = re.compile(rf"^[ \t]*[-*+] \[[xX]\][ \t]*{re.escape(_BOX)}", re.MULTILINE)

_UNTICKED = re.compile(rf"^[ \t]*[-*+] \[([ ])\][ \t]*{re.escape(_BOX)}", re.MULTILINE)


def hidden(landed: Iterable[Landed], fingerprint: str, room: int) -> str:
    """The comment that says what is proposed, in at most `room` characters: whole lines, as many as fit.

    Nothing in it can end the comment: no two dashes stand together.
    """
    head, tail = f"<!-- tagwright\nTagwright-Body: {fingerprint}\n", "-->\n"
    room -= len(head) + len(tail)
    kept: list[str] = []
    for one in sorted(set(landed), key=lambda one: (one.name, one.old, one.new, one.order or 0)):
        lines = trailers.write([one]).replace("--", "-%2D")
        room -= len(lines)
        if room < 0:
            break
        kept.append(lines)
    return head + "".join(kept) + tail


def box(words: str) -> str:
    """A box that people tick to have the pull request rebuilt, with what it says."""
    return f"- [ ] {_BOX} {words}"


def proposed(body: str) -> tuple[Landed, ...]:
    """What a body says is proposed; nothing where the comment is gone or cut."""
    return trailers.read_all(_block(body))


def fingerprint_of(body: str) -> str | None:
    """What the body was made from, where it still says what it should.

    None where that is not known, a rebuild is asked for, or a mark stands there that a new body would not have.
    """
    if rebuild_asked(body) or is_withdrawn(body) or is_stepped_back(body):
        return None
    found = _BODY_LINE.search(_block(body))
    return found[1] if found else None


def rebuild_asked(body: str) -> bool:
    """Did somebody tick the box?"""
    return bool(_TICKED.search(_lines(body)))


def ticked(body: str, limit: int) -> str:
    """The body with its box ticked; where people took the box away one stands on top, and of one longer than `limit`
    characters with it, the end goes."""
    if rebuild_asked(body):
        return body
    found = _UNTICKED.search(body)
    if found:
        return f"{body[: found.start(1)]}x{body[found.end(1) :]}"
    return f"- [x] {_BOX} Rebuild this.\n\n{body}"[:limit]


def withdrawn(body: str, limit: int) -> str:
    """The body with the mark that Tagwright itself closed the pull request: it is no person's "no".

    Of a body that people made longer than `limit` characters with it, the end goes.
    """
    if is_withdrawn(body):
        return body
    mark = f"\n\n{_WITHDRAWN}\n"
    return body.rstrip()[: limit - len(mark)] + mark


def is_withdrawn(body: str) -> bool:
    """Was it Tagwright that closed it?"""
    return _stands(_WITHDRAWN, body)


def stepped_back(body: str, limit: int) -> str:
    """The body with a note on top: the branch has commits of people, and Tagwright leaves it.

    Of one longer than `limit` characters with it, the end goes.
    """
    return body if is_stepped_back(body) else (_NOTE + body)[:limit]


def is_stepped_back(body: str) -> bool:
    """Does the body say that the branch is left to people?"""
    return _stands(_STEPPED_BACK, body)


def awaiting(body: str, why: str) -> str:
    """The body with a note on top: it is a draft until time has passed. `why` is Markdown."""
    return f"{_AWAITING}\n> **A draft until it may be delivered; Tagwright makes it ready then.** {why}\n\n{body}"


def is_awaiting(body: str) -> bool:
    """Was it Tagwright that made it a draft?"""
    return _stands(_AWAITING, body)


def _block(body: str) -> str:
    """The lines of the last comment of ours; "" without one."""
    _, found, rest = f"\n{_lines(body)}".rpartition(_OPENING)
    lines, end, _ = rest.partition("\n-->")
    return lines if found and end else ""


def _stands(mark: str, body: str) -> bool:
    return mark in _lines(body).split("\n")


def _lines(body: str) -> str:
    """As it was sent: forges change line ends, and blanks before them."""
    return "\n".join(line.rstrip() for line in re.split(r"\r\n|\r|\n", body))
