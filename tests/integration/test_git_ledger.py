"""The ledger in real repositories: nothing is lost by racing, wherever the server lets it stand."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tagwright.errors import BranchProtected, GitError
from tagwright.git.ledger import GitLedger
from tagwright.git.mirror import open_mirror
from tagwright.ledger import LIMIT
from tests.support import ledgers
from tests.support.git_http import GitHttp
from tests.support.git_server import Place, Remote, git, place
from tests.support.story import SOURCE

BOT = ("tagwright", "tagwright@example.test")
FALLBACK = "refs/heads/tagwright-ledger"
WRITER = """
import os, sys
from tagwright.git.ledger import GitLedger
from tagwright.git.mirror import open_mirror
from tagwright.model import GitAccess
url, name = sys.argv[1:]
with open_mirror(url, GitAccess(), None, dict(os.environ)) as mirror:
    mirror.fetch(mirror.head())
    for number in range(5):
        GitLedger(mirror, ("tagwright", "bot@example.test")).add({"first-seen/x": [f"{name} {number}"]}, "Add")
"""


@pytest.fixture(params=["file", "http", "ssh"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A repository with one commit, in each way."""
    with place(request.param, tmp_path) as found:
        found.remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
        yield found


@contextmanager
def ledger_of(found: Place) -> Iterator[GitLedger]:
    """A ledger as one pass has it."""
    with open_mirror(found.url, found.access, None, found.environ) as mirror:
        mirror.fetch(mirror.head())
        yield GitLedger(mirror, BOT)


def test_lines_are_added_and_read(served: Place) -> None:
    """What one pass adds the next one reads; the branches stay as they were."""
    before = served.remote.tip()
    with ledger_of(served) as ledger:
        assert ledger.lines("first-seen/x") == frozenset()
        ledger.add({"first-seen/x": ["b", "a"], "first-seen/y": ["c"]}, "First seen: 3 tags")
        ledger.add({"first-seen/x": ["d"]}, "First seen: 1 tag")
        assert ledger.lines("first-seen/x") == {"a", "b", "d"}
    with ledger_of(served) as ledger:
        assert ledger.lines("first-seen/x") == {"a", "b", "d"}
        assert ledger.lines("first-seen/y") == {"c"}
        ledger.add({"first-seen/x": ["a"]}, "Nothing new")
    assert served.remote.log(ledgers.REF) == ["First seen: 1 tag", "First seen: 3 tags"]
    assert served.remote.log(ledgers.REF, "%an %ae") == ["tagwright tagwright@example.test"] * 2
    assert ledgers.files(served.remote) == {"first-seen/x": "a\nb\nd", "first-seen/y": "c"}
    assert (served.remote.tip(), served.remote.branches()) == (before, ["main"])
    served.remote.check()


def test_who_loses_a_race_adds_to_what_won(served: Place) -> None:
    """Two passes that read the same state both write: the second one's push is refused, and nothing is lost."""
    with ledger_of(served) as one, ledger_of(served) as two:
        for ledger in (one, two):
            assert ledger.lines("first-seen/x") == frozenset()
        one.add({"first-seen/x": ["one"]}, "One")
        two.add({"first-seen/x": ["two"], "first-seen/y": ["two"]}, "Two")
        one.add({"first-seen/y": ["one"]}, "One again")
    assert ledgers.files(served.remote) == {"first-seen/x": "one\ntwo", "first-seen/y": "one\ntwo"}


@pytest.mark.parametrize("kind", ["file", "http"])
def test_processes_that_race_lose_nothing(tmp_path: Path, kind: str) -> None:
    """Four processes add five times each, at once: twenty lines are there."""
    remote = Remote(tmp_path / "srv" / "deploy.git")
    remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
    with GitHttp(tmp_path / "srv") as site, ThreadPoolExecutor(4) as pool:
        url = site.url("deploy.git") if kind == "http" else f"file://{remote.path}"
        done = list(pool.map(lambda name: _writer(url, name), "abcd"))
    assert [one.returncode for one in done] == [0] * 4, [one.stderr for one in done]
    lines = ledgers.files(remote)["first-seen/x"].splitlines()
    assert lines == sorted(f"{name} {number}" for name in "abcd" for number in range(5))
    remote.check()


def _writer(url: str, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WRITER, url, name]
    return subprocess.run(command, env={"PYTHONPATH": str(SOURCE), "PATH": "/usr/bin:/bin"}, capture_output=True,
                          text=True, check=False, timeout=120)  # fmt: skip


@pytest.mark.parametrize("hook", ["update", "pre-receive"])
def test_a_server_that_wants_branches_gets_one(tmp_path: Path, hook: str) -> None:
    """Refused as a ref, the ledger is a branch: written, read, raced for and found again there."""
    with place("file", tmp_path) as served:
        served.remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
        words = 'case "$ref" in refs/heads/*) ;; *) echo "branches only" >&2; exit 1;; esac'
        body = f"ref=$1; {words}\n" if hook == "update" else f"while read old new ref; do {words}; done\n"
        served.remote.hook(hook, body)
        with ledger_of(served) as one, ledger_of(served) as two:
            one.add({"first-seen/x": ["one"]}, "One")
            two.add({"first-seen/x": ["two"]}, "Two")
            assert two.lines("first-seen/x") == {"one", "two"}
        with ledger_of(served) as later:
            assert later.lines("first-seen/x") == {"one", "two"}
        assert ledgers.files(served.remote) == {}
        assert ledgers.files(served.remote, FALLBACK) == {"first-seen/x": "one\ntwo"}


def test_both_places_are_read(served: Place) -> None:
    """A ledger that began as a branch and goes on as a ref, or the other way round, is one."""
    ledgers.write(served.remote, {"first-seen/x": "from the ref"})
    ledgers.write(served.remote, {"first-seen/x": "from the branch"}, FALLBACK)
    with ledger_of(served) as ledger:
        assert ledger.lines("first-seen/x") == {"from the ref", "from the branch"}
        ledger.add({"first-seen/x": ["new"]}, "Add")
    assert ledgers.files(served.remote)["first-seen/x"] == "from the ref\nnew"


def test_a_server_that_refuses_both_is_said(served: Place) -> None:
    """The server's own words come through, and nothing is on the remote."""
    served.remote.hook("pre-receive", "echo 'no pushes today' >&2; exit 1\n")
    with ledger_of(served) as ledger, pytest.raises(BranchProtected) as caught:
        ledger.add({"first-seen/x": ["a"]}, "Add")
    assert "no pushes today" in caught.value.message
    assert served.remote.branches() == ["main"]


def test_a_push_whose_answer_is_lost_is_looked_for(tmp_path: Path) -> None:
    """The server wrote and hung up: the line is there once, and that is no failure."""
    remote = Remote(tmp_path / "srv" / "deploy.git")
    remote.commit({"app.yaml": "tag: 1\n"}, "Seed")
    with GitHttp(tmp_path / "srv") as site, place("file", tmp_path / "other") as other:
        site.lose_answers = 1
        with ledger_of(Place(remote, site.url("deploy.git"), other.access, other.environ)) as ledger:
            ledger.add({"first-seen/x": ["a"]}, "Add")
    assert (ledgers.files(remote), len(remote.log(ledgers.REF))) == ({"first-seen/x": "a"}, 1)


def test_what_others_wrote_is_kept(served: Place) -> None:
    """Files of another kind and lines that are none of ours survive, byte for byte."""
    ledgers.write(served.remote, {"first-seen/x": "\udcff\udcfe\nzzz", "closed/17": "by a person"})
    with ledger_of(served) as ledger:
        ledger.add({"first-seen/x": ["a"]}, "Add")
    assert ledgers.files(served.remote) == {"first-seen/x": "a\nzzz\n\udcff\udcfe", "closed/17": "by a person"}


def test_a_ledger_that_is_too_long_is_not_read(served: Place) -> None:
    """Neither read nor overwritten: the error names the file."""
    ledgers.write(served.remote, {"first-seen/x": "x" * (LIMIT + 1)})
    with ledger_of(served) as ledger:
        for ask in (lambda: ledger.lines("first-seen/x"), lambda: ledger.add({"first-seen/x": ["a"]}, "Add")):
            with pytest.raises(GitError) as caught:
                ask()
            assert (caught.value.code, "first-seen/x" in caught.value.message) == ("ledger", True)


def test_a_ref_that_is_no_ledger_is_an_error(served: Place) -> None:
    """Whoever may push can point it at anything: an error, and the mirror goes on working."""
    blob = git("hash-object", "-w", "--stdin", cwd=served.remote.path, stdin=b"first-seen/x")
    git("update-ref", ledgers.REF, blob, cwd=served.remote.path)
    with open_mirror(served.url, served.access, None, served.environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        with pytest.raises(GitError):
            GitLedger(mirror, BOT).lines("first-seen/x")
        assert [entry.path for entry in mirror.files(head.commit)] == ["app.yaml"]


def test_a_folder_in_the_place_of_a_file_is_no_file(served: Place) -> None:
    """Nothing is read of it, and the file takes its place."""
    ledgers.write(served.remote, {"first-seen/x/y": "a"})
    with ledger_of(served) as ledger:
        assert ledger.lines("first-seen/x") == frozenset()
        ledger.add({"first-seen/x": ["b"]}, "Add")
    assert ledgers.files(served.remote) == {"first-seen/x": "b"}
