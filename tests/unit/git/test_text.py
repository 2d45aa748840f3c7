"""What git prints, as data."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from tagwright.git.text import LONGEST, past_commits

HEAD = b"1" * 40 + b"\n\n" + b"2" * 40 + b"\n2026-11-21\nA Person\n"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_commits_are_read_whatever_the_pieces_they_come_in(size: int) -> None:
    """Ended by NULs, with what concerns us of their messages, whatever ends the lines."""
    listing = HEAD + b"Update\r\n\r\nTagwright: resume\r\n\0" + HEAD + b"\xff\0" + HEAD + b'Revert "x"\n\nWhy\0'
    commits = list(past_commits(listing[at : at + size] for at in range(0, len(listing), size)))
    assert [one.message for one in commits] == ["Tagwright: resume", "", 'Revert "x"']
    assert {(one.tree, one.day, one.author) for one in commits} == {("2" * 40, "2026-11-21", "A Person")}


def test_a_message_without_end_costs_no_memory() -> None:
    """Of each commit no more is read than a limit; the next one is read as ever."""

    def chunks() -> Iterator[bytes]:
        yield HEAD
        for _ in range(1000):
            yield b"tagwright " * 6000 + b"\n"
        yield b"\0" + HEAD + b"Tagwright: resume\n\0"

    tracemalloc.start()
    long, after = past_commits(chunks())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(long.message) <= LONGEST
    assert after.message == "Tagwright: resume"
    assert most < 20 * LONGEST
