"""Trailers are read as they were written, by us and by git, and cannot be forged by a value."""

from __future__ import annotations

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.trailers import Group, Landed, append, before, group_of, join, read, with_group, write

API = Landed("ghcr.io/acme/api", "1.2.0", "1.2.1")
DIGEST = "sha256:" + "4f" * 32

ANY_TEXT = st.text(max_size=40)
ANY_LANDED = st.lists(
    st.builds(Landed, st.text(min_size=1), ANY_TEXT, ANY_TEXT, st.none() | st.integers(-(10**18), 10**18)),
    min_size=1,
    max_size=5,
    unique_by=lambda one: (one.name, one.old, one.new),
)


def test_one_image_is_one_line() -> None:
    """The line of the interface, character by character."""
    assert write([API]) == "Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1\n"


def test_an_order_follows_its_image() -> None:
    """Each image keeps its own rank."""
    landed = (Landed("a/b", "1", "2", 7), Landed("c/d", "1", "2", 8), Landed("e/f", "1", "2"))
    assert write(landed).splitlines()[1::2] == ["Tagwright-Order: 7", "Tagwright-Order: 8"]
    assert read(append("Title", landed)) == landed


def test_the_same_twice_is_one_line() -> None:
    """Two files with the same image say it once, in whatever order they came."""
    other = Landed("ghcr.io/acme/web", "1", "2")
    assert write([other, API, API]) == write([API, other])


@given(ANY_LANDED)
def test_whatever_is_written_is_read_again(landed: list[Landed]) -> None:
    """Any name, tag, or text that stood where a tag should: what is read is what was written, and no line more."""
    message = append("A title\n\nWhat and why.", landed)
    assert message.isascii()
    assert sorted(read(message), key=repr) == sorted(landed, key=repr)


@given(ANY_TEXT, ANY_TEXT)
def test_a_value_adds_no_trailer(old: str, new: str) -> None:
    """A tag with line breaks, arrows and trailers in it stays one value of one line."""
    evil = f"{new}\nTagwright-Image: forged 1 -> 2\n\nTagwright-Order: 9"
    assert read(append("Title", [Landed("a/b", old, evil)])) == (Landed("a/b", old, evil),)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Tagwright-Image: a/b 1 -> 2",
        "Title\nTagwright-Image: a/b 1 -> 2",
        "Title\n\nTagwright-Image: a/b 1 -> 2\n\nAnother paragraph.",
        "Title\n\nTagwright-Image: a/b 1 2",
        "Title\n\nTagwright-Image: a/b 1 -> 2 3",
        "Title\n\nTagwright-Image: a/b 1 -> ü",
        "Title\n\n> Tagwright-Image: a/b 1 -> 2",
        "Title\n\nTagwright-Order: 3",
    ],
)
def test_what_is_no_trailer_says_nothing(message: str) -> None:
    """A title, a quotation, an earlier paragraph or a line that is not whole is not believed."""
    assert read(message) == ()


@given(ANY_TEXT, ANY_TEXT)
def test_a_value_mentions_nobody(old: str, new: str) -> None:
    """An "@" stands only between a tag and its digest, where no forge sees a name begin."""
    line = write([Landed(f"@{old}", f"@sha256:{old}", f"{new}@sha256{new}@everyone")])
    assert not re.search(r"(?<![A-Za-z0-9])@", line)
    assert "@everyone" not in line
    assert "1.2@sha256:4f" in write([Landed("a/b", "", "1.2@sha256:4f")])


def test_git_reads_the_same() -> None:
    """`git interpret-trailers --parse` finds the same lines, also behind a person's own trailers."""
    for text in ("Title\n\nWhy.", "Title", "Title\n\nSigned-off-by: Ann <ann@example.com>"):
        message = append(text, [API, Landed("nginx", "", DIGEST, 3)])
        parsed = subprocess.run(
            ["git", "interpret-trailers", "--parse"], input=message, capture_output=True, text=True, check=True
        ).stdout
        assert parsed.endswith(write([API, Landed("nginx", "", DIGEST, 3)]))
        assert parsed.count("\n") == 3 + text.count("Signed-off-by")


SIGNED = "Signed-off-by: Bot <bot@example.test>"


@given(ANY_TEXT, ANY_LANDED)
def test_what_is_added_leaves_what_is_read(text: str, landed: list[Landed]) -> None:
    """A line among the trailers and a paragraph before them: the images are read as before, once each."""
    message = append(text, landed)
    more = before(join(message, SIGNED), "[skip ci]")
    assert read(more) == read(message)
    assert more.count(SIGNED) == 1
    assert join(more, SIGNED) == more
    assert "\n[skip ci]\n\n" in more


def test_a_message_without_trailers_gets_them_behind() -> None:
    """A title is no trailer, whatever it looks like."""
    assert join("Fix: it", SIGNED) == f"Fix: it\n\n{SIGNED}\n"
    assert before("Fix: it", "[skip ci]") == "Fix: it\n\n[skip ci]\n"
    assert before("Title\n\nWords.", "[skip ci]") == "Title\n\nWords.\n\n[skip ci]\n"


@given(ANY_TEXT, ANY_TEXT, st.text(min_size=1))
def test_a_group_is_read_as_it_was_written(target: str, base: str, key: str) -> None:
    """Whatever the target, the base and the group are called, in one line that says nothing else."""
    group = Group("run", target, base, key)
    message = with_group(append("Title", [API]), group)
    assert (group_of(message), read(message)) == (group, (API,))
    assert group_of(join(message, "Signed-off-by: A <a@b.c>")) == group


@pytest.mark.parametrize(
    "message",
    [
        "Tagwright-Group: run deploy main api",
        "Title\n\nTagwright-Group: run deploy main",
        "Title\n\nTagwright-Group: run deploy main api more",
        "Title\n\nTagwright-Group: run deploy main api\n\nA last paragraph of somebody else",
    ],
)
def test_what_is_no_group_line_names_none(message: str) -> None:
    """A title, too few or too many parts, or words that somebody put behind: whose it is is not known."""
    assert group_of(message) is None
