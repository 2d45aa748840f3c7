"""The stretch of a long list of tags that a policy can take from, read alone where the registry surely sorts its lists.

`last=lat` gives what comes after, so of an image with tags of many branches only the pages of `main-…` are read. The
distribution specification says that lists are sorted and `last` a place in them; many registries do neither. So nothing
is asked this way but within a day of a whole list that came in three pages or more, all in byte order, and what is
answered must agree with that list. Wherever it does not, the whole list is read and nothing else counts, and this way
is not tried again that day.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from tagwright.errors import RegistryError, RegistryUnreachable
from tagwright.model import TagList
from tagwright.registries.distribution.lists import TagLists
from tagwright.registries.documents import only_tags
from tagwright.registries.kept import TRUSTED, Longest, Seen, shrunk


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a whole list of `among` tags, read at `read`, said of those with a prefix: there were `count`.

    They come after `last`, which is no tag, and after `first`, the tag that came next to it. `last` is "" where they
    are not to be asked for alone. A page had `stride` tags.
    """

    read: datetime
    last: str = ""
    first: str = ""
    count: int = 0
    among: int = 0
    stride: int = 0

    def fits(self, prefix: str, now: datetime) -> bool:
        """Whether it is young enough, and could be true of that prefix."""
        asked = self.first.startswith(self.last) and is_beyond(prefix, self.last)
        return (asked or not self.last) and now - TRUSTED < self.read <= now


class Stretches:
    """The stretches of one registry's lists, beside the `longest` seen of them."""

    def __init__(self, lists: TagLists, longest: Longest) -> None:
        self._lists, self._longest, self._cache = lists, longest, longest.cache
        self._given: dict[str, str] = {}

    def tags(self, repository: str, prefix: str, whole: Callable[[], TagList]) -> TagList:
        """The tags with the prefix, or all of them: whatever `whole` says, or raises, where that is in doubt.

        A stretch that does not begin as it did is asked for again only if its first tag has gone.
        """
        key, now = self._key(repository, prefix), datetime.now(UTC)
        if self._longest.accepted(repository):
            return whole()
        known = self._cache.load(Stretch, key)
        known = known if known and known.fits(prefix, now) else None
        asked = known and known.last and self._given.setdefault(repository, prefix) == prefix
        if known and asked and (part := self._part(repository, prefix, known)):
            return part
        found = whole()
        self.refuse(repository)
        again = measured(found, prefix, now) if known is None or asked else known
        if known is None or known.first != again.first:
            self._cache.save(again, key)
        return found

    def refuse(self, repository: str) -> None:
        """All tags are read, and a stretch of them was asked for: that spared nothing, and is not done again today."""
        key = self._key(repository, self._given.get(repository, ""))
        known = self._cache.load(Stretch, key)
        if known and known.last:
            self._cache.save(Stretch(known.read), key)

    def _key(self, repository: str, prefix: str) -> str:
        return f"{self._longest.asked} {repository} {prefix}"

    def _part(self, repository: str, prefix: str, known: Stretch) -> TagList | None:
        """What the registry lists there; None where that could be less than all."""

        def enough(page: Sequence[str]) -> bool:
            return bool(page) and is_beyond(page[-1], prefix)

        try:
            pages = self._lists.after(repository, known.last, enough)
        except RegistryError as error:
            if isinstance(error, RegistryUnreachable) and error.retry_at:
                raise
            return None
        told = [tag for page in pages for tag in page]
        cut = not pages or (not enough(pages[-1]) and len(pages[-1]) >= known.stride)
        if cut or known.first not in told or not all(a < b for a, b in pairwise((known.last, *told))):
            return None
        tags = only_tags([tag for tag in told if tag.startswith(prefix)])
        if shrunk(Seen(known.count, ""), Seen(len(tags), "")):
            return None
        self._longest.are_now(repository, prefix, tags)
        text = "\n".join((prefix, str(known.among), *tags))
        return TagList(repository, tags, hashlib.sha256(text.encode()).hexdigest(), prefix=prefix, among=known.among)


def measured(found: TagList, prefix: str, now: datetime) -> Stretch:
    """What a whole list says of a prefix; nothing to ask by where it is not sorted, or that would spare less than half.

    `last` is cut from a tag that comes before the prefix, and is none: who takes it for a tag to be found in the list,
    or for nothing, answers otherwise than who sorts. `first` is outside the stretch: with it in an answer nothing of
    the stretch was passed over at its beginning. A page of tags or more come before, which will not all go in a day.
    """
    tags = found.tags
    before = next((tag for tag in reversed(tags[: bisect_left(tags, prefix)]) if is_beyond(prefix, tag)), "")
    lasts = (before[:end] for end in range(len(before) - 1, 0, -1))
    last = next((one for one in lasts if one not in tags and is_beyond(prefix, one)), "") if found.stride else ""
    begin = bisect_right(tags, last)
    span = next((at for at, tag in enumerate(tags[begin:]) if is_beyond(tag, prefix)), len(tags) - begin)
    count = sum(tag.startswith(prefix) for tag in tags[begin : begin + span])
    spared = len(tags) - span
    if not last or begin < found.stride or not count or spared < max(span, 2 * found.stride):
        return Stretch(now)
    return Stretch(now, last, tags[begin], count, len(tags), found.stride)


def is_beyond(text: str, other: str) -> bool:
    """Whether all that begins with a text comes after all that begins with the other, in any order of words in use.

    By a later letter, or a letter after a digit. Signs, and large and small letters, are ordered in more than one way,
    and some orders take numbers as numbers.
    """
    for one, two in zip(text, other, strict=False):
        if one != two:
            alike = (one.islower() and two.islower()) or (one.isupper() and two.isupper())
            return one > two and (alike or (one.isalpha() and two.isdigit()))
    return False
