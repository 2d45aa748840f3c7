"""What templates may say of a change: `{{ image.name }}`, `{{ new.tag }}` and the like.

`summary` is the title Tagwright would give, `group` the group's name; `image.name`, `image.short` ("api"), `old.tag`,
`old.digest`, `new.tag`, `new.digest` speak of the one image updated ("3 images" and "new versions" where there are
several); `updates` is the list of all, each with those and `path`, `line`, `policy` and `source`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tagwright.image import Image
from tagwright.views.escape import plain
from tagwright.views.updates import Update, names

SEVERAL = "new versions"


class Listed(tuple[dict[str, Any], ...]):
    """A list that a template loops over; as text it is its length alone, lest a loop writes all of it each time."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{len(self)} updates"

    __repr__ = __str__


def values(key: str, changed: tuple[Update, ...], summary: str, shown: Callable[[str], str] = plain) -> dict[str, Any]:
    """Those of a change of the group `key`; `shown` makes hostile text harmless where the template's text goes."""
    each = [_value(one, shown) for one in changed]
    images = names(changed)
    whole = each[0]["image"] if len(images) == 1 else dict.fromkeys(("name", "short"), f"{len(images)} images")
    return {
        "summary": summary,
        "group": shown(key),
        "image": whole,
        "old": _common([one["old"] for one in each]),
        "new": _common([one["new"] for one in each]),
        "updates": Listed(each),
    }


def _value(one: Update, shown: Callable[[str], str]) -> dict[str, Any]:
    return {
        "image": {"name": shown(one.name), "short": shown(one.name.rpartition("/")[2])},
        "old": _parts(one.old, shown),
        "new": _parts(one.new, shown),
        "path": shown(one.path),
        "line": one.line,
        "policy": shown(one.policy),
        "source": shown(one.source),
    }


def _parts(image: Image, shown: Callable[[str], str]) -> dict[str, str]:
    """What is not there is "", so that `{% if new.digest %}` tells."""
    return {
        "tag": shown(image.tag) if image.tag else "",
        "digest": shown(image.digest) if image.digest else "",
    }


def _common(found: list[dict[str, str]]) -> dict[str, str]:
    """What all have in common; nothing in common is "new versions"."""
    several = {"tag": SEVERAL, "digest": ""}
    return {part: _one((each[part] for each in found), several[part]) for part in several}


def _one(found: Iterable[str], several: str) -> str:
    different = set(found)
    return different.pop() if len(different) == 1 else several
