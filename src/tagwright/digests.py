"""What was learned of images by their digests, kept between passes: what a digest names never changes.

So a tag whose digest is known costs one small question, and `newest` reads the dates of new images alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tagwright.cache import Cache
from tagwright.model import Candidate, Details, Fact

_KEPT = Fact.PLATFORMS | Fact.DETAILS | Fact.CREATED
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Learned:
    """A digest, the facts that were asked of it, and what was told."""

    digest: str
    facts: int
    created: datetime | None
    platforms: tuple[str, ...] | None
    artifact: str | None
    details: Details | None


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that is kept of one image repository, the latest last."""

    learned: tuple[Learned, ...]


class Digests:
    """The digests of one image repository. Safe to use from many threads at once."""

    def __init__(self, cache: Cache, image: str) -> None:
        kept = cache.load(Lessons, image)
        self._cache, self._image = cache, image
        learned = kept.learned if kept else ()
        self._learned = {one.digest: one for one in learned if not one.facts & ~_KEPT.value}
        self._kept, self._new = kept is not None, False

    def may_know(self, facts: Fact) -> bool:
        """Whether it is worth asking for a digest first: an earlier pass learned something."""
        return self._kept and bool(facts & _KEPT)

    def of(self, digest: str, facts: Fact) -> Candidate | None:
        """What is known of a digest (its tag is empty), or None when not all of the facts are."""
        one = self._learned.get(digest)
        if one is None or (facts & _KEPT) & ~Fact(one.facts):
            return None
        return Candidate(
            "", digest, one.created, None, one.platforms, described=True, artifact=one.artifact, details=one.details
        )

    def note(self, found: Candidate, facts: Fact) -> Candidate:
        """Learn what was found, beside what is known of that digest already; the same again."""
        if found.digest and facts & _KEPT and not found.unread:
            before = self._learned.get(found.digest, Learned(found.digest, 0, None, None, None, None))
            self._learned[found.digest] = Learned(
                found.digest,
                before.facts | (facts & _KEPT).value,
                found.created or before.created,
                found.platforms or before.platforms,
                found.artifact or before.artifact,
                found.details or before.details,
            )
            self._new = True
        return found

    def keep(self) -> None:
        """Leave what was learned for the next pass."""
        if self._new:
            self._cache.save(Lessons(tuple(self._learned.values())[-_MOST:]), self._image)
