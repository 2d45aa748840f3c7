"""What is remembered of a digest is what was asked of it, and never more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.digests import Digests, Learned, Lessons
from tagwright.model import Candidate, Fact

API = "ghcr.io/acme/api"
ONE, TWO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
BUILT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ALL = Fact.PLATFORMS | Fact.CREATED


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache in which an earlier pass read one image, and of another the platforms alone."""
    kept = Cache(tmp_path)
    first = Digests(kept, API)
    first.note(Candidate("1.0.0", ONE, BUILT, None, ("linux/amd64",), described=True), ALL)
    first.note(Candidate("1.1.0", TWO, None, None, ("linux/arm64",), described=True), Fact.PLATFORMS)
    first.keep()
    return kept


def test_a_digest_is_known_to_the_next_pass(cache: Cache) -> None:
    """Date and platforms come back as they were told, without a tag: any may point there."""
    found = Digests(cache, API).of(ONE, ALL | Fact.DIGEST | Fact.PUSHED)
    assert found == Candidate("", ONE, BUILT, None, ("linux/amd64",), described=True)


def test_what_was_not_asked_is_not_known(cache: Cache) -> None:
    """No date is no answer where nobody asked for one."""
    known = Digests(cache, API)
    assert known.of(TWO, Fact.CREATED) is None
    assert known.of(TWO, Fact.PLATFORMS) is not None
    assert known.of("sha256:3", Fact.PLATFORMS) is None


def test_what_was_learned_before_is_not_lost(cache: Cache) -> None:
    """A later question about fewer or other things adds to what is known of a digest."""
    known = Digests(cache, API)
    known.note(Candidate("1.0.0", ONE, None, None, ("linux/amd64",), described=True), Fact.PLATFORMS)
    known.note(Candidate("1.1.0", TWO, BUILT, described=True), Fact.CREATED)
    known.keep()
    again = Digests(cache, API)
    for digest, platform in ((ONE, "linux/amd64"), (TWO, "linux/arm64")):
        assert again.of(digest, ALL) == Candidate("", digest, BUILT, None, (platform,), described=True)


def test_a_digest_is_asked_first_only_where_that_may_spare_something(cache: Cache) -> None:
    """Not by a first pass, not for another image, and not where a digest is all that is asked."""
    known = Digests(cache, API)
    assert known.may_know(ALL)
    assert not known.may_know(Fact.DIGEST | Fact.PUSHED)
    assert not Digests(cache, "ghcr.io/acme/web").may_know(ALL)
    fresh = Digests(Cache(None), API)
    fresh.note(Candidate("1.0.0", ONE, BUILT, described=True), ALL)
    fresh.keep()
    assert not fresh.may_know(ALL)


def test_what_is_not_there_is_not_remembered(cache: Cache) -> None:
    """A tag without a manifest has no digest to be known by."""
    known = Digests(cache, API)
    gone = Candidate("1.2.0", described=True)
    assert known.note(gone, ALL) == gone
    known.keep()
    assert Digests(cache, API).of(ONE, ALL)


@pytest.mark.parametrize("facts", [-1, 1 << 20, Fact.PUSHED.value])
def test_facts_that_nobody_keeps_are_not_believed(cache: Cache, facts: int) -> None:
    """A lesson from elsewhere that claims to know everything is no lesson."""
    cache.save(Lessons((Learned(ONE, facts, BUILT, None, None, None),)), API)
    assert Digests(cache, API).of(ONE, Fact.PLATFORMS) is None
