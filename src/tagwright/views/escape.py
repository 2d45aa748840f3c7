"""Hostile text made harmless where Git and forges show it.

Image names, tags, paths and labels come from repositories and registries. In Markdown they stand in code spans alone,
where no forge reads mentions, links, issue numbers, HTML or quick actions; in a title or commit message anything but
plain name characters is percent-encoded, so that none can close an issue, mention a person or add a trailer.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from tagwright.trailers import MENTION

UNSHOWABLE = "\ufffd"
LONGEST_BODY = 60_000  # characters; GitHub takes 65,536
LONGEST_CELL = 200  # characters of one value in a body

_PLAIN = "/:@._+-<>=~^*|,()'\" "


def code(text: str) -> str:
    """Hostile text as a Markdown code span: nothing in it is Markdown, and it ends where it should.

    CommonMark 6.1: backslashes mean nothing inside, and the fence is longer than any run of backticks there.
    """
    shown = "".join(char if char.isprintable() else UNSHOWABLE for char in text)
    if len(shown) > LONGEST_CELL:
        shown = shown[:LONGEST_CELL] + "…"
    if not shown.strip():
        return "–"
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(text: str) -> str:
    """A code span for a table: GFM splits rows into cells first, at bars that no backslash escapes."""
    return code(text.replace("\\", UNSHOWABLE).replace("|", UNSHOWABLE))


def plain(text: str) -> str:
    """Text that says nothing but itself wherever Git or a forge shows it: no '#', no control, no '@' before a name."""
    encoded = "".join(char if char.isalnum() else quote(char, safe=_PLAIN, errors="replace") for char in text)
    return MENTION.sub("%40", encoded)
