"""What a log line may hold."""

from __future__ import annotations

import json
import logging
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tagwright import logs
from tagwright.whereabouts import carried, within

HOSTILE = "branch \x1b[2J\r\n2026-11-21 all is well\u202e"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The logger of the whole program is given back as it was."""
    logger = logging.getLogger("tagwright")
    before, level = list(logger.handlers), logger.level
    yield
    logger.handlers[:], logger.level = before, level


def test_names_and_foreign_words_are_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a message, nothing a terminal obeys; a traceback keeps its lines."""
    logs.set_up(Namespace(log_format="text", verbose=True, quiet=False))
    log = logging.getLogger("tagwright.test")
    log.info("deleted %s", HOSTILE)
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        log.exception("a bug")
    lines = capsys.readouterr().err.split("\n")
    assert lines[0] == "deleted branch \\x1b[2J\\r\\n2026-11-21 all is well\\u202e"
    assert lines[1:3] == ["a bug", "Traceback (most recent call last):"]
    assert all(line.isprintable() for line in lines)


def test_as_json_it_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    """And says the same."""
    logs.set_up(Namespace(log_format="json", verbose=True, quiet=False))
    logging.getLogger("tagwright.test").info("deleted %s", HOSTILE)
    (line, _) = capsys.readouterr().err.split("\n")
    assert json.loads(line)["message"] == f"deleted {HOSTILE}"


def test_a_line_says_which_run_and_target_it_is_of(capsys: pytest.CaptureFixture[str]) -> None:
    """As fields of JSON, with the time; in the threads of a pool too, each for its own target."""
    logs.set_up(Namespace(log_format="json", verbose=True, quiet=False))

    def work(target: str) -> None:
        with within(target=target), ThreadPoolExecutor(2) as inner:
            list(inner.map(carried(logging.getLogger("tagwright.test").info), ["one", "two"]))

    with within(run="r1"), ThreadPoolExecutor(4) as pool:
        list(pool.map(carried(work), ["a", "b", "c"]))
    said = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {(one["run"], one["target"], one["message"]) for one in said} == {
        ("r1", target, word) for target in "abc" for word in ("one", "two")
    }
    assert all(one["time"].endswith("+00:00") for one in said)


def test_outside_of_a_run_a_line_names_none(capsys: pytest.CaptureFixture[str]) -> None:
    """What a run knew is forgotten when it has ended."""
    logs.set_up(Namespace(log_format="json", verbose=True, quiet=False))
    with within(run="r1"):
        pass
    logging.getLogger("tagwright.test").info("hello")
    assert set(json.loads(capsys.readouterr().err)) == {"time", "level", "logger", "message"}


@pytest.mark.parametrize(("verbose", "line"), [(True, "[r1 deploy] late\n"), (False, "late\n")])
def test_as_text_it_is_said_where_every_step_is(verbose: bool, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --verbose; who reads warnings alone is spared it."""
    logs.set_up(Namespace(log_format="text", verbose=verbose, quiet=False))
    with within(run="r1", target="deploy"):
        logging.getLogger("tagwright.test").warning("late")
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_login_of_an_address_is_logged(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even in the trace of a bug, which repeats the words of libraries."""
    logs.set_up(Namespace(log_format=form, verbose=False, quiet=False))
    try:
        raise ValueError("https://bot:hunter2@git.example.com/x.git?private_token=hunter2&page=2")
    except ValueError:
        logging.getLogger("tagwright.test").exception("at https://hunter2@git.example.com/x")
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert "git.example.com/x" in said
    assert "page=2" in said


@pytest.mark.parametrize(("quiet", "said"), [(False, "[r1] began\n"), (True, "")])
def test_a_service_says_every_step_unasked(quiet: bool, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody watches it begin; only --quiet takes that away."""
    logs.set_up(Namespace(log_format="text", verbose=False, quiet=quiet), every_step=True)
    with within(run="r1"):
        logging.getLogger("tagwright.test").info("began")
    assert capsys.readouterr().err == said


@pytest.mark.parametrize("word", ["?" + "token" * 100_000, "://" * 100_000, "://" + "a" * 500_000, "?&" * 200_000])
def test_a_long_hostile_line_is_logged_like_any_other(word: str) -> None:
    """Looking for logins in it takes no longer than its length makes it."""
    assert logs.bare(word) == word
