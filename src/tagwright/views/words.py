"""What lists of Git and of forges show of a change: its title, and its commit message.

The same change always gives the same text.
"""

from __future__ import annotations

from dataclasses import dataclass

from tagwright import templates, trailers
from tagwright.image import Image
from tagwright.model import Decision, Delivery
from tagwright.views.escape import plain
from tagwright.views.updates import Update, landed, names, short, updates, version
from tagwright.views.values import SEVERAL, values

DEFAULT_TITLE = "Update {{ image.name }} to {{ new.tag }}"
LONGEST_TITLE = 200  # characters; GitLab takes 255, GitHub 256
LONGEST_EXPLAINED = 60_000  # characters of a message, about


@dataclass(frozen=True, slots=True)
class Described:
    """A change in words: one line, and the whole commit message."""

    title: str
    message: str


def describe_change(
    key: str,
    decisions: tuple[Decision, ...],
    delivery: Delivery,
    *,
    words: str = "",
) -> Described:
    """Title and commit message of the updates among `decisions`, which go together under the group `key`.

    `words` is a person's own message in place of the template. Raises ConfigError for a
    template with a mistake.
    """
    changed = updates(decisions)
    title = summary = summed_up(key, changed)
    if delivery.title not in ("", DEFAULT_TITLE):
        title = _one_line(templates.render(delivery.title, values(key, changed, summary), "delivery.title")) or summary
    text = f"{title}\n\n{_explained(changed)}"
    if words:
        text = words
    elif delivery.commit_message:
        text = templates.render(delivery.commit_message, values(key, changed, summary), "delivery.commit_message")
    return Described(title, trailers.append(text.strip() or title, landed(changed)))


def summed_up(key: str, changed: tuple[Update, ...]) -> str:
    """The title Tagwright would give."""
    images = names(changed)
    if len(images) != 1:
        place = "" if key in ("", "all") else f" in {plain(key)}"
        return _clipped(f"Update {len(images)} images{place}")
    tags = sorted({plain(one.new.tag or "") for one in changed})
    if all(one.moves_digest_alone for one in changed):
        digests = sorted({plain(short(one.new.digest or "").rpartition(":")[2]) for one in changed})
        tag = f":{tags[0]}" if len(tags) == 1 and tags[0] else ""
        return _clipped(f"Update {images[0]}{tag} to {_and(digests, 'digest', 'new digests')}")
    return _clipped(f"Update {images[0]} to {_and(tags, '', SEVERAL)}")


def _and(found: list[str], noun: str, several: str) -> str:
    if len(found) > 2:
        return several
    return f"{noun}{'s' if noun and len(found) == 2 else ''} {' and '.join(found)}".strip()


def _explained(changed: tuple[Update, ...]) -> str:
    """Two lines an update, where and what, and by which policy; as many as have room, and how many there were more."""
    lines: list[str] = []
    room = LONGEST_EXPLAINED
    for number, one in enumerate(changed):
        if room < 0:
            return "\n".join([*lines, f"… and {len(changed) - number} more"])
        old, new = plain(_version(one.old)), plain(_version(one.new))
        lines.append(f"{plain(one.path)}:{one.line} {plain(one.name)} {old} -> {new}")
        source = f" ({plain(one.source)})" if one.source else ""
        lines.append(f"  by {plain(one.policy)}{source}")
        room -= len(lines[-2]) + len(lines[-1]) + 2
    return "\n".join(lines)


def _version(image: Image) -> str:
    return version(image) or "none"


def _one_line(text: str) -> str:
    return _clipped(" ".join("".join(char if char.isprintable() else " " for char in text).split()))


def _clipped(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
