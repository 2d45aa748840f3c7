"""Which clock a tag has, and what a pass writes down of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from tagwright.ages import Ages, age_asked
from tagwright.errors import BranchProtected, GitError
from tagwright.git.ledger import GitLedger
from tagwright.ledger import first_seen_line, first_seen_path
from tagwright.model import Candidate, PolicyKind, PolicySpec

NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
API = "ghcr.io/acme/api"
ONE, TWO, THREE = (f"sha256:{str(number) * 64}" for number in (1, 2, 3))


class Kept:
    """A ledger in memory that counts what is asked of it."""

    def __init__(self, *lines: str, error: GitError | None = None) -> None:
        self.files = {first_seen_path(API): set(lines)}
        self.error = error
        self.asked: list[str] = []

    def lines(self, path: str) -> frozenset[str]:
        self.asked.append(path)
        return frozenset(self.files.get(path, ()))

    def add(self, lines: dict[str, list[str]], message: str) -> None:
        if self.error:
            raise self.error
        for path, new in lines.items():
            self.files.setdefault(path, set()).update(new)


def ages(kept: Kept | None, asked: timedelta = 3 * DAY) -> Ages:
    """The clocks of a pass with that ledger; the image's policy asks for three days."""
    return Ages(cast(GitLedger | None, kept), {API: asked}, NOW)


def dated(clocks: Ages, **facts: Any) -> Candidate:
    """1.2.0 with its clocks."""
    (found,) = clocks.dated(API, [Candidate("1.2.0", described=True, **{"digest": ONE, **facts})])
    return found


def test_what_is_unknown_is_seen_now() -> None:
    """And written down by a real run, once."""
    kept = Kept()
    clocks = ages(kept)
    found = dated(clocks)
    assert (found.first_seen, found.before) == (NOW, None)
    assert kept.files[first_seen_path(API)] == set()
    assert clocks.write("deploy") == ()
    assert kept.files[first_seen_path(API)] == {first_seen_line("1.2.0", ONE, NOW)}


def test_what_is_known_is_older() -> None:
    """The ledger's time counts, and nothing is written."""
    kept = Kept(first_seen_line("1.2.0", ONE, NOW - DAY), first_seen_line("1.1.0", TWO, NOW - 2 * DAY))
    clocks = ages(kept)
    assert dated(clocks).first_seen == NOW - DAY
    clocks.write("deploy")
    assert len(kept.files[first_seen_path(API)]) == 2


def test_a_tag_that_moved_was_another_before() -> None:
    """The latest of the digests it had before this one; one it has again is no new one."""
    lines = [first_seen_line("1.2.0", TWO, NOW - 3 * DAY), first_seen_line("1.2.0", THREE, NOW - DAY)]
    assert (dated(ages(Kept(*lines))).before, dated(ages(Kept(*lines)), digest=THREE).before) == (THREE, TWO)
    back = dated(ages(Kept(*lines)), digest=TWO)
    assert (back.before, back.first_seen) == (None, NOW - 3 * DAY)


def test_the_registrys_clock_spares_the_ledger() -> None:
    """Old enough by its push, a tag is not looked up, and one with a push is never written down."""
    kept = Kept()
    clocks = ages(kept)
    assert dated(clocks, pushed=NOW - 3 * DAY).first_seen is None
    assert kept.asked == []
    dated(clocks, pushed=NOW - DAY)  # it may have moved: the ledger is asked whether it did
    assert kept.asked == [first_seen_path(API)]
    clocks.write("deploy")
    assert kept.files[first_seen_path(API)] == set()


def test_every_move_of_a_tag_that_is_waited_for_is_written_down() -> None:
    """Also where the registry tells the time of each push, which does not tell of those before it."""
    kept = Kept()
    clocks = Ages(cast(GitLedger, kept), {API: timedelta(minutes=15)}, NOW, frozenset({API}))
    dated(clocks, pushed=NOW - DAY)
    clocks.write("deploy")
    assert kept.files[first_seen_path(API)] == {first_seen_line("1.2.0", ONE, NOW)}
    assert dated(ages(kept), digest=TWO).earlier == ()
    later = Ages(cast(GitLedger, kept), {API: DAY}, NOW + DAY, frozenset({API}))
    assert dated(later, digest=TWO).earlier == ((ONE, NOW),)


@pytest.mark.parametrize("clocks", [ages(None), Ages(cast(GitLedger, Kept()), {}, NOW)], ids=["a folder", "not asked"])
def test_nobody_knows(clocks: Ages) -> None:
    """Without a ledger, or a policy that asks, a tag stays as it is."""
    assert dated(clocks) == Candidate("1.2.0", ONE, described=True)
    assert clocks.write("deploy") == ()


def test_a_tag_without_digest_has_no_clock() -> None:
    """What is not there was not seen."""
    assert dated(ages(Kept()), digest=None).first_seen is None


def test_what_cannot_be_written_is_a_problem() -> None:
    """Of the target, with the reason and what to try."""
    clocks = ages(Kept(error=BranchProtected("the server refuses", hint="let this login pass")))
    dated(clocks)
    (problem,) = clocks.write("deploy")
    assert (problem.about, problem.code) == ("deploy", "ledger")
    assert "the server refuses" in problem.message
    assert problem.hint


def test_the_longest_age_counts() -> None:
    """minimum_age and wait both ask how old a tag is."""
    spec = PolicySpec(PolicyKind.SEMVER, "*", minimum_age=DAY, wait=3 * DAY)
    assert age_asked(spec) == 3 * DAY
    assert age_asked(PolicySpec(PolicyKind.SEMVER, "*")) is None
    assert age_asked(None) is None


def test_many_tags_are_quick() -> None:
    """Ten thousand tags in the ledger are one look-up each."""
    kept = Kept(*(first_seen_line(f"1.{number}", ONE, NOW - DAY) for number in range(10_000)))
    found = list(ages(kept).dated(API, [Candidate(f"1.{number}", ONE, described=True) for number in range(10_000)]))
    assert {one.first_seen for one in found} == {NOW - DAY}
    assert len(kept.asked) == 1
