"""What our commits say to machines: `Tagwright-Image` and `Tagwright-Order`, written and read.

    Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1@sha256:4f…
    Tagwright-Order: 1234
    Tagwright-Group: run deploy main ghcr.io/acme/api

One image line for each image and pair of values; an order line belongs to the image line
above it. The group line stands in the commit of a pull request alone, and says whose it is.
The name is the normalised repository name. Values are percent-encoded ASCII and "-" where
there was none, so no tag or name can forge a trailer, or mention a person. They are read where Git
itself looks for trailers: in the last paragraph, which is never the title.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

IMAGE = "Tagwright-Image"
ORDER = "Tagwright-Order"
GROUP = "Tagwright-Group"

MENTION = re.compile(r"(?<![A-Za-z0-9])@|@(?!sha[0-9]+:)")  # any "@" but the one before a digest

_NONE = "-"  # no tag begins with a dash
_IMAGE_LINE = re.compile(rf"{IMAGE}: (?P<name>[!-~]+) (?P<old>[!-~]+) -> (?P<new>[!-~]+)")
_ORDER_LINE = re.compile(rf"{ORDER}: (?P<order>-?[0-9]{{1,19}})")
_GROUP_LINE = re.compile(rf"{GROUP}: ([!-~]+) ([!-~]+) ([!-~]+) ([!-~]+)")
_ANY_LINE = re.compile(r"[A-Za-z0-9-]+: .*")


@dataclass(frozen=True, slots=True)
class Group:
    """What a pull request is for: who proposes (`run` or `set`), the target's name, its base, and the group's key."""

    proposer: str
    target: str
    base: str
    key: str


@dataclass(frozen=True, slots=True)
class Landed:
    """One image that a commit moved: `old` and `new` are "tag", "tag@sha256:…", "sha256:…" or ""."""

    name: str
    old: str
    new: str
    order: int | None = None

    @property
    def tag(self) -> str:
        """The tag that was written, without its digest."""
        return self.new.partition("@")[0]


def write(landed: Iterable[Landed]) -> str:
    """The trailer lines, each ended by a newline, without repetitions and in a stable order."""
    unique = sorted(set(landed), key=lambda one: (one.name, one.old, one.new, one.order or 0))
    return "".join(_lines(one) for one in unique)


def append(text: str, landed: Iterable[Landed]) -> str:
    """A commit message of `text` that ends in the trailers; they join trailers that `text` ends in already."""
    return _joined(text, write(landed))


def join(message: str, line: str) -> str:
    """A message with one more trailer, unless it has that line among them already."""
    if line in _last_paragraph(message.strip("\n")):
        return message
    return _joined(message, line + "\n")


def before(message: str, paragraph: str) -> str:
    """A message with one more paragraph before its trailers, or behind it where it has none."""
    body = message.strip("\n")
    last = _last_paragraph(body)
    if not _is_trailers(last):
        return f"{body}\n\n{paragraph}\n"
    found = "\n".join(last)
    return f"{body.removesuffix(found)}{paragraph}\n\n{found}\n"


def _joined(text: str, lines: str) -> str:
    body = text.strip("\n")
    return body + ("\n" if _is_trailers(_last_paragraph(body)) else "\n\n") + lines


def with_group(message: str, group: Group) -> str:
    """A commit message that ends in trailers, with one more: which group it is of."""
    parts = (_encoded(part) for part in (group.proposer, group.target, group.base, group.key))
    return f"{message.rstrip()}\n{GROUP}: {' '.join(parts)}\n"


def group_of(message: str) -> Group | None:
    """Which group a commit message says it is of."""
    found = (_GROUP_LINE.fullmatch(line) for line in _last_paragraph(message.strip("\n")))
    return next((Group(*map(_decoded, line.groups())) for line in found if line), None)


def read(message: str) -> tuple[Landed, ...]:
    """What a commit message says was moved; anything that is not exactly as `write` writes it says nothing."""
    return _read(_last_paragraph(message.strip("\n")))


def read_all(message: str) -> tuple[Landed, ...]:
    """As `read`, wherever the lines stand: a forge that squashes commits puts other words behind them."""
    return _read(message.replace("\r\n", "\n").split("\n"))


def _read(lines: Iterable[str]) -> tuple[Landed, ...]:
    found: list[Landed] = []
    for line in lines:
        if image := _IMAGE_LINE.fullmatch(line):
            found.append(Landed(_decoded(image["name"]), _decoded(image["old"]), _decoded(image["new"])))
        elif (order := _ORDER_LINE.fullmatch(line)) and found:
            found[-1] = replace(found[-1], order=int(order["order"]))
    return tuple(found)


def _lines(one: Landed) -> str:
    name, old, new = (_encoded(value) for value in (one.name, one.old, one.new))
    order = "" if one.order is None else f"{ORDER}: {one.order}\n"
    return f"{IMAGE}: {name} {old} -> {new}\n{order}"


def _encoded(value: str) -> str:
    if value in ("", _NONE):
        return _NONE if not value else "%2D"
    return MENTION.sub("%40", quote(value, safe="/:@._+-", errors="replace"))


def _decoded(value: str) -> str:
    return "" if value == _NONE else unquote(value)


def _last_paragraph(message: str) -> list[str]:
    """Its lines; none when the message is a title alone."""
    _, gap, rest = message.replace("\r\n", "\n").partition("\n\n")
    return re.split(r"\n[ \t]*\n", rest)[-1].split("\n") if gap else []


def _is_trailers(lines: list[str]) -> bool:
    """Nothing but unfolded trailers, such as a person's Signed-off-by: a paragraph that ours may join."""
    return bool(lines) and all(_ANY_LINE.fullmatch(line) for line in lines)
