"""Whatever becomes of a list of tags: less than half of it is acted on only when a person said so."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from tagwright.cache import Cache
from tagwright.errors import ListShrunk
from tagwright.model import TagList
from tagwright.registries.distribution.lists import TagLists
from tagwright.registries.kept import FEW, Accepted, KeptLists, Longest

Step = tuple[int, bool, bool]
"""How many tags the registry lists, and whether a person accepts that, for good or for a look."""

steps = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), max_size=30)
CONFIRMED, LOOKED = (True, True), (True, False)


class Lists(TagLists):
    """A registry's lists, of whatever length is said."""

    def __init__(self, length: int) -> None:
        self.length = length

    def tags(self, repository: str, etag: str = "") -> TagList:
        return TagList(repository, tuple(f"1.0.{number}" for number in range(self.length)), str(self.length))


def acted_on(cache: Cache, length: int, accepted: Accepted) -> bool:
    """Whether a run that finds a list so long concludes anything from it."""
    lists = KeptLists(Lists(length), Longest("ghcr.io", "https://ghcr.io", cache, accepted))
    try:
        return len(lists.tags("acme/api").tags) == length
    except ListShrunk:
        return False


@given(steps)
@example([(100, False, False), *((length, False, False) for length in range(100, 0, -5))])
@example([(10, False, False), (4, *LOOKED), (4, False, False), (4, *CONFIRMED), (4, False, False), (1, False, False)])
def test_less_than_half_is_never_acted_on_unconfirmed(sequence: list[Step]) -> None:
    """Of the longest list acted on since the last confirmation, at least half; a look confirms for itself alone."""
    with tempfile.TemporaryDirectory() as folder:
        cache, longest = Cache(Path(folder)), 0
        for length, yes, lasting in sequence:
            acted = acted_on(cache, length, Accepted(lambda _, yes=yes: yes, lasting))  # type: ignore[misc]
            gone = length * 2 < longest and (longest >= FEW or length == 0)
            assert acted == (yes or not gone)
            longest = length if gone and yes and lasting else max(longest, length)


@given(st.lists(st.integers(20, 40), min_size=1))
def test_what_keeps_half_is_never_a_problem(lengths: list[int]) -> None:
    """Tags that come and go are everyday: between a length and its half nobody is asked anything."""
    with tempfile.TemporaryDirectory() as folder:
        assert all(acted_on(Cache(Path(folder)), length, Accepted()) for length in lengths)
