"""What is told of passes that follow one another: changes of state, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.errors import Problem
from tagwright.model import Change, Notice, Notification, Occasion, State, TargetStatus, Verdict
from tagwright.notify.transitions import LONGEST, MOST_SAID, notices
from tests.unit.notify.pictures import DENIED, ENDED, NOW, OPENED, UPDATED, image, passes, target

HOW = Notification("team", outdated_after=timedelta(minutes=10))
DAY = timedelta(days=1)


def told(*changes: Change, how: Notification = HOW, kept: bool = True) -> list[Notice]:
    """All that is told of them."""
    return [notice for change in changes for notice in notices(change, how, kept)]


def occasions(*statuses: TargetStatus, how: Notification = HOW) -> list[str]:
    """The same in words."""
    return [str(one.occasion) for one in told(*passes(*statuses), how=how)]


BAD, GOOD = target(problems=(DENIED,)), target()


@pytest.mark.parametrize(
    ("after", "story", "expected"),
    [
        (1, [GOOD, BAD, BAD, BAD, GOOD, GOOD], ["failure", "recovery"]),
        (1, [BAD, BAD, GOOD], ["failure", "recovery"]),
        (1, [GOOD, BAD, GOOD, BAD], ["failure", "recovery", "failure"]),
        (3, [GOOD, BAD, BAD, GOOD], []),
        (3, [GOOD, BAD, BAD, BAD, BAD, BAD, GOOD], ["failure", "recovery"]),
        (3, [BAD, BAD, BAD], ["failure"]),
        (1, [GOOD, GOOD], []),
    ],
)
def test_a_failure_is_told_when_it_begins_and_when_it_ends(
    after: int, story: list[TargetStatus], expected: list[str]
) -> None:
    """Not again while it lasts; with patience not before it lasted so long, and then not its end either."""
    assert occasions(*story, how=replace(HOW, after=after)) == expected


def test_something_else_that_fails_is_news() -> None:
    """A target that fails for good at one image must not hide what fails at another."""
    other = Problem("ghcr.io/acme/db", "registry-denied", "no")
    found = told(*passes(BAD, BAD, target(problems=(DENIED, other)), target(problems=(DENIED, other))))
    assert [one.title for one in found] == ["deploy: fails", "deploy: fails at something else"]
    assert found[1].said == (str(other),)


def test_the_same_problem_in_other_words_is_none() -> None:
    """Numbers and times in a message change from pass to pass."""
    again = replace(DENIED, message="the server refuses our credentials (request 4711)")
    assert occasions(BAD, target(problems=(again,)), BAD) == ["failure"]


def test_an_update_is_told_with_the_pass_that_made_it() -> None:
    """A commit, and a pull request that was opened; not one that is as it was, was rebuilt, or could not be."""
    still = [replace(OPENED, outcome=word) for word in ("unchanged", "updated", "waiting", "failed", "superseded")]
    found = told(
        *passes(target(published=(UPDATED,)), target(published=(OPENED,)), *(target(published=(one,)) for one in still))
    )
    assert [one.title for one in found] == [
        "deploy: updated: Update acme/api to 1.1.0",
        "deploy: update proposed: Update acme/api to 1.1.0",
    ]
    assert found[0].moved == (("ghcr.io/acme/api", "1.0.0", "1.1.0"),)
    assert found[1].links == (("pull request", OPENED.url),)


def test_a_hold_that_ended_is_told_once() -> None:
    """And not while its line still stands, which every pass notes."""
    noted = target(notes=(ENDED, replace(ENDED, code="branch-edited")))
    assert occasions(GOOD, target(notes=(replace(ENDED, code="branch-edited"),))) == []
    assert occasions(GOOD, noted, noted, noted) == ["hold-expired"]


def test_what_people_refused_is_told_once() -> None:
    """Wherever the image stands; a reference that is new and refused already is nobody's "no" of today."""
    wanted = image(state=State.OUTDATED, verdict=Verdict.UPDATE, allowed="1.1.0", pull_request=OPENED.url)
    no = replace(wanted, state=State.HELD, verdict=Verdict.REJECTED, pull_request="", detail="was turned down")
    two = replace(wanted, path="b.yaml"), replace(no, path="b.yaml")
    assert occasions(target(wanted, two[0]), target(no, two[1]), target(no, two[1])) == ["rejected"]
    assert occasions(GOOD, target(no)) == []
    failed = target(replace(no, state=State.FAILING, verdict=Verdict.ERROR))
    assert occasions(target(no), failed, target(no)) == []


def test_what_is_outdated_is_told_when_it_was_so_for_long_enough() -> None:
    """In the pass in which it crosses the line, and in no other; without the option never."""
    late = image(state=State.OUTDATED, verdict=Verdict.UPDATE, allowed="1.1.0", published=NOW - timedelta(minutes=8))
    found = told(*passes(*[target(late)] * 6))
    assert [(one.occasion, one.when) for one in found] == [(Occasion.OUTDATED, NOW + timedelta(minutes=2))]
    assert found[0].title == "deploy: 1 image behind for 10 minutes"
    assert occasions(*[target(late)] * 6, how=replace(HOW, outdated_after=None)) == []


def test_the_first_look_is_the_baseline() -> None:
    """Of a target that was not known: its failure and what was delivered; holds, "no"s and age are as they were."""
    old = image(state=State.HELD, verdict=Verdict.REJECTED, allowed="1.1.0", published=NOW - 30 * DAY)
    first = target(old, problems=(DENIED,), notes=(ENDED,), published=(UPDATED,))
    assert occasions(first) == ["update", "failure"]


def test_without_a_cache_only_what_was_delivered_is_told() -> None:
    """Every pass is the first one there, and a failure would be told by each."""
    first = target(problems=(DENIED,), notes=(ENDED,), published=(UPDATED,))
    assert [one.occasion for one in told(*passes(first), kept=False)] == ["update"]


STATES = st.sampled_from([
    GOOD, BAD, target(notes=(ENDED,)), target(image(state=State.HELD, verdict=Verdict.REJECTED)),
    target(image(state=State.OUTDATED, verdict=Verdict.UPDATE, allowed="1.1.0", published=NOW - timedelta(days=3))),
    target(image(), problems=(DENIED, replace(DENIED, about="other"))),
])  # fmt: skip


@given(story=st.lists(STATES, min_size=1, max_size=8), repeats=st.integers(1, 4), after=st.integers(1, 3))
def test_nothing_is_told_while_nothing_changes(story: list[TargetStatus], repeats: int, after: int) -> None:
    """Whatever happened before: once a state has lasted `after` passes, any more of the same are silent."""
    *_, last = [*passes(*story, *[story[-1]] * (after + 1))]
    again = last.after
    how = replace(HOW, after=after)
    for _ in range(repeats):
        following = replace(again, failures=again.failures + bool(again.problems))
        assert told(Change(again, following), how=how) == []
        again = following


def test_a_notice_stays_short() -> None:
    """However many problems there are, and however long their words."""
    many = tuple(Problem(f"image-{number}", "registry-denied", "x" * 1000) for number in range(500))
    (found,) = told(*passes(target(problems=many)))
    assert len(found.said) == MOST_SAID + 1
    assert found.said[-1] == "and 490 more"
    assert max(map(len, found.said)) <= LONGEST
