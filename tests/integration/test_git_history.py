"""What was committed before, without the files: over file, http and ssh, from servers that filter and that do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tagwright.errors import GitError
from tagwright.git.mirror import Mirror, open_mirror
from tagwright.model import Head
from tests.support.git_server import Place, git, place
from tests.support.parts import require


@pytest.fixture(params=["file", "http", "ssh"])
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A repository with three commits, reached in each way there is."""
    if request.param == "ssh":
        require("ssh", "ssh")
    with place(request.param, tmp_path) as found:
        found.remote.commit({"app.yaml": "tag: 1\n", "big.bin": "x" * 1000}, "Begin")
        found.remote.commit({"app.yaml": "tag: 2\n"}, "Two\n\nwith a body")
        found.remote.commit({"docs/ü.md": "hello\n"}, "Three")
        yield found


@pytest.fixture(params=["filters", "does not"])
def filters(request: pytest.FixtureRequest, served: Place) -> bool:
    """Whether the server takes a filter."""
    allowed: bool = request.param == "filters"
    git("config", "uploadpack.allowFilter", str(allowed).lower(), cwd=served.remote.path)
    return allowed


def objects(mirror: Mirror) -> set[str]:
    """The kinds of the objects that are in the history's repository now."""
    listing = git("cat-file", "--batch-check=%(objecttype)", "--batch-all-objects", cwd=mirror.history.git.repository)
    return set(listing.split())


def test_commits_come_without_their_files(served: Place, filters: bool) -> None:
    """All commits, newest first, with people, parents and days; no tree and no blob where the server filters."""
    with open_mirror(served.url, served.access, None, served.environ) as mirror:
        commits = mirror.history.commits(mirror.head())

        assert [one.oid for one in commits] == served.remote.log(form="%H")
        assert [one.parents for one in commits] == [(commits[1].oid,), (commits[2].oid,), ()]
        assert {one.author for one in commits} == {"A Person"}
        assert objects(mirror) == ({"commit"} if filters else {"commit", "tree", "blob"})


def test_files_of_single_commits_come_when_asked_for(served: Place, filters: bool) -> None:
    """The blob at a path of a commit, what a commit changed, and contents; a path that is not there is left out."""
    with open_mirror(served.url, served.access, None, served.environ) as mirror:
        three, two, one = mirror.history.commits(mirror.head())

        files = mirror.history.files((three, one), ("app.yaml", "docs/ü.md", "nowhere"))

        assert set(files) == {(three.oid, "app.yaml"), (three.oid, "docs/ü.md"), (one.oid, "app.yaml")}
        wanted = [files[one.oid, "app.yaml"], files[three.oid, "docs/ü.md"]]
        assert [data for _, data in mirror.history.read(wanted, 100)] == [b"tag: 1\n", b"hello\n"]
        assert mirror.history.changed(((one, two), (two, two))) == [("app.yaml",), ()]
        assert mirror.history.changed(((two, three),)) == [("docs/ü.md",)]
        assert not filters or "x" * 1000 not in git(
            "cat-file", "--batch-all-objects", "--batch", cwd=mirror.history.git.repository
        )


def test_a_kept_history_grows_by_what_is_new(served: Place, filters: bool, tmp_path: Path) -> None:
    """The next run fetches only the commits that came since, and asks nobody where there are none."""
    for expected in (3, 4):
        with open_mirror(served.url, served.access, tmp_path / "cache", served.environ) as mirror:
            assert len(mirror.history.commits(mirror.head())) == expected
        served.remote.commit({"app.yaml": "tag: 3\n"}, "Four")


def test_the_same_head_asks_nobody(served: Place, tmp_path: Path) -> None:
    """Once the commits of a head are here, they are read here, even when the remote is gone."""
    with open_mirror(served.url, served.access, tmp_path / "cache", served.environ) as mirror:
        head = mirror.head()
        before = mirror.history.commits(head)
        served.remote.path.rename(tmp_path / "gone")
        assert mirror.history.commits(head) == before


def test_a_broken_copy_is_fetched_again(served: Place, tmp_path: Path) -> None:
    """A history that was damaged between two runs is thrown away and rebuilt within the pass."""
    cache = tmp_path / "cache"
    with open_mirror(served.url, served.access, cache, served.environ) as mirror:
        mirror.history.commits(mirror.head())
    for pack in cache.glob("**/history/objects/pack/*.pack"):
        pack.chmod(0o644)
        pack.write_bytes(b"broken")
    with open_mirror(served.url, served.access, cache, served.environ) as mirror:
        assert len(mirror.history.commits(mirror.head())) == 3


def test_a_remote_without_its_past_says_where_it_ends(served: Place, tmp_path: Path) -> None:
    """The commits whose parents the remote has not got are named; of a whole remote there are none."""
    git("clone", "--quiet", "--bare", "--depth=2", f"file://{served.remote.path}", "cut.git", cwd=tmp_path)
    with open_mirror(str(tmp_path / "cut.git"), served.access, None, {}) as cut:
        commits = cut.history.commits(cut.head())
        assert [one.oid for one in commits] == served.remote.log(form="%H")[:2]
        assert cut.history.cut() == {commits[-1].oid}
    with open_mirror(served.url, served.access, None, served.environ) as whole:
        whole.history.commits(Head("main", served.remote.tip() or ""))
        assert not whole.history.cut()


def test_a_history_that_says_too_much_is_an_error(served: Place) -> None:
    """Messages beyond all measure fill no memory: what cannot be looked through is said, never taken for nothing."""
    served.remote.commit({"app.yaml": "tag: 4\n"}, "Revert of tagwright\n" * 100)
    with (
        patch("tagwright.git.history._MOST_SAID", 1000),
        open_mirror(served.url, served.access, None, served.environ) as mirror,
        pytest.raises(GitError, match="say more than") as caught,
    ):
        mirror.history.commits(mirror.head())
    assert caught.value.code == "history-too-long"
