"""Lists of tags beside what earlier runs saw of them: one that shrank is no answer until a person says so.

A registry in trouble, or a mirror that lost its disk, gives a list that is short and looks whole. So one with fewer
than half of the tags of the longest list seen is a problem. The longest counts, not the last: a list that dwindles
from run to run is compared with what it was before it began.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tagwright.cache import Cache
from tagwright.errors import ListShrunk
from tagwright.model import TagList

if TYPE_CHECKING:
    from tagwright.registries.distribution.lists import TagLists

FEW = 4
"""Of fewer tags than this half may go without a word, so long as one is left: three tags are soon one."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Seen:
    """The longest list seen of a repository since a person last confirmed one: its length, and the last such day."""

    most: int
    day: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which images (by normalised name) may have shrunk; `lasting`: their lists are what the next run goes by."""

    images: Callable[[str], bool] = lambda _: False
    lasting: bool = True


class KeptLists:
    """The lists of one registry. `host` begins its images' names, `asked` says where and as whom it is asked."""

    def __init__(self, lists: TagLists, host: str, asked: str, cache: Cache, accepted: Accepted) -> None:
        self._lists, self._host, self._asked = lists, host, asked
        self._cache, self._accepted = cache, accepted

    def tags(self, repository: str) -> TagList:
        """As `Registry.tags`. Raises ListShrunk for a list that shrank and was not accepted."""
        found = self._lists.tags(repository)
        key, image = f"{self._asked} {repository}", f"{self._host}/{repository}"
        seen, now = self._seen(key), Seen(len(found.tags), datetime.now(UTC).date().isoformat())
        if shrunk(seen, now):
            if not self._accepted.images(image):
                raise _shrunk(image, seen, now)
            if self._accepted.lasting:
                self._cache.save(now, key)
        elif now.most >= seen.most and now != seen:
            self._cache.save(now, key)
        return found

    def _seen(self, key: str) -> Seen:
        """What earlier runs saw; nothing where that is not to be believed."""
        seen = self._cache.load(Seen, key)
        return seen if seen and seen.most >= 0 and _DAY.fullmatch(seen.day) else _NOTHING


_NOTHING = Seen(0, "")


def shrunk(seen: Seen, now: Seen) -> bool:
    """Fewer than half of what was there, or nothing where something was."""
    return now.most * 2 < seen.most and (seen.most >= FEW or not now.most)


def _shrunk(image: str, seen: Seen, now: Seen) -> ListShrunk:
    lists = f"lists {now.most:,} tags" if now.most else "lists no tag"
    return ListShrunk(
        f"{image} {lists} and had {seen.most:,} on {seen.day}: fewer than half, so nothing is concluded from it",
        hint=f"if they were removed on purpose, run once with --accept-shrunk {image}",
    )
