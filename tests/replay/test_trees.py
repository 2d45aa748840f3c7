"""Whole trees of real repositories, and the places in them that a person labelled."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tagwright import scan
from tagwright.errors import Problem
from tagwright.model import Reference
from tests.bench.fixtures import trees
from tests.bench.locate import bare
from tests.replay import precision

Files = list[tuple[str, bytes, list[Reference], list[Problem]]]


@pytest.fixture(scope="module")
def files(shared: Path) -> Files:
    """Every file of every tree, the references in it, and what is said of it."""
    found: Files = []
    for some in (some for name, some in trees().items() if name != "generated"):
        scanned = scan.join(scan.scan_file(path, data) for path, data in some)
        references: dict[str, list[Reference]] = {path: [] for path, _ in some}
        problems: dict[str, list[Problem]] = {path: [] for path, _ in some}
        for one in scanned.references:
            references[one.path].append(one)
        for problem in scanned.problems:
            problems[problem.path].append(problem)
        found += [(path, data, references[path], problems[path]) for path, data in some]
    return found


def test_every_file_is_read_or_said_to_be_unreadable(files: Files) -> None:
    """A file of a name we know is looked at; one that no parser reads is a problem, if it could hold an image."""
    assert [path for path, *_ in files if not scan.wants(path)] == []
    unread = {path for path, data, *_ in files if b"{{" not in data and scan.may_hold(data) and not bare(data)}
    assert unread == {path for path, *_, problems in files if problems} & unread
    assert all(one.message and one.code for *_, problems in files for one in problems)


def test_no_reference_is_reported_twice(files: Files) -> None:
    """One place, one reference: no two of a file begin together or overlap."""
    for path, _, references, _ in files:
        spans = sorted(one.span for one in references)
        assert len(set(spans)) == len(spans), path
        assert [pair for pair in pairwise(spans) if pair[0][1] > pair[1][0]] == [], path


def test_every_reference_stands_where_it_says(files: Files) -> None:
    """Bytes of the span, line, column and slots agree with the file."""
    for path, data, references, _ in files:
        text = data.decode()
        lines = text.split("\n") if references else []
        for one in references:
            spelled = data[slice(*one.span)].decode()
            assert lines[one.line - 1][one.column - 1 :].startswith(spelled), (path, one)
            assert all(text[slot.start : slot.end] == slot.text for slot in one.slots), (path, one)


def test_labels_are_facts_about_places_of_their_own() -> None:
    """At least 300 places, none twice, each with a known verdict and a reason."""
    labels = precision.labels()
    assert len(labels) >= 300
    assert {one.verdict for one in labels} == {"image", "not", "tag-only", "commented"}
    assert all(one.why for one in labels)
    assert [place for place, count in Counter((one.tree, one.path, one.line, one.column) for one in labels).items()
            if count > 1] == []  # fmt: skip


def test_a_scan_agrees_with_the_labels(shared: Path) -> None:
    """Of what it reports at least 98 of 100 are images, and of the images it reports at least 99 of 100."""
    count = precision.counted(precision.judged())
    assert count["reported"]
    assert 100 * count["wrong"] <= (100 - precision.PRECISION) * count["reported"]
    assert 100 * count["found"] >= precision.RECALL * count["images"]
