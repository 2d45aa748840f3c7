"""Events as they come, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from tagwright.audit import Asked, events
from tagwright.errors import Problem
from tagwright.git.address import Remote
from tagwright.git.commands import Commands
from tagwright.git.text import CommitObject, Said
from tagwright.git.trail import Trail
from tagwright.model import Branch, Event, Happened
from tagwright.views import history

BRANCH = Branch("deploy", "main", "f" * 40, ours=True, complete=True)
UPDATE = Event(
    Happened.UPDATE, "a" * 40, "2026-11-21T10:20:30Z", "tagwright", "bot@example.test", "Update api to 1.3.0",
    "ghcr.io/acme/api", "1.2.0", "1.3.0", 7, ("a.yaml", "b.yaml"),
)  # fmt: skip
REVERT = Event(
    Happened.REVERT,
    "b" * 40,
    "2026-11-20T09:00:00Z",
    "Ann\x1b[31m",
    "ann@example.test",
    'Revert "x"',
    files=("a.yaml",),
)
RESUME = Event(Happened.RESUME, "c" * 40, "2026-11-19T09:00:00Z", "Ann", "ann@example.test", "Go on", "*")


class Endless(Trail):
    """A branch without a first commit, each of ours; it counts what is read."""

    read = 0

    def said(self) -> Iterator[Said]:
        while True:
            type(self).read += 1
            words = f"Tagwright-Image: a/b {self.read} -> {self.read + 1}"
            yield Said(f"{self.read:040}", (), "t" * 40, 1_800_000_000, "A", "a@b", "Title", words)

    def objects(self, oids: object) -> dict[str, CommitObject]:
        return {}


def test_no_more_is_read_than_is_told() -> None:
    """A long history costs no memory: some hundred commits are looked at together, and no more are kept."""
    trail = Endless(
        Commands(Path("/"), {}, 1),
        Remote("x", "file"),
        "main",
        "0" * 40,
        frozenset(),
        lambda pairs: [None for _ in pairs],
    )
    told = list(islice(events(trail, Asked()), 2500))
    assert (told[0].old, told[-1].new, len(told)) == ("1", "2501", 2500)
    assert Endless.read <= 3001


def test_a_table_is_in_columns() -> None:
    """Time, commit, image, what moved, who, where; nothing that a terminal would obey."""
    problem = Problem("gone", "git", "not there")
    problems: list[Problem] = []
    told = [(BRANCH, [UPDATE, REVERT, RESUME], [problem]), (None, [], [problem])]
    assert list(history.tables(told, problems)) == [
        "deploy, main at ffffffffffff",
        "  2026-11-21 10:20  aaaaaaaaaaaa  ghcr.io/acme/api  1.2.0 -> 1.3.0          tagwright    a.yaml +1",
        '  2026-11-20 09:00  bbbbbbbbbbbb                    taken back: Revert "x"  Ann\\x1b[31m  a.yaml',
        "  2026-11-19 09:00  cccccccccccc  *                 goes on                 Ann",
    ]
    assert problems == [problem, problem]


def test_a_sheet_is_harmless_and_whole() -> None:
    """Every cell is text: no formula, no control character; several files are lines of one cell."""
    sly = Event(
        Happened.UPDATE, "d" * 40, "2026-11-21T10:20:30Z", "@cmd", "+x", "=1", "-a", "＝1", "\t1", -5, ("=f", "g")
    )
    header, line = history.sheet([(BRANCH, [sly], [])], [])
    assert header == ",".join(history.COLUMNS)
    assert line == (
        f"deploy,main,update,2026-11-21T10:20:30Z,{'d' * 40},'-a,'＝1,'\ufffd1,-5,'@cmd,'+x,\"'=f\ng\",,'=1"
    )
