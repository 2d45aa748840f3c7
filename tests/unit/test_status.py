"""What a pass leaves of a target for whoever looks later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tagwright.board import Board, KeptVerdicts
from tagwright.cache import Cache
from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.model import (
    Change,
    ChangeSet,
    Decision,
    Hold,
    ImageStatus,
    Outcome,
    PolicyKind,
    PolicySpec,
    Published,
    Reason,
    Reference,
    Ruled,
    Ruling,
    State,
    Target,
    TargetReport,
    Verdict,
)
from tagwright.status import BELIEVED, MOST_RULINGS

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
TARGET = Target("deploy", repository="https://bot@git.example.com/acme/deploy.git", branch="main")
POLICY = PolicySpec(PolicyKind.SEMVER, "^1.0")


def decided(
    verdict: Verdict, current: str = "1.0.0", chosen: str | None = None, *tags: Ruling, question: str = ""
) -> Decision:
    """A decision about ghcr.io/acme/api in api.yaml."""
    image = Image("ghcr.io/acme/api", current)
    reference = Reference("api.yaml", 7, 1, (0, 1), "kubernetes", "image", image, str(image), ())
    new = replace(image, tag=chosen) if verdict is Verdict.UPDATE and chosen else None
    return Decision(
        reference, Ruled(POLICY, "rule 1", image.name), verdict, chosen, new, rulings=lambda: tags, question=question
    )


def told(*decisions: Decision, outcome: Outcome | None = None, branch: str = "tagwright/api") -> TargetReport:
    """A report of these, where the updates had that fate."""
    change = ChangeSet("api", branch, "main", decisions, (), "Update api", "")
    changes = (change,) if outcome else ()
    published = (Published("api", outcome, "c0ffee", "https://git.example.com/pr/1"),) if outcome else ()
    return TargetReport("deploy", "abc", len(decisions), decisions, changes, published, branch="main")


@pytest.fixture
def clock() -> list[datetime]:
    """The time, which a test may move."""
    return [NOW]


@pytest.fixture
def board(tmp_path: Path, clock: list[datetime]) -> Callable[[], Board]:
    """A board of the same cache, each as another process would open it."""
    return lambda: Board(Cache(tmp_path), lambda: clock[0])


def posted(board: Board, report: TargetReport) -> ImageStatus:
    """The one image of the status that a report leaves."""
    (image,) = board.post(TARGET, report).after.images
    return image


UPDATE = decided(
    Verdict.UPDATE,
    "1.0.0",
    "1.2.0",
    Ruling("1.0.0", Reason.SAME),
    Ruling("1.2.0", None, "is the best"),
    Ruling("2.0.0", Reason.OUT_OF_RANGE, "not in ^1.0"),
)


def test_newest_allowed_and_newest_of_all_stand_beside_what_is_there(board: Callable[[], Board]) -> None:
    """With the reason why the newest of all is not taken."""
    one = posted(board(), told(UPDATE))
    assert (one.current, one.allowed, one.newest) == ("1.0.0", "1.2.0", "2.0.0")
    assert (one.newest_reason, one.newest_detail, one.policy) == ("out-of-range", "not in ^1.0", "semver: ^1.0")
    assert one.state is State.OUTDATED


def test_what_was_pushed_to_the_branch_stands_there_now(board: Callable[[], Board]) -> None:
    """A commit makes the image current; a branch that waits for its review does not, and says where it waits."""
    pushed = posted(board(), told(UPDATE, outcome=Outcome.PUSHED, branch="main"))
    assert (pushed.current, pushed.state) == ("1.2.0", State.CURRENT)
    opened = posted(board(), told(UPDATE, outcome=Outcome.OPENED))
    assert (opened.current, opened.state) == ("1.0.0", State.OUTDATED)
    assert opened.pull_request == "https://git.example.com/pr/1"
    waiting = posted(board(), told(UPDATE, outcome=Outcome.PUSHED))  # by push alone: a branch that somebody merges
    assert (waiting.current, waiting.state) == ("1.0.0", State.OUTDATED)
    assert posted(board(), told(UPDATE, outcome=Outcome.FAILED)).state is State.FAILING


def test_a_state_is_as_old_as_it_was_first_seen(board: Callable[[], Board], clock: list[datetime]) -> None:
    """Over restarts; another state, or another version to go to, begins anew."""
    posted(board(), told(UPDATE))
    clock[0] += timedelta(hours=2)
    assert posted(board(), told(UPDATE)).since == NOW
    newer = decided(Verdict.UPDATE, "1.0.0", "1.3.0")
    assert posted(board(), told(newer)).since == clock[0]
    assert posted(board(), told(decided(Verdict.CURRENT, "1.3.0", "1.3.0"))).behind_since is None


def test_a_pass_that_saw_nothing_keeps_what_was_known(board: Callable[[], Board], clock: list[datetime]) -> None:
    """The images stay as they were last seen, beside what went wrong now."""
    before = board().post(TARGET, told(UPDATE)).after
    clock[0] += timedelta(hours=1)
    failed = TargetReport("deploy", problems=(Problem("deploy", "git-denied", "not let in"),))
    after = board().post(TARGET, failed).after
    assert after.images == before.images
    assert after.failing
    assert (after.looked, after.commit) == (clock[0], before.commit)


def test_no_login_is_kept(board: Callable[[], Board]) -> None:
    """Of an address, what stands before its host is nobody's business."""
    assert board().post(TARGET, told(UPDATE)).after.repository == "https://git.example.com/acme/deploy.git"


def test_the_same_question_is_not_thought_about_twice(board: Callable[[], Board], clock: list[datetime]) -> None:
    """The verdicts on the tags are kept for who asks; after a month they are made anew."""
    asked = []

    def rulings() -> tuple[Ruling, ...]:
        asked.append(1)
        return tuple(Ruling(f"1.0.{patch}", Reason.OLDER) for patch in range(40))

    one = replace(decided(Verdict.CURRENT, question="q"), rulings=rulings)
    for _ in range(3):
        posted(board(), told(one))
    assert len(asked) == 1
    explained = board().explained(TARGET)
    assert explained
    assert [ruling.tag for ruling in explained.images[0].rulings[:2]] == ["1.0.39", "1.0.38"]
    assert len(explained.images[0].rulings) == MOST_RULINGS
    assert explained.images[0].others == (("older", 40 - MOST_RULINGS),)
    clock[0] += BELIEVED
    posted(board(), told(one))
    assert len(asked) == 2


def test_verdicts_without_a_question_are_those_of_the_last_pass(board: Callable[[], Board]) -> None:
    """Where dates or digests had a part, each pass thinks anew, and says so."""
    posted(board(), told(decided(Verdict.CURRENT, "1.0.0", "1.0.0", Ruling("1.0.0", Reason.SAME))))
    posted(board(), told(decided(Verdict.CURRENT, "1.0.0", "1.0.0", Ruling("1.1.0", Reason.TOO_YOUNG, eligible=NOW))))
    explained = board().explained(TARGET)
    assert explained
    assert [(one.tag, one.reason, one.eligible) for one in explained.images[0].rulings] == [("1.1.0", "too-young", NOW)]


def test_when_a_wait_ends_is_known(board: Callable[[], Board]) -> None:
    """A window's opening, a hold's end, or the first tag that will be old enough."""
    opens = NOW + timedelta(hours=3)
    pending = decided(Verdict.PENDING, "1.0.0", None, Ruling("1.2.0", Reason.TOO_YOUNG, eligible=opens))
    assert posted(board(), told(pending)).until == opens
    assert posted(board(), told(replace(pending, opening=NOW))).until == NOW
    held = decided(Verdict.HELD)
    hold = replace(held.ruled, hold=Hold("INC-12", opens))
    assert posted(board(), told(replace(held, ruled=hold))).until == opens
    day = replace(held.ruled, hold=Hold("INC-12", date(2031, 6, 1)))
    assert posted(board(), told(replace(held, ruled=day))).until == datetime(2031, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_state(board: Callable[[], Board], verdict: Verdict) -> None:
    """None is left out of the page."""
    assert posted(board(), told(decided(verdict))).verdict == verdict


@pytest.mark.parametrize(
    "between", [decided(Verdict.PENDING, "1.0.0", "1.1.0"), decided(Verdict.ERROR)], ids=["window", "failure"]
)
def test_what_comes_and_goes_makes_nothing_younger(between: Decision) -> None:
    """The state is as old as the window, or as the failure; what could stand there is not."""
    times = [NOW]
    board = Board(Cache(), lambda: times[0])

    def after(decision: Decision) -> ImageStatus:
        times[0] += timedelta(days=1)
        (one,) = board.post(TARGET, told(decision)).after.images
        return one

    outdated = decided(Verdict.UPDATE, "1.0.0", "1.1.0")
    first = after(outdated)
    assert (after(between).since, after(between).allowed) == (times[0] - timedelta(days=1), "1.1.0")
    assert after(outdated).since == times[0]
    assert after(outdated).behind == first.behind == first.behind_since == first.since
    assert after(decided(Verdict.UPDATE, "1.0.0", "1.2.0")).behind == times[0]
    assert after(decided(Verdict.CURRENT, "1.2.0", "1.2.0")).behind is None


def test_what_changed_is_told_before_it_is_kept() -> None:
    """Whoever dies in between tells of it again after the next pass, instead of never."""
    board, heard = Board(Cache(), lambda: NOW), list[Change]()

    def dies(change: Change) -> None:
        heard.append(change)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        board.post(TARGET, told(decided(Verdict.CURRENT)), dies)
    assert board.of(TARGET) is None
    assert board.post(TARGET, told(decided(Verdict.CURRENT)), heard.append) == heard[0] == heard[1]


def test_what_lasts_from_pass_to_pass() -> None:
    """Failures in a row and the last delivery; what a pass delivered is of that pass alone, also where the next saw
    nothing: it would be told again."""
    times = [NOW]
    board = Board(Cache(), lambda: times[0])
    delivered = board.post(TARGET, told(decided(Verdict.UPDATE, "1.0.0", "1.1.0"), outcome=Outcome.OPENED)).after
    away = TargetReport("deploy", problems=(Problem("deploy", "git-denied", "no", ""),))
    found = []
    for report in (away, away, told(decided(Verdict.CURRENT))):
        times[0] += timedelta(hours=1)
        found.append(board.post(TARGET, report).after)
    assert len(delivered.published) == 1
    assert [(one.failures, one.changed, one.succeeded, one.published) for one in found] == [
        (1, NOW, NOW, ()),
        (2, NOW, NOW, ()),
        (0, NOW, times[0], ()),
    ]


def test_verdicts_on_what_nobody_asks_any_longer_go(tmp_path: Path) -> None:
    """So that a target whose image gets a tag a day does not grow for ever."""
    cache = Cache(tmp_path)
    for question in ("one", "two"):
        Board(cache, lambda: NOW).post(TARGET, told(decided(Verdict.CURRENT, question=question)))
    kept = cache.load(KeptVerdicts, "asked deploy https://bot@git.example.com/acme/deploy.git main")
    assert kept
    assert [key for key, _ in kept.by_key] == ["two"]
