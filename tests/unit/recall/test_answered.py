"""What people answered, as one pass knows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tagwright.ledger import Answer, answer_line, is_version
from tagwright.recall.answered import Answered

NOW = datetime(2030, 1, 1, tzinfo=UTC)
NO = Answer("1.2.1", "main", "api.yaml", False, "a" * 40, NOW, "https://git.example.com/1")
YES = replace(NO, accepted=True)


class Kept:
    """A ledger with these answers about any image."""

    def __init__(self, *kept: Answer) -> None:
        self.kept = frozenset(map(answer_line, kept))

    def lines(self, path: str) -> frozenset[str]:
        """The lines of a file."""
        return self.kept


def knowing(*kept: Answer) -> Answered:
    """A pass that began when these were written."""
    return Answered("main", NOW, Kept(*kept))  # type: ignore[arg-type]


def test_the_latest_word_is_what_is_known() -> None:
    """A no that was taken back is one that can be said again."""
    answered = knowing(NO, replace(YES, when=NOW + timedelta(minutes=1)))
    assert answered.knows("api", YES)
    assert not answered.knows("api", NO)


def test_another_pull_requests_no_is_news() -> None:
    """The same version, turned down once more elsewhere: the ledger is to say where."""
    assert not knowing(NO).knows("api", replace(NO, url="https://git.example.com/2"))


def test_an_answer_that_is_heard_late_counts() -> None:
    """A pass may last longer than two clocks may differ: what it heard itself is never in the future."""
    answered, late = knowing(), replace(NO, when=NOW + timedelta(hours=1))
    answered.hear({"api": [late]})
    assert answered.knows("api", late)
    assert [one.version for one in answered._about("api")] == ["1.2.1"]


def test_pull_requests_that_contradict_one_another_are_heard_once() -> None:
    """One is open and another closed: the pass ends with what it heard first."""
    answered = knowing()
    answered.hear({"api": [NO]})
    assert answered.knows("api", replace(YES, url="https://git.example.com/2"))
    assert not answered.knows("api", replace(NO, version="1.3.0"))
    assert not answered.knows("other", NO)


def test_what_an_answer_can_be_about() -> None:
    """What a line of the ledger holds, and nothing else."""
    digest = f"sha256:{'0' * 64}"
    assert all(map(is_version, ("1.2.1", f"1.2.1@{digest}", digest)))
    assert not any(map(is_version, ("", "not a tag", "1.2.1\t", "1.2.1@sha256:0", "a" * 129)))
