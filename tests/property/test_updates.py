"""Promises about updates of any YAML, each a class; the judge of them reads and writes nothing with our code."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tagwright import proof, scan
from tagwright.errors import EditRefused
from tests.property.documents import TAGS, Document, files
from tests.property.faults import FAULTS, spliced
from tests.property.planted import Damage, Judge, plain, planted
from tests.property.updating import Updated, judge_of, name_of, update

PATH = "a.yaml"
TAG_LISTS = st.lists(TAGS, min_size=8, max_size=8)

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def updated(document: Document, tags: list[str]) -> Updated:
    """Every image of the document moved to one of the tags."""
    return update(PATH, document.text, {index: tags[index % 8] for index in range(document.images)})


class TestAnUpdateChangesWhatItSays:
    """Every other byte stays; to two other parsers every other value, type, anchor and comment does; a new
    value reads as it was asked for, and as text; undoing it gives the first bytes again."""

    @unhurried
    @given(files(), TAG_LISTS)
    def test_it(self, document: Document, tags: list[str]) -> None:
        """Whatever the style of the file."""
        done = updated(document, tags)
        judge = judge_of(document.text, done)
        judge.judges(done.after)
        event("read by both" if len(judge.readers) == 2 else "read by one or none")

    @unhurried
    @given(files(), TAG_LISTS)
    def test_what_is_right_is_proven(self, document: Document, tags: list[str]) -> None:
        """The library's own proof refuses nothing of it."""
        done = updated(document, tags)
        assert done.proven(PATH)
        assert done.refused == ()


class TestNothingIsMissed:
    """An image in the plainest of places is found and moved, whatever stands around it."""

    @unhurried
    @given(files(), TAG_LISTS)
    def test_it(self, document: Document, tags: list[str]) -> None:
        """Wherever another parser can read the file."""
        done = updated(document, tags)
        if len(judge_of(document.text, done).readers) == 2:
            moved = {one.image.name for one, _ in done.moved}
            assert {name_of(index) for index in document.sure} <= moved


class TestTheNextScan:
    """It finds the images that were chosen, where they were; a second update changes nothing."""

    @unhurried
    @given(files(), TAG_LISTS)
    def test_it(self, document: Document, tags: list[str]) -> None:
        """The others as they were."""
        done = updated(document, tags)
        chosen = {(one.where, one.image.name): image.tag for one, image in done.moved}
        first = scan.scan_file(PATH, done.before).references
        again = scan.scan_file(PATH, done.after).references
        assert [(one.kind, one.where, one.image.name) for one in again] == [
            (one.kind, one.where, one.image.name) for one in first
        ]
        wanted = Counter((*place, tag) for place, tag in chosen.items())
        assert not wanted - Counter((one.where, one.image.name, one.image.tag) for one in again)
        assert (
            update(PATH, done.after.decode(), {index: tags[index % 8] for index in range(document.images)}).made == ()
        )


SPECIMEN = Document(
    "\ufeff# head\r\nx:\r\n  image: "
    + planted(0, f"{name_of(0)}:1.9")
    + "   # note  \r\n  name: x\r\ny: {a: x, tag: '"
    + planted(1, "1.9")
    + f"', repository: {name_of(1)}}}\r\nz:\r\n  repository: {name_of(2)}\r\n  tag: "
    + planted(2, "1.9")
    + "\r\n",
    3,
    frozenset({0, 1, 2}),
)
"""A text in which every fault has a place."""


def seen(fault: str, document: Document, done: Updated, judge: Judge) -> bool:
    """Does the judge see the fault, and does the proof? False where there is no place for it."""
    made = FAULTS[fault](plain(document.text), list(done.made))
    after = spliced(plain(document.text), made).encode()
    if after == done.after:
        return False
    with pytest.raises(Damage):
        judge.judges(after)
    with pytest.raises(EditRefused):
        proof.prove(PATH, done.before, after, made, [one for one, _ in done.moved], [new for _, new in done.moved])
    return True


class TestFaultsAreSeen:
    """Whatever else a writer does, the judge says so, and so does the proof."""

    @pytest.mark.parametrize("fault", FAULTS)
    def test_each(self, fault: str) -> None:
        """In a text that has a place for it."""
        done = updated(SPECIMEN, ["1.10"] * 8)
        assert seen(fault, SPECIMEN, done, judge_of(SPECIMEN.text, done))

    @settings(unhurried, max_examples=30)
    @given(files(), TAG_LISTS)
    def test_anywhere(self, document: Document, tags: list[str]) -> None:
        """In any text that two other parsers can read."""
        done = updated(document, tags)
        judge = judge_of(document.text, done)
        if len(judge.readers) == 2 and done.made:
            for fault in FAULTS:
                event(f"{fault}: {seen(fault, document, done, judge)}")
