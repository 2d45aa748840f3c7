"""Several endpoints of one registry: mirrors and pull-through caches first, the registry itself at last.

As containerd has it (docs/hosts.md): one after the other in the order given, and whoever cannot answer is passed over.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from tagwright.errors import RegistryError, RepositoryUnknown, TagUnknown
from tagwright.model import Candidate, Fact, TagList
from tagwright.registries.base import Registry
from tagwright.registries.kept import Longest, Seen

log = logging.getLogger(__name__)

T = TypeVar("T")


class FirstToAnswer:
    """Endpoints by their addresses. Who answered for a repository is asked first about it from then on.

    What is not there is known only when every endpoint says so: while one is down, its silence is the answer. A list
    is compared with the `longest` that any of them gave: in the place of one that is down or shrank, a mirror that has
    a few of its tags has no answer.
    """

    def __init__(self, endpoints: Sequence[tuple[str, Registry]], longest: Longest) -> None:
        self._endpoints, self._longest = tuple(endpoints), longest
        self._answered: dict[str, int] = {}

    @property
    def answered(self) -> Mapping[str, str]:
        """Who answered, by repository."""
        return {repository: self._endpoints[at][0] for repository, at in self._answered.items()}

    def tags(self, repository: str, prefix: str = "") -> TagList:
        """As `Registry.tags`: one endpoint's list, never a mixture.

        Of several, one that lists nothing is passed over: some answer so for what they do not know. To be compared,
        their lists must be of all tags.
        """
        wanted = prefix if len(self._endpoints) == 1 else ""
        return self._first(repository, lambda one: self._listed(one.tags(repository, wanted), repository))

    def digest(self, repository: str, tag: str) -> str:
        """As `Registry.digest`."""
        return self._first(repository, lambda one: one.digest(repository, tag))

    def describe(self, repository: str, tag: str, facts: Fact) -> Candidate:
        """As `Registry.describe`."""
        return self._first(repository, lambda one: one.describe(repository, tag, facts))

    def pushed(self, repository: str, tag: str, digest: str) -> datetime | None:
        """As `Registry.pushed`, by who answered."""
        return self._endpoints[self._answered.get(repository, 0)][1].pushed(repository, tag, digest)

    def pushes(self, repository: str) -> Mapping[str, datetime]:
        """As `Registry.pushes`, by who answered."""
        return self._endpoints[self._answered.get(repository, 0)][1].pushes(repository)

    def _listed(self, found: TagList, repository: str) -> TagList:
        if len(self._endpoints) == 1:
            return found
        if not found.tags:
            raise RepositoryUnknown(f"no endpoint lists a tag of {repository}", hint="check the image's name")
        now = Seen(len(found.tags), datetime.now(UTC).date().isoformat())
        self._longest.check(repository, self._longest.seen(repository), now)
        return found

    def _first(self, repository: str, ask: Callable[[Registry], T]) -> T:
        first = self._answered.get(repository, 0)
        errors: list[RegistryError] = []
        for at in sorted(range(len(self._endpoints)), key=lambda at: at != first):
            address, endpoint = self._endpoints[at]
            try:
                found = ask(endpoint)
            except RegistryError as error:
                log.info("%s does not answer for %s: %s", address, repository, error.message)
                errors.append(error)
            else:
                self._answered.setdefault(repository, at)
                return found
        raise next((error for error in errors if not isinstance(error, RepositoryUnknown | TagUnknown)), errors[-1])
