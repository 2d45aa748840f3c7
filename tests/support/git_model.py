"""A bare repository in memory, and the mirror of it: what `git.Mirror` promises, a thousand times cheaper.

A push is a compare-and-swap and nothing is ever forced; `tests/property/test_racing.py` runs the same races on real
repositories too, so this stays what it models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tagwright.errors import BranchMoved
from tagwright.git.text import NewCommit, PastCommit
from tagwright.model import Changed, Head, TreeEntry
from tests.support.git_server import Remote, git, raw

PERSON = "A Person"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with everything in it."""

    oid: str
    parent: str | None
    author: str
    message: str
    files: Mapping[str, bytes]


@dataclass(slots=True)
class GitModel:
    """The remote: its one branch, and every commit there ever was."""

    branch: str = "main"
    tip: str = ""
    commits: dict[str, Commit] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def make(self, parent: str | None, files: Mapping[str, bytes], message: str, author: str) -> str:
        """A commit of exactly these files; its id, which is that of the same commit made in the same second.

        On no branch yet. Three commits make a second.
        """
        what = repr((parent, sorted(files.items()), message, author, len(self.commits) // 3))
        oid = hashlib.sha1(what.encode(), usedforsecurity=False).hexdigest()
        self.commits[oid] = Commit(oid, parent, author, message, dict(files))
        self.blobs.update({_blob(data): data for data in files.values()})
        return oid

    def person(self, files: Mapping[str, bytes], message: str) -> str:
        """A person's commit of exactly these files at the tip; its id."""
        self.tip = self.make(self.tip or None, files, message, PERSON)
        return self.tip

    def chain(self, tip: str = "") -> list[Commit]:
        """The commits of the branch, oldest first."""
        found, at = [], tip or self.tip or None
        while at:
            found.append(self.commits[at])
            at = self.commits[at].parent
        return found[::-1]


@dataclass(slots=True)
class MirrorModel:
    """What a target is worked on through, when it is a `GitModel`."""

    remote: GitModel

    @property
    def history(self) -> HistoryModel:
        """What was committed before."""
        return HistoryModel(self.remote)

    def head(self, branch: str = "", *_: object) -> Head:
        """Where the branch is."""
        return Head(branch or self.remote.branch, self.remote.tip)

    def refs(self, *_: object) -> dict[str, str]:
        """It has none but its branch."""
        return {}

    def branches(self, prefix: str) -> dict[str, str]:
        """Nobody proposes anything there."""
        del prefix
        return {}

    def fetch(self, head: Head) -> None:
        """It is here."""

    def files(self, commit: str) -> tuple[TreeEntry, ...]:
        """Every file, in git's order."""
        return _entries(self.remote.commits[commit])

    def links(self, commit: str) -> tuple[str, ...]:
        """There are none."""
        del commit
        return ()

    def changed(self, old: str, new: str) -> Changed:
        """The files that differ."""
        before, after = self.remote.commits[old], self.remote.commits[new]
        gone = tuple(sorted(before.files.keys() - after.files.keys()))
        return Changed(
            tuple(one for one in _entries(after) if before.files.get(one.path) != after.files[one.path]), gone
        )

    def read(self, oids: Iterable[str], limit: int = 1 << 30) -> Iterator[tuple[str, bytes]]:
        """Blobs, of each the first `limit` bytes."""
        return ((oid, self.remote.blobs[oid][:limit]) for oid in oids)

    def commits(self, parent: str, new: Sequence[NewCommit], author: tuple[str, str], *_: object) -> list[str]:
        """A chain of commits; their ids."""
        made = [parent]
        for one in new:
            files = {**self.remote.commits[made[-1]].files, **{path: data for path, (_, data) in one.files.items()}}
            made.append(self.remote.make(made[-1], files, one.message, author[0]))
        return made[1:]

    def push(self, commit: str, branch: str, expected: str | None, force: bool = False, **_: object) -> None:
        """Compare and swap."""
        assert not force
        if self.remote.tip == commit:
            return
        if self.remote.tip != expected:
            raise BranchMoved(f"{branch} moved")
        assert expected in [one.oid for one in self.remote.chain(commit)]
        self.remote.tip = commit


@dataclass(frozen=True, slots=True)
class HistoryModel:
    """What `git.History` tells."""

    remote: GitModel

    def commits(self, head: Head) -> tuple[PastCommit, ...]:
        """Newest first."""
        return tuple(_past(one) for one in self.remote.chain(head.commit)[::-1])

    def cut(self) -> frozenset[str]:
        """Nothing is missing."""
        return frozenset()

    def files(self, commits: Iterable[PastCommit], paths: Iterable[str]) -> Mapping[tuple[str, str], str]:
        """The blob at each path of each commit."""
        wanted = tuple(paths)
        return {
            (one.oid, path): _blob(files[path])
            for one in commits
            for files in (self.remote.commits[one.oid].files,)
            for path in wanted
            if path in files
        }

    def changed(self, pairs: Iterable[tuple[PastCommit, PastCommit]]) -> list[tuple[str, ...]]:
        """For each pair the files of the second that the first has not got as they are."""
        sides = [(self.remote.commits[old.oid].files, self.remote.commits[new.oid].files) for old, new in pairs]
        return [tuple(sorted(path for path in new if old.get(path) != new[path])) for old, new in sides]

    def read(self, oids: Iterable[str], limit: int) -> Iterator[tuple[str, bytes]]:
        """Blobs, of each the first `limit` bytes."""
        return MirrorModel(self.remote).read(dict.fromkeys(oids), limit)


def chain_of(remote: Remote, last: int = 1000) -> list[Commit]:
    """The last commits of a real repository's main branch, oldest first, with everything in them."""
    found = []
    form = "--format=%H%x00%P%x00%an%x00%B%x01"
    log = git("log", "--reverse", "--first-parent", f"--max-count={last}", form, "main", cwd=remote.path)
    for record in log.split("\x01")[:-1]:
        oid, parents, author, message = record.lstrip("\n").split("\0")
        listing = git("ls-tree", "-r", "--format=%(objectname) %(path)", oid, cwd=remote.path).splitlines()
        named = [line.partition(" ") for line in listing]
        files = {path: raw("cat-file", "blob", blob, cwd=remote.path) for blob, _, path in named}
        found.append(Commit(oid, parents or None, author, message, files))
    return found


def _blob(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _entries(commit: Commit) -> tuple[TreeEntry, ...]:
    return tuple(TreeEntry(path, "100644", _blob(data)) for path, data in sorted(commit.files.items()))


def _past(commit: Commit) -> PastCommit:
    telling = "\n".join(line for line in commit.message.split("\n") if "agwright" in line or "evert" in line)
    parents, day = (commit.parent,) if commit.parent else (), datetime.now(UTC).date().isoformat()
    return PastCommit(commit.oid, parents, commit.oid[::-1], day, commit.author, telling)
