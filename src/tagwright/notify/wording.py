"""Notices as people read them: short Markdown in which nothing that came from outside is Markdown."""

from __future__ import annotations

import re
from urllib.parse import quote

from tagwright.model import Notice
from tagwright.views.escape import code

MOST_MOVED = 20
_ADDRESS = re.compile(r"https?://[^\s()<>\[\]\"'`\\]{1,2000}")


def title(notices: tuple[Notice, ...]) -> str:
    """One line for all of them, plain text."""
    if len(notices) == 1:
        return _tame(notices[0].title)
    targets = len({one.target for one in notices})
    return f"Tagwright: {len(notices)} changes at {targets} {'target' if targets == 1 else 'targets'}"


def body(notices: tuple[Notice, ...], url: str) -> str:
    """All of them, and where the page is (`url`; "" = nowhere): that of the image, where they are about one."""
    parts = [_part(one, alone=len(notices) == 1) for one in notices]
    images = {image for one in notices for image, _, _ in one.moved}
    page = f"{url.rstrip('/')}/images/{quote(images.pop(), errors='replace')}" if len(images) == 1 else url
    if url and (link := _link("Tagwright", page)):
        parts.append(link)
    return "\n\n".join(part for part in parts if part)


def _part(notice: Notice, alone: bool) -> str:
    lines = [] if alone else [code(_tame(notice.title))]
    lines += [
        f"- {code(_tame(image))}: {code(_tame(old))} → {code(_tame(new))}"
        for image, old, new in notice.moved[:MOST_MOVED]
    ]
    if len(notice.moved) > MOST_MOVED:
        lines.append(f"- and {len(notice.moved) - MOST_MOVED} more")
    lines += [f"- {code(_tame(said))}" for said in notice.said]
    lines += [f"- {link}" for words, address in notice.links if (link := _link(words, address))]
    return "\n".join(lines) or (code(_tame(notice.title)) if alone else "")


def _link(words: str, address: str) -> str:
    return f"[{words}]({address})" if _ADDRESS.fullmatch(address) else ""


def _tame(text: str) -> str:
    """Without what chats obey even inside code: <!channel>, <@U123>."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())
