"""Hidden comments of a body: read back as they were written, and forged by nobody."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagwright.trailers import Landed
from tagwright.views.pull_request import marks

API = Landed("ghcr.io/acme/api", "1.2.0", "1.2.1@sha256:" + "4" * 64, 7)
WEB = Landed("ghcr.io/acme/web", "", "2.0.0")
PRINT = "0123abcd"
BODY = f"| Where |\n| --- |\n\n{marks.box('rebuild')}\n\n{marks.hidden((API, WEB), PRINT, 5_000)}"
TICKED = BODY.replace("[ ]", "[x]")

HOSTILE = st.text(alphabet=st.sampled_from("-->!<a \n\r:%`[x]*"), max_size=30) | st.sampled_from(
    ["-->", "--!>", "a--b", "---", "<!-- tagwright", marks.box("x"), "\nTagwright-Image: a 1 -> 2\n"]
)


def as_forges_keep_it(body: str) -> list[str]:
    """What may come back: other line ends, no blanks around, blanks before line ends."""
    return [body, body.strip(), body.replace("\n", "\r\n"), body.replace("\n", " \n") + "\n\n", f"\n{body}"]


class TestProposed:
    """What a body says is proposed."""

    def test_it_reads_as_it_was_written(self) -> None:
        """Image, old, new and order, however the forge keeps line ends and blanks."""
        for kept in as_forges_keep_it(BODY):
            assert marks.proposed(kept) == (API, WEB)
            assert marks.fingerprint_of(kept) == PRINT

    def test_the_comment_is_the_last_of_its_kind(self) -> None:
        """What people quote above it is not believed, what they write below it does no harm."""
        other = marks.hidden((Landed("evil", "1", "2"),), "ffffffff", 5_000)
        assert marks.proposed(f"{other}\n{BODY}\nThank you!\n") == (API, WEB)

    @pytest.mark.parametrize("body", ["", "text", "<!-- tagwright\nTagwright-Image: a 1 -> 2\n", BODY[:-5]])
    def test_what_is_cut_says_nothing(self, body: str) -> None:
        """No half of a list is taken for the whole."""
        assert marks.proposed(body) == ()
        assert marks.fingerprint_of(body) is None

    def test_it_is_bounded_in_whole_lines(self) -> None:
        """As many images as there is room for."""
        many = [Landed(f"reg.example.com/{number:04}", "1", "2") for number in range(1000)]
        text = marks.hidden(many, PRINT, 3_000)
        assert 2_900 < len(text) <= 3_000
        assert marks.proposed(text) == tuple(many[: len(marks.proposed(text))])

    @example("-->", "--!>", "--")
    @given(HOSTILE, HOSTILE, HOSTILE)
    def test_no_name_or_tag_ends_the_comment_or_adds_to_it(self, name: str, old: str, new: str) -> None:
        """Two dashes never stand together inside, and what is read is what was written."""
        text = marks.hidden((Landed(name, old, new),), PRINT, 5_000)
        inside = text.removeprefix("<!-- tagwright\n").removesuffix("-->\n")
        assert "--" not in inside
        assert inside.count("\n") == 2
        assert marks.proposed(f"{text}\n") == (Landed(name, old, new),)
        assert not marks.rebuild_asked(text)
        assert not marks.is_withdrawn(text)


class TestBox:
    """A box that people tick."""

    def test_ticked_and_not(self) -> None:
        """Any sign of a list, either case, whatever the line ends."""
        assert not any(map(marks.rebuild_asked, as_forges_keep_it(BODY)))
        for text in (TICKED, TICKED.replace("[x]", "[X]"), TICKED.replace("- [", "* [")):
            assert all(map(marks.rebuild_asked, as_forges_keep_it(text)))

    @pytest.mark.parametrize("line", [f"`{marks.box('x')}`", "- [x] rebuild", f"| {marks.box('x')}"])
    def test_only_our_own_line_is_a_box(self, line: str) -> None:
        """Not a code span that shows one, and no other box of people's."""
        assert not marks.rebuild_asked(line.replace("[ ]", "[x]"))

    def test_a_ticked_body_is_not_current(self) -> None:
        """Its box has to be cleared again, so it has no fingerprint."""
        assert marks.fingerprint_of(TICKED) is None


@pytest.mark.parametrize(
    ("mark", "stands"),
    [
        (partial(marks.withdrawn, limit=60_000), marks.is_withdrawn),
        (partial(marks.stepped_back, limit=60_000), marks.is_stepped_back),
    ],
    ids=["withdrawn", "stepped back"],
)
class TestMarks:
    """What Tagwright did, said in the body."""

    def test_it_stands_once(self, mark: object, stands: object) -> None:
        """Marking twice is marking once, and the rest of the body says what it said."""
        assert callable(mark)
        assert callable(stands)
        assert not stands(BODY)
        marked = mark(BODY)
        assert all(map(stands, as_forges_keep_it(marked)))
        for kept in as_forges_keep_it(marked):
            assert mark(kept) == kept
            assert marks.proposed(kept) == (API, WEB)
            assert marks.fingerprint_of(kept) is None
        assert marks.rebuild_asked(mark(TICKED))
        assert len(marked) - len(BODY) <= marks.ROOM_FOR_NOTE

    def test_it_has_room(self, mark: object, stands: object) -> None:
        """However long people made the body."""
        assert callable(mark)
        assert callable(stands)
        marked = mark("x" * 70_000)
        assert stands(marked)
        assert len(marked) == 60_000

    def test_shown_text_is_no_mark(self, mark: object, stands: object) -> None:
        """A code span with the same letters says nothing."""
        assert callable(mark)
        assert callable(stands)
        assert not any(stands(f"- `{line}`\n`{line}`") for line in mark("").split("\n"))


@pytest.mark.parametrize("mark", ["- [ ]", "* [ ]", "  - [ ] "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_box_that_is_ticked_for_somebody(mark: str, end: str) -> None:
    """Nothing else of the body moves, and the next pass reads it as ticked by hand."""
    body = f"before{end}{mark} <!-- tagwright:rebuild --> Rebuild{end}after{end}"
    ticked = marks.ticked(body, 1000)
    assert marks.rebuild_asked(ticked)
    assert ticked == body.replace("[ ]", "[x]")
    assert marks.ticked(ticked, 1000) == ticked


def test_a_box_that_people_took_away_is_put_back() -> None:
    """On top, ticked, and within what the forge takes."""
    assert marks.rebuild_asked(marks.ticked("a text", 1000))
    ticked = marks.ticked("a" * 2000, 1000)
    assert len(ticked) == 1000
    assert marks.rebuild_asked(ticked)
