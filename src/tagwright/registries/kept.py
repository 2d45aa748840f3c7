"""Lists of tags beside what earlier runs saw of them: one that shrank is no answer until a person says so.

A registry in trouble, or a mirror that lost its disk, gives a list that is short and looks whole. So one with fewer
than half of the tags of the longest list seen is a problem. The longest counts, not the last: a list that dwindles
from run to run is compared with what it was before it began.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tagwright.cache import Cache
from tagwright.errors import ListShrunk
from tagwright.model import TagList
from tagwright.registries.documents import ETAG, only_tags

if TYPE_CHECKING:
    from tagwright.registries.distribution.lists import TagLists

FEW = 4
"""Of fewer tags than this half may go without a word, so long as one is left: three tags are soon one."""

TRUSTED = timedelta(days=1)
"""For so long a list is asked for by its validator alone; then whole again, whatever a proxy between us may believe."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as the registry gave it, what that registry knows it by, and when it was read."""

    tags: tuple[str, ...]
    fingerprint: str
    etag: str
    read: datetime

    @property
    def sound(self) -> bool:
        """Whether it could be a registry's answer, as strictly as answers are read."""
        tags = only_tags(list(self.tags)) == self.tags and len(set(self.tags)) == len(self.tags)
        return tags and bool(_HASH.fullmatch(self.fingerprint) and (not self.etag or ETAG.fullmatch(self.etag)))

    def as_given(self, repository: str) -> TagList:
        """The registry's answer."""
        return TagList(repository, self.tags, self.fingerprint, self.etag)


@dataclass(frozen=True, slots=True)
class Seen:
    """The longest list seen of a repository since a person last confirmed one: its length, and the last such day.

    `latest` is the last list, where that may spare the next run something: it has a validator, or a life.
    """

    most: int
    day: str
    latest: Listed | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which images (by normalised name) may have shrunk; `lasting`: their lists are what the next run goes by."""

    images: Callable[[str], bool] = lambda _: False
    lasting: bool = True


class Longest:
    """The longest lists seen of one registry. `host` begins its images' names, `asked` says where and as whom."""

    def __init__(self, host: str, asked: str, cache: Cache, accepted: Accepted) -> None:
        self._host, self._accepted = host, accepted
        self.asked, self.cache = asked, cache

    def image(self, repository: str) -> str:
        """The image's normalised name."""
        return f"{self._host}/{repository}"

    def accepted(self, repository: str) -> bool:
        """Whether its list may have shrunk."""
        return self._accepted.images(self.image(repository))

    def seen(self, repository: str) -> Seen:
        """What earlier runs saw; nothing where that is not to be believed."""
        seen = self.cache.load(Seen, f"{self.asked} {repository}")
        if seen is None or seen.most < 0 or not _DAY.fullmatch(seen.day):
            return _NOTHING
        return seen if seen.latest is None or seen.latest.sound else replace(seen, latest=None)

    def are_now(self, repository: str, prefix: str, tags: Sequence[str]) -> None:
        """The tags with a prefix: a whole list that says otherwise is no longer one to go by."""
        seen = self.seen(repository)
        if seen.latest and {tag for tag in seen.latest.tags if tag.startswith(prefix)} != set(tags):
            self.cache.save(replace(seen, latest=None), f"{self.asked} {repository}")

    def check(self, repository: str, seen: Seen, now: Seen) -> None:
        """Go by what is seen now from here on. Raises ListShrunk where it shrank and was not accepted."""
        if shrunk(seen, now):
            if not self.accepted(repository):
                raise _shrunk(self.image(repository), seen, now)
            if not self._accepted.lasting:
                return
        elif now.most < seen.most:
            now = replace(seen, latest=now.latest)
        if now != seen:
            self.cache.save(now, f"{self.asked} {repository}")


@dataclass(frozen=True, slots=True)
class Reuse:
    """Lists that were read less than `life` ago stand for the registry's answer, but of images (normalised names) that
    `fresh` says are to be read anew."""

    life: timedelta
    fresh: Callable[[str], bool]


class KeptLists:
    """The lists of one registry beside the longest seen of it.

    A list younger than `life` is not asked for again, nor one that `reuse` allows; `reused` are those, by image, and
    when each was read.
    """

    def __init__(
        self, lists: TagLists, longest: Longest, life: timedelta | None = None, reuse: Reuse | None = None
    ) -> None:
        self._lists, self._longest, self._life, self._reuse = lists, longest, life or timedelta(0), reuse
        self.reused: dict[str, datetime] = {}

    def tags(self, repository: str) -> TagList:
        """As `Registry.tags`. Raises ListShrunk for a list that shrank and was not accepted."""
        seen, now = self._longest.seen(repository), datetime.now(UTC)
        if recent := self._recent(repository, seen, now):
            return recent
        found, latest = self._list(repository, seen.latest, now)
        self._longest.check(repository, seen, Seen(len(found.tags), now.date().isoformat(), latest))
        return found

    def recent(self, repository: str) -> TagList | None:
        """The list that need not be asked for, where `reuse` allows one."""
        return self._recent(repository, self._longest.seen(repository), datetime.now(UTC)) if self._reuse else None

    def _recent(self, repository: str, seen: Seen, now: datetime) -> TagList | None:
        image, latest = self._longest.image(repository), seen.latest
        life = self._life
        if self._reuse:
            life = timedelta(0) if self._reuse.fresh(image) else max(life, self._reuse.life)
        if not latest or not now - life < latest.read <= now or self._longest.accepted(repository):
            return None
        self.reused[image] = latest.read
        return latest.as_given(repository)

    def _list(self, repository: str, latest: Listed | None, now: datetime) -> tuple[TagList, Listed | None]:
        """The list, and what is kept of it: the one we have, where the registry says that it is still the same."""
        from tagwright.registries.distribution.lists import Unchanged

        known = latest if latest and now - TRUSTED < latest.read <= now else None
        try:
            found = self._lists.tags(repository, known.etag if known else "")
        except Unchanged:
            assert known, "an answer to a question that was not asked is an error"
            return known.as_given(repository), known
        worth = found.etag or self._life or self._reuse
        return found, Listed(found.tags, found.fingerprint, found.etag, now) if worth else None


_NOTHING = Seen(0, "")


def shrunk(seen: Seen, now: Seen) -> bool:
    """Fewer than half of what was there, or nothing where something was."""
    return now.most * 2 < seen.most and (seen.most >= FEW or not now.most)


def _shrunk(image: str, seen: Seen, now: Seen) -> ListShrunk:
    lists = f"lists {now.most or 'no'} {'tag' if now.most < 2 else 'tags'}"
    return ListShrunk(
        f"{image} {lists} and had {seen.most:,} on {seen.day}: fewer than half, so nothing is concluded from it",
        hint=f"if they were removed on purpose, once: tagwright run --accept-shrunk {image} "
        f"(or the variable TAGWRIGHT_ACCEPT_SHRUNK={image} for one pass)",
    )
