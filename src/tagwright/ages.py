"""When tags were first seen, where a policy asks for their age and the registry does not tell.

The registry's own time of a push is the better clock and spares the look into the ledger. Without it the ledger in
Git says when a tag was first seen under the digest it has now; a tag that is not in it is seen now for the first
time, in a dry run too, so that it decides what a real run decides. A real run then writes down what was new.
A folder has no ledger: there a tag whose push time nobody tells has no age.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tagwright.errors import Problem, TagwrightError
from tagwright.ledger import FirstSeen, first_seen, first_seen_line, first_seen_path
from tagwright.model import Candidate, PolicySpec

if TYPE_CHECKING:
    from tagwright.git.ledger import GitLedger

log = logging.getLogger(__name__)


def age_asked(policy: PolicySpec | None) -> timedelta | None:
    """How old a tag must be for all that a policy says of its age; None when it says nothing."""
    asked = [age for age in (policy.minimum_age, policy.wait) if age is not None] if policy else []
    return max(asked, default=None)


@dataclass(slots=True)
class Ages:
    """The clocks of one pass over one target. `asked` holds the images whose policies ask for an age, and which.

    `moving` are those of which every move of a tag is written down, whoever else knows its time: where a policy
    waits for a tag to come to rest, only they tell how long it has not.
    """

    ledger: GitLedger | None
    asked: Mapping[str, timedelta]
    now: datetime
    moving: frozenset[str] = frozenset()
    _known: dict[str, FirstSeen] = field(default_factory=dict)
    _new: dict[str, set[str]] = field(default_factory=dict)

    def dated(self, image: str, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        """The candidates, with what the ledger knows of those whose age is not settled. Raises GitError."""
        age = self.asked.get(image)
        for candidate in candidates:
            old = candidate.pushed is not None and age is not None and candidate.pushed + age <= self.now
            settled = old and image not in self.moving
            if age is None or settled or self.ledger is None or candidate.digest is None:
                yield candidate
            else:
                yield self._seen(image, candidate, candidate.digest)

    def _seen(self, image: str, candidate: Candidate, digest: str) -> Candidate:
        known = self._of(image).get(candidate.tag, {})
        if digest not in known and (candidate.pushed is None or image in self.moving):
            self._new.setdefault(image, set()).add(first_seen_line(candidate.tag, digest, self.now))
        first = known.get(digest, self.now)
        earlier = tuple((other, when) for other, when in known.items() if when < first)
        before = max(earlier, key=lambda one: one[1])[0] if earlier else None
        return replace(candidate, first_seen=first, before=before, earlier=earlier)

    def _of(self, image: str) -> FirstSeen:
        if image not in self._known:
            assert self.ledger is not None
            self._known[image] = first_seen(self.ledger.lines(first_seen_path(image)), self.now)
        return self._known[image]

    def write(self, about: str) -> tuple[Problem, ...]:
        """Write down what was seen for the first time; what went wrong with that, as a problem of the target."""
        if not self._new or self.ledger is None:
            return ()
        lines = {first_seen_path(image): sorted(new) for image, new in sorted(self._new.items())}
        count = sum(map(len, lines.values()))
        try:
            self.ledger.add(lines, f"First seen: {count} {'tag' if count == 1 else 'tags'}\n\n[skip ci]")
        except TagwrightError as error:
            hint = "until it can, the age of these tags does not count; let this login push refs/tagwright/ledger"
            return (Problem(about, "ledger", f"the ledger could not be written: {error.message}", error.hint or hint),)
        for image, new in self._new.items():
            if not self._known[image]:
                log.warning("%s: a first look at %d of its tags; their age counts from now", image, len(new))
        return ()
