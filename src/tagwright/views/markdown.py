"""What Git and a forge show of a change: title, commit message and pull request body.

Image names, tags, paths and labels come from repositories and registries and are hostile:
in Markdown they stand in code spans alone, where no forge reads mentions, links, issue
numbers, HTML or quick actions; in a title or commit message anything but plain name
characters is percent-encoded, so that none can close an issue, mention a person or add
a trailer. The same change always gives the same text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tagwright import trailers
from tagwright.image import Image, normalise
from tagwright.model import ChangeSet, Decision, Delivery, PolicySpec, Reason, Ruling
from tagwright.trailers import MENTION, Landed
from tagwright.views import templates

DEFAULT_TITLE = "Update {{ image.name }} to {{ new.tag }}"
LONGEST_TITLE = 200  # characters; GitLab takes 255, GitHub 256
LONGEST_BODY = 60_000  # characters; GitHub takes 65,536
UNSHOWABLE = "\ufffd"
LONGEST_CELL = 200  # characters of one value in a body
SHOWN_PASSED_OVER = 5  # tags named one by one, a row

_SEVERAL = "new versions"
_PLAIN = "/:@._+-<>=~^*|,()'\" "
_TELLING = (
    Reason.OUT_OF_RANGE,
    Reason.LEVEL,
    Reason.PRERELEASE,
    Reason.NOT_ALLOWED,
    Reason.TOO_YOUNG,
    Reason.FROZEN,
    Reason.MUTATED,
    Reason.PLATFORM_MISSING,
    Reason.HELD,
    Reason.REJECTED,
    Reason.UNVERIFIED,
    Reason.METADATA_UNAVAILABLE,
)


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
    updates = _updates(decisions)
    summary = _summary(key, updates)
    title = summary
    if delivery.title not in ("", DEFAULT_TITLE):
        title = _one_line(templates.render(delivery.title, values(key, updates, summary), "delivery.title")) or summary
    text = f"{title}\n\n{_explained(updates)}"
    if words:
        text = words
    elif delivery.commit_message:
        text = templates.render(delivery.commit_message, values(key, updates, summary), "delivery.commit_message")
    return Described(title, trailers.append(text.strip() or title, _landed(updates)))


def values(key: str, updates: tuple[Decision, ...], summary: str) -> dict[str, Any]:
    """What a template may say.

    `summary` is the title Tagwright would give, `group` the group's name; `image.name`,
    `image.short` ("api"), `old.tag`, `old.digest`, `new.tag`, `new.digest` speak of the one
    image updated ("3 images" and "new versions" where there are several); `updates` is the list of
    all, each with those and `path`, `line`, `policy` and `source`.
    """
    each = [_value(one) for one in updates]
    names = _names(updates)
    count = f"{len(names)} images"
    whole = (
        {"name": names[0], "short": names[0].rpartition("/")[2]} if len(names) == 1 else {"name": count, "short": count}
    )
    old, new = (
        {
            part: _common((one[side][part] for one in each), several)
            for part, several in (("tag", _SEVERAL), ("digest", ""))
        }
        for side in ("old", "new")
    )
    return {"summary": summary, "group": _plain(key), "image": whole, "old": old, "new": new, "updates": each}


def body(change: ChangeSet) -> str:
    """The pull request's text: what changes where, and why, with the tags that were passed over. Markdown, bounded."""
    updates = _updates(change.decisions)
    alike = {(_identity(one), _old(one), _new(one), one.ruled): one for one in reversed(updates)}
    rows = _fitted(updates, _row, LONGEST_BODY // 2)
    reasons = _fitted(tuple(reversed(alike.values())), _reason, LONGEST_BODY // 2 - 1_000)
    heading = ["| Where | Image | From | To |", "| --- | --- | --- | --- |"]
    return "\n".join([*heading, *rows, "", "**Why**", "", *reasons, ""])


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


# ── titles and commit messages ───────────────────────────────────────────────


def _updates(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Those that write, by place."""
    writing = (one for one in decisions if one.new is not None)
    return tuple(sorted(writing, key=lambda one: (one.reference.path, one.reference.line, one.reference.column)))


def _summary(key: str, updates: tuple[Decision, ...]) -> str:
    names = _names(updates)
    if len(names) != 1:
        place = "" if key in ("", "all") else f" in {_plain(key)}"
        return _clipped(f"Update {len(names)} images{place}")
    tags = sorted({_plain(_new(one).tag or "") for one in updates})
    if all(_digest_only(one) for one in updates):
        digests = sorted({_short(_new(one).digest or "") for one in updates})
        tag = f":{tags[0]}" if len(tags) == 1 and tags[0] else ""
        return _clipped(f"Update {names[0]}{tag} to {_and(digests, 'digest', 'new digests')}")
    return _clipped(f"Update {names[0]} to {_and(tags, '', _SEVERAL)}")


def _and(found: list[str], noun: str, several: str) -> str:
    if len(found) > 2:
        return several
    return f"{noun}{'s' if noun and len(found) == 2 else ''} {' and '.join(found)}".strip()


def _explained(updates: tuple[Decision, ...]) -> str:
    """Two lines an update: where and what, and by which policy."""
    lines = []
    for one in updates:
        place = f"{_plain(one.reference.path)}:{one.reference.line}"
        lines.append(f"{place} {_name(one)} {_plain(_version(_old(one)))} -> {_plain(_version(_new(one)))}")
        source = f" ({_plain(one.ruled.source)})" if one.ruled.source else ""
        lines.append(f"  by {_policy(one.ruled.policy)}{source}")
    return "\n".join(lines)


def _landed(updates: tuple[Decision, ...]) -> Iterable[Landed]:
    return (Landed(_identity(one), _bare_version(_old(one)), _bare_version(_new(one)), one.order) for one in updates)


def _value(one: Decision) -> dict[str, Any]:
    old, new, name = _old(one), _new(one), _name(one)
    return {
        "image": {"name": name, "short": name.rpartition("/")[2]},
        "old": {"tag": _plain(old.tag or ""), "digest": _plain(old.digest or "")},
        "new": {"tag": _plain(new.tag or ""), "digest": _plain(new.digest or "")},
        "path": _plain(one.reference.path),
        "line": one.reference.line,
        "policy": _policy(one.ruled.policy),
        "source": _plain(one.ruled.source),
    }


def _common(found: Iterable[str], several: str) -> str:
    different = set(found)
    return different.pop() if len(different) == 1 else several


def _names(updates: tuple[Decision, ...]) -> list[str]:
    """One name an image repository, as the first reference spells it."""
    return list({_identity(one): _name(one) for one in reversed(updates)}.values())


def _identity(one: Decision) -> str:
    return one.ruled.image or normalise(one.reference.image.name)


def _name(one: Decision) -> str:
    return _plain(_new(one).name or one.reference.image.name or one.ruled.image)


def _old(one: Decision) -> Image:
    return one.reference.image


def _new(one: Decision) -> Image:
    assert one.new is not None  # _updates lets no other through
    return one.new


def _digest_only(one: Decision) -> bool:
    return _old(one).tag == _new(one).tag and _old(one).digest != _new(one).digest


def _bare_version(image: Image) -> str:
    """ "tag", "tag@digest", "digest" or ""."""
    return str(Image("", image.tag, image.digest)).lstrip(":@")


def _version(image: Image) -> str:
    return _bare_version(image) or "none"


def _short(digest: str) -> str:
    """The first twelve figures, as everyone else shortens a digest."""
    return _plain(digest.rpartition(":")[2][:12])


def _policy(spec: PolicySpec | None) -> str:
    return f"{spec.kind.value} {_plain(spec.argument)}".strip() if spec else "request"


def _plain(text: str) -> str:
    """Text that says nothing but itself wherever Git or a forge shows it: no '#', no control, no '@' before a name."""
    encoded = "".join(char if char.isalnum() else quote(char, safe=_PLAIN, errors="replace") for char in text)
    return MENTION.sub("%40", encoded)


def _one_line(text: str) -> str:
    return _clipped(" ".join("".join(char if char.isprintable() else " " for char in text).split()))


def _clipped(title: str) -> str:
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


# ── the pull request's body ──────────────────────────────────────────────────


def _row(one: Decision) -> str:
    place = f"{one.reference.path}:{one.reference.line}"
    cells = (place, _new(one).name or one.ruled.image, _bare_version(_old(one)), _bare_version(_new(one)))
    return f"| {' | '.join(map(cell, cells))} |"


def cell(text: str) -> str:
    """A code span for a table: GFM splits rows into cells first, at bars that no backslash escapes."""
    return code(text.replace("\\", UNSHOWABLE).replace("|", UNSHOWABLE))


def _reason(one: Decision) -> str:
    """One line for all references that are ruled alike and stood at the same tag."""
    spec = one.ruled.policy
    policy = code(f"{spec.kind.value}: {spec.argument}") if spec else "request"
    source = f", said in {code(one.ruled.source)}" if one.ruled.source else ""
    head = f"- {code(_name(one))} {code(_bare_version(_old(one)))}: {policy}{source}"
    return head + _passed_over(one.rulings())


def _passed_over(rulings: tuple[Ruling, ...]) -> str:
    """The tags a person might have expected, each with its reason.

    No counts, and an order of its own: a body that changed with every tag a registry gains, or with the order it
    lists them in, would be sent again on every run.
    """
    expected = sorted(
        (one for one in rulings if one.reason in _TELLING), key=lambda one: _natural(one.tag), reverse=True
    )
    named = [f"{code(one.tag)} ({one.reason})" for one in expected[:SHOWN_PASSED_OVER]]
    return f"; not taken: {', '.join(named)}" if named else ""


def _natural(tag: str) -> tuple[tuple[int, str], ...]:
    """Figures by their value, the rest by its letters: 1.10 after 1.9."""
    return tuple((len(part.lstrip("0")) if part.isdigit() else 0, part.lstrip("0")) for part in re.split(r"(\d+)", tag))


def _fitted(updates: tuple[Decision, ...], line: Callable[[Decision], str], room: int) -> list[str]:
    """A line an update while there is room, and how many there were more."""
    kept: list[str] = []
    for one in updates:
        shown = line(one)
        room -= len(shown) + 1
        if room < 0:
            return [*kept, "", f"… and {len(updates) - len(kept)} more, named in the commit."]
        kept.append(shown)
    return kept
