"""What git prints, as data."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from tagwright.git.text import LONGEST, moment, past_commits, refs, said

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


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x1c", "\x0b", "\r"])
def test_a_ref_is_named_as_it_is(end: str) -> None:
    """Git lets a name hold what ends a line elsewhere; it is not the ref of the name's first part."""
    listing = f"{'1' * 40}\trefs/heads/tagwright/api\n{'2' * 40}\trefs/heads/tagwright/api{end}\n"
    assert refs(listing) == {"refs/heads/tagwright/api": "1" * 40, f"refs/heads/tagwright/api{end}": "2" * 40}


def test_a_commit_that_lacks_lines_is_no_crash() -> None:
    """Whatever git printed of it, the next one is read."""
    (short, after) = said([b"1" * 40 + b"\0" + b"\n".join((b"2" * 40, b"", b"3" * 40, b"9", b"a", b"b", b"Title\0"))])
    assert (short.oid, short.when, after.when, after.subject) == ("1" * 40, 0, 9, "Title")


@pytest.mark.parametrize(
    ("seconds", "read"),
    [("9\n", 9), ("", 0), ("x", 0), ("-1", 0), ("٣", 0), ("9" * 5000, 0), ("9" * 14, 253_402_300_799)],
)
def test_a_moment_is_one_that_a_calendar_has(seconds: str, read: int) -> None:
    """What is none is the beginning, what is too late the end."""
    assert moment(seconds) == read
