"""What a log line may hold."""

from __future__ import annotations

import json
import logging
from argparse import Namespace
from collections.abc import Iterator

import pytest

from tagwright import logs

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
