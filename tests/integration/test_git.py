"""Read a commit, write a commit, push it: the same over file, http and ssh."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tagwright.errors import BranchMoved, BranchUnknown, GitError
from tagwright.git.mirror import Mirror, open_mirror
from tagwright.git.text import NewCommit
from tagwright.model import Head
from tests.support.git_server import Place, git, place, shim
from tests.support.parts import require

BOT = ("tagwright", "tagwright@example.test")
KINDS = ["file", "http", "ssh", pytest.param("sshd", marks=pytest.mark.real)]


@pytest.fixture(params=KINDS)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A repository with two commits, reached in each way there is."""
    if request.param in ("ssh", "sshd"):
        require("ssh", "ssh")
    if request.param == "sshd":
        require("sshd", "sshd")
    with place(request.param, tmp_path) as found:
        found.remote.commit({"old.yaml": "tag: 0\n"}, "Begin")
        found.remote.commit({"app.yaml": "tag: 1\n", "run.sh": "one\n"}, "Seed", modes={"run.sh": "100755"})
        yield found


def mirror_of(served: Place, cache: Path | None = None) -> AbstractContextManager[Mirror]:
    """The code under test, on that place."""
    return open_mirror(served.url, served.access, cache, served.environ)


def update(mirror: Mirror, head: Head, path: str = "app.yaml", content: bytes = b"tag: 2\n") -> str:
    """Fetch a head and commit one file on top of it."""
    mirror.fetch(head)
    return mirror.commit(head.commit, {path: ("100644", content)}, f"Update {path}", BOT)


# ── reading ──────────────────────────────────────────────────────────────────


def test_the_default_branch_is_the_remotes_head(served: Place) -> None:
    """Without a name it is what HEAD says there, with one it is that branch."""
    tip = served.remote.commit({"x": "x"}, branch="feature")
    with mirror_of(served) as mirror:
        assert mirror.head() == Head("main", served.remote.tip() or "")
        assert mirror.head("feature") == Head("feature", tip)
        with pytest.raises(BranchUnknown, match="no branch nope"):
            mirror.head("nope")


def test_files_are_read_as_they_are(served: Place) -> None:
    """Paths, modes and bytes come out untouched, in the order asked; a blob asked twice comes twice."""
    odd = {"a b/ü\tö.yaml": "x", "bin": b"\x00\xff\r\n", "empty": ""}
    served.remote.commit({'"a b/\\303\\274\\t\\303\\266.yaml"': "x", "bin": b"\x00\xff\r\n", "empty": ""})
    with mirror_of(served) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        entries = {entry.path: entry for entry in mirror.files(head.commit)}
        assert set(entries) == {"app.yaml", "old.yaml", "run.sh", *odd}
        assert (entries["run.sh"].mode, entries["app.yaml"].mode) == ("100755", "100644")
        asked = [entries[path].oid for path in ("empty", "bin", "app.yaml", "bin")]
        assert list(mirror.read(asked)) == list(
            zip(asked, [b"", b"\x00\xff\r\n", b"tag: 1\n", b"\x00\xff\r\n"], strict=True)
        )
        assert list(mirror.read([])) == []
        cut = [b"", b"\x00\xff\r", b"tag", b"\x00\xff\r"]
        assert list(mirror.read(asked, limit=3)) == list(zip(asked, cut, strict=True))


def test_only_one_commit_is_fetched(served: Place, tmp_path: Path) -> None:
    """The mirror is one commit deep, whatever the transport."""
    with mirror_of(served, tmp_path / "cache") as mirror:
        mirror.fetch(mirror.head())
    assert git("rev-list", "--all", cwd=repository_in(tmp_path / "cache")).splitlines() == [served.remote.tip()]


def test_what_differs_between_two_commits_is_known_without_listing_both(served: Place, tmp_path: Path) -> None:
    """New, changed and gone files; what stayed is not mentioned."""
    with mirror_of(served, tmp_path / "cache") as mirror:
        old = mirror.head()
        mirror.fetch(old)
        git("fast-import", "--quiet", "--date-format=now", cwd=served.remote.path, stdin=_A_DELETION)
        new = mirror.head()
        mirror.fetch(new)
        changed = mirror.changed(old.commit, new.commit)
    assert ([entry.path for entry in changed.there], changed.gone) == (["app.yaml", "new.yaml"], ("old.yaml",))


def test_history_is_deepened_as_far_as_it_is_read(served: Place, tmp_path: Path) -> None:
    """Reading one message costs no fetch; reading on fetches more, up to the limit and the beginning of time."""
    for number in range(40):
        served.remote.commit({"n": str(number)}, f"Commit {number}\n\nTrailer: {number}\n")
    with mirror_of(served, tmp_path / "cache") as mirror:
        head = mirror.head()
        mirror.fetch(head)
        assert mirror.message(head.commit) == "Commit 39\n\nTrailer: 39\n"
        assert len(list(mirror.log(head.commit, 5))) == 5
        messages = [message.splitlines()[0] for _, message in mirror.log(head.commit, 1000)]
    assert messages == [*(f"Commit {n}" for n in range(39, -1, -1)), "Seed", "Begin"]


# ── writing ──────────────────────────────────────────────────────────────────


def test_a_commit_changes_its_paths_and_nothing_else(served: Place) -> None:
    """Modes stay, odd paths survive, the message and the author are as given, the history grows by one."""
    served.remote.commit({'"a b/\\"q\\" ü.yaml"': "x"})
    files = {
        '"odd\\n"': ("100644", b"z"),
        "run.sh": ("100755", b"two\n"),
        'a b/"q" ü.yaml': ("100644", b"\xffy"),
        "new/deep/file": ("100644", b""),
    }
    with mirror_of(served) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        commit = mirror.commit(head.commit, files, "Update\n\nWhy: ü\n", ("A <Bot>\n", "bot@example.test"), when)
        mirror.push(commit, head.branch, expected=head.commit)
    assert served.remote.tip() == commit
    assert len(served.remote.touched()) == 4
    assert served.remote.show('"odd\\n"') == "z"
    assert (served.remote.mode("run.sh"), served.remote.show("run.sh")) == ("100755", "two")
    assert served.remote.log(form="%an <%ae> %ct %s")[0] == "A Bot <bot@example.test> 1767323045 Update"
    assert served.remote.log(form="%s") == ["Update", "Seed", "Seed", "Begin"]
    served.remote.check()


def test_a_chain_of_commits_is_made_in_one_go_and_pushed_in_one(served: Place, tmp_path: Path) -> None:
    """Each stands on the one before and changes its own file; one git process makes them, another pushes them."""
    chain = [NewCommit({f"{n}.yaml": ("100644", b"%d" % n)}, f"Update {n}") for n in range(30)]
    shimmed = Place(served.remote, served.url, served.access, {**served.environ, "PATH": shim(tmp_path)})
    with mirror_of(shimmed) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        (tmp_path / "git-calls").unlink()
        made = mirror.commits(head.commit, chain, BOT)
        mirror.push(made[-1], head.branch, expected=head.commit)
    calls = [line.split(" ")[0] for line in (tmp_path / "git-calls").read_text().splitlines()]
    assert [call for call in calls if call in ("fast-import", "push")] == ["fast-import", "push"]
    assert served.remote.log(form="%H %P")[:30] == [
        f"{oid} {parent}" for oid, parent in zip(made[::-1], [head.commit, *made][-2::-1], strict=True)
    ]
    assert served.remote.log()[:30] == [f"Update {n}" for n in reversed(range(30))]
    assert served.remote.touched() == ["29.yaml"]
    served.remote.check()


def test_commits_beside_one_another_are_made_in_one_go(served: Place, tmp_path: Path) -> None:
    """Each says its parent, so each changes its own file alone, and is pushed to a branch of its own."""
    shimmed = Place(served.remote, served.url, served.access, {**served.environ, "PATH": shim(tmp_path)})
    with mirror_of(shimmed) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        (tmp_path / "git-calls").unlink()
        new = [NewCommit({f"{n}.yaml": ("100644", b"%d" % n)}, f"Update {n}", head.commit) for n in range(3)]
        made = mirror.commits(head.commit, new, BOT)
        for number, commit in enumerate(made):
            mirror.push(commit, f"tagwright/{number}", None)
    calls = [line.split(" ")[0] for line in (tmp_path / "git-calls").read_text().splitlines()]
    assert calls.count("fast-import") == 1
    for number, commit in enumerate(made):
        assert served.remote.log(f"tagwright/{number}", "%H %P")[0] == f"{commit} {head.commit}"
        assert served.remote.touched(f"tagwright/{number}") == [f"{number}.yaml"]
    served.remote.check()


def test_a_chain_that_begins_elsewhere_is_not_pushed(served: Place) -> None:
    """Every link of a chain counts: what was made on an older commit follows no newer one."""
    with mirror_of(served) as mirror:
        old = mirror.head()
        mirror.fetch(old)
        made = mirror.commits(old.commit, [NewCommit({"x": ("100644", b"1")}, str(n)) for n in range(3)], BOT)
        served.remote.commit({"y": "y"}, "Faster")
        with pytest.raises(GitError, match="does not follow"):
            mirror.push(made[-1], "main", expected=served.remote.tip())


def test_a_large_commit_travels_too(served: Place) -> None:
    """Over http a body beyond git's buffer is sent in chunks."""
    noise = b"".join(bytes([(n * n) % 251 for n in range(start, start + 1000)]) * 4 for start in range(700))
    with mirror_of(served) as mirror:
        head = mirror.head()
        commit = update(mirror, head, "large.bin", noise)
        mirror.push(commit, head.branch, expected=head.commit)
    assert served.remote.tip() == commit


def test_whoever_is_slower_is_invited_to_look_again(served: Place) -> None:
    """A push onto a branch that moved changes nothing; looking again and repeating lands."""
    with mirror_of(served) as mirror:
        head = mirror.head()
        commit = update(mirror, head)
        theirs = served.remote.commit({"other.yaml": "x\n"}, "A person was faster")
        with pytest.raises(BranchMoved):
            mirror.push(commit, head.branch, expected=head.commit)
        assert served.remote.tip() == theirs

        head = mirror.head()
        mirror.push(update(mirror, head), head.branch, expected=head.commit)
    assert served.remote.log()[:2] == ["Update app.yaml", "A person was faster"]


def test_a_commit_a_person_took_away_does_not_come_back(served: Place) -> None:
    """When the branch was set back, a plain push would be a fast-forward and undo that; ours is refused."""
    with mirror_of(served) as mirror:
        head = mirror.head()
        commit = update(mirror, head)
        before = git("rev-parse", "main~1", cwd=served.remote.path)
        served.remote.reset("main", before)
        with pytest.raises(BranchMoved):
            mirror.push(commit, head.branch, expected=head.commit)
    assert served.remote.tip() == before


def test_a_base_branch_is_never_forced(served: Place) -> None:
    """A commit that does not follow the expected one is refused before anything is sent."""
    with mirror_of(served) as mirror:
        old = mirror.head()
        commit = update(mirror, old)
        theirs = served.remote.commit({"other.yaml": "x\n"})
        with pytest.raises(GitError, match="does not follow"):
            mirror.push(commit, "main", expected=theirs)
    assert served.remote.tip() == theirs


def test_a_branch_of_our_own_is_made_rebuilt_and_deleted(served: Place) -> None:
    """Made only where there is none, rebuilt and deleted only when nobody else touched it."""
    branch = "tagwright/app"
    with mirror_of(served) as mirror:
        base = mirror.head()
        first, second = update(mirror, base), update(mirror, base, content=b"tag: 3\n")
        mirror.push(first, branch, expected=None)
        with pytest.raises(BranchMoved):
            mirror.push(second, branch, expected=None)
        mirror.push(second, branch, expected=first, force=True)
        assert mirror.remote(branch) == second
        assert mirror.branches("tagwright/") == {branch: second}

        theirs = served.remote.commit({"x": "y"}, "A person's edit", branch=branch)
        with pytest.raises(BranchMoved):
            mirror.push(first, branch, expected=second, force=True)
        with pytest.raises(BranchMoved):
            mirror.delete(branch, expected=second)
        assert served.remote.tip(branch) == theirs
        mirror.delete(branch, expected=theirs)
        assert (mirror.remote(branch), mirror.branches("tagwright/")) == (None, {})


def test_pushing_what_is_there_already_is_done(served: Place) -> None:
    """A second push of the same commit succeeds and changes nothing."""
    with mirror_of(served) as mirror:
        head = mirror.head()
        commit = update(mirror, head)
        for _ in range(2):
            mirror.push(commit, head.branch, expected=head.commit)
    assert served.remote.tip() == commit


def test_eight_writers_at_once_all_land(served: Place) -> None:
    """Each looks, commits and pushes, and looks again when it was slower: nothing is lost, nothing forced."""

    def write(number: int) -> None:
        with mirror_of(served) as mirror:
            for _ in range(40):
                head = mirror.head()
                commit = update(mirror, head, f"app-{number}.yaml", b"x\n")
                try:
                    return mirror.push(commit, head.branch, expected=head.commit)
                except BranchMoved:
                    continue
        raise AssertionError(f"writer {number} never landed")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert sorted(served.remote.log()[:8]) == sorted(f"Update app-{number}.yaml" for number in range(8))
    assert served.remote.log()[8:] == ["Seed", "Begin"]
    served.remote.check()


_A_DELETION = b"""commit refs/heads/main
committer A <a@b> now
data 4
Edit
from refs/heads/main^0
M 100644 inline app.yaml
data 2
2

M 100644 inline new.yaml
data 2
2

D old.yaml
"""


def repository_in(cache: Path) -> Path:
    """The mirror's bare repository inside a cache folder."""
    (found,) = cache.glob("git/*/repository")
    return found


def test_any_number_of_branches_is_fetched_at_once(tmp_path: Path) -> None:
    """More than fit on a command line: whoever may push may make them. Their messages are one process more."""
    with place("file", tmp_path) as served:
        tip = served.remote.commit({"app.yaml": "x"}, "Update\n\nTagwright-Group: run a main b")
        made = "".join(f"create refs/heads/tagwright/{number} {tip}\n" for number in range(30_000))
        git("update-ref", "--stdin", cwd=served.remote.path, stdin=made.encode())
        with mirror_of(served) as mirror:
            there = mirror.branches("tagwright/")
            mirror.fetch_all(Head(branch, commit) for branch, commit in there.items())
            assert len(there) == 30_000
            assert mirror.messages(there.values()) == {tip: "Update\n\nTagwright-Group: run a main b"}


def test_symlinks_and_submodules_are_no_files(tmp_path: Path) -> None:
    """They are not listed, so that no edit can follow one."""
    with place("file", tmp_path) as served:
        served.remote.commit({"link": "target", "sub": "x", "app.yaml": "x"}, modes={"link": "120000"})
        submodule = f"160000 commit {'1' * 40}\tsub\n"
        tree = git("ls-tree", "main", cwd=served.remote.path).replace("\tsub", "\tsubfile") + "\n" + submodule
        made = git("mktree", "--missing", cwd=served.remote.path, stdin=tree.encode())
        served.remote.reset("main", git("commit-tree", made, "-m", "x", cwd=served.remote.path))
        with mirror_of(served) as mirror:
            head = mirror.head()
            mirror.fetch(head)
            assert [entry.path for entry in mirror.files(head.commit)] == ["app.yaml", "subfile"]


def test_a_repository_of_the_newer_hash_works_the_same(tmp_path: Path) -> None:
    """SHA-256 repositories are read and written like any other."""
    with place("file", tmp_path) as served:
        shutil.rmtree(served.remote.path)
        subprocess.run(
            ["git", "init", "-q", "--bare", "-b", "main", "--object-format=sha256", str(served.remote.path)], check=True
        )
        served.remote.commit({"app.yaml": "1"})
        with mirror_of(served) as mirror:
            head = mirror.head()
            commit = update(mirror, head)
            mirror.push(commit, head.branch, expected=head.commit)
        assert (len(commit), served.remote.tip()) == (64, commit)
