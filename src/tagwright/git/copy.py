"""A bare, shallow copy of a remote: commits are brought here, and read.

It may be broken by a kill or a full disk. Nothing in it is of value: the first local command that fails throws it
away, fetches again and goes on.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from tagwright.errors import GitError
from tagwright.git.access import Login
from tagwright.git.address import Remote
from tagwright.git.blobs import blobs, commit_objects
from tagwright.git.commands import Commands
from tagwright.git.errors import broken, translate
from tagwright.git.refs import Refs
from tagwright.git.text import changed_entries, commit_object, log_entries, moment, tree_entries, tree_links
from tagwright.model import Changed, Head, TreeEntry

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head")


class Copy(Refs):
    """The refs of a remote, and a copy of what was fetched of it, in `git`'s repository inside `folder`."""

    def __init__(self, remote_at: Remote, git: Commands, login: Login | None, folder: Path) -> None:
        super().__init__(remote_at, git, login)
        self._folder = folder
        self._heads: dict[str, Head] = {}
        self._fresh = False

    @property
    def _repository(self) -> Path:
        return self._git.repository

    def fetch(self, head: Head) -> None:
        """Bring `head.commit` here, one commit deep, unless it is here already.

        Raises BranchMoved when the remote no longer has it.
        """
        self._heads[head.branch] = head
        if self._known(head):
            return
        try:
            self._fetch(head, depth=1)
        except GitError as error:
            ours = error.code == GitError.code or str(self._folder) in error.message
            if self._fresh or not ours:
                raise
            self._rebuild()

    def fetch_all(self, heads: Iterable[Head]) -> None:
        """Bring several commits here, each with its parents. One git process. Raises as `fetch` does."""
        heads = tuple(heads)
        self._heads |= {head.branch: head for head in heads}
        if heads:
            self._fetch(*heads, depth=2)

    def _fetch(self, *heads: Head, depth: int) -> None:
        self._initialise(heads[0].commit)
        refspecs = "".join(f"+{head.commit}:{_seen(head.branch)}\n" for head in heads).encode("ascii")
        arguments = (*_FETCH, f"--depth={depth}", "--stdin", "--", self.remote_at.url)  # a remote may have any number
        status, _, err = self._git.run(*arguments, stdin=refspecs)
        if status:
            raise translate(err, self.remote_at, self._login)

    def _known(self, head: Head) -> bool:
        try:
            return (self._repository / _seen(head.branch)).read_text("ascii").strip() == head.commit
        except (OSError, UnicodeDecodeError):
            return False

    def files(self, commit: str) -> tuple[TreeEntry, ...]:
        """Every file of a fetched commit, in git's order."""
        return tuple(tree_entries(self._local("ls-tree", "-r", "-z", "--full-tree", commit)))

    def links(self, commit: str) -> tuple[str, ...]:
        """The paths of symbolic links and submodules, which are no files."""
        return tuple(tree_links(self._local("ls-tree", "-r", "-z", "--full-tree", commit)))

    def changed(self, old: str, new: str) -> Changed:
        """The files that differ between two fetched commits."""
        return changed_entries(self._local("diff-tree", "-r", "-z", "--no-renames", old, new))

    def read(self, oids: Iterable[str], limit: int = sys.maxsize) -> Iterator[tuple[str, bytes]]:
        """Blobs in the order asked, one at a time, of each the first `limit` bytes. One git process."""
        wanted = list(oids)
        done = 0
        try:
            for pair in blobs(self._git, wanted, limit):
                done += 1
                yield pair
        except GitError:
            self._rebuild()
            yield from blobs(self._git, wanted[done:], limit)

    def message(self, commit: str) -> str:
        """The message of a fetched commit."""
        return next(self.log(commit, 1))[1]

    def messages(self, commits: Iterable[str]) -> dict[str, str]:
        """The message of each of these fetched commits. One git process."""
        wanted = sorted(set(commits))
        return {oid: commit_object(raw).message for oid, raw in commit_objects(self._git, wanted)}

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit that was fetched by `fetch_all`."""
        said = self._local("log", "-1", "--format=%P", "--end-of-options", commit)
        return tuple(said.decode("ascii").split())

    def committer(self, commit: str) -> tuple[str, str]:
        """Who made a fetched commit: name and e-mail."""
        return self._person(commit, "%cn%x00%ce")

    def author(self, commit: str) -> tuple[str, str]:
        """Whose a fetched commit is: name and e-mail."""
        return self._person(commit, "%an%x00%ae")

    def _person(self, commit: str, form: str) -> tuple[str, str]:
        said = self._local("log", "-1", f"--format={form}", "--end-of-options", commit)
        name, _, mail = said.decode("utf-8", "replace").rstrip("\n").partition("\0")
        return name, mail

    def date(self, commit: str) -> datetime:
        """When a fetched commit was made, by its committer's clock, in UTC; `moment` says of what cannot be."""
        seconds = self._local("log", "-1", "--format=%ct", "--end-of-options", commit)
        return datetime.fromtimestamp(moment(seconds.decode("ascii")), UTC)

    def log(self, commit: str, limit: int) -> Iterator[tuple[str, str]]:
        """Commits from a fetched one backwards, at most `limit`, as (oid, message).

        The mirror is deepened as the caller reads on, and never deeper than `limit`.
        """
        told, depth = 0, 1
        while True:
            entries = self._log(commit, limit)
            yield from entries[told:]
            told, cut = len(entries), self._shallow()
            if told >= limit or depth >= limit or not any(oid in cut for oid, _ in entries):
                return
            depth = min(limit, max(16, 4 * told))
            known = (head for head in self._heads.values() if head.commit == commit)
            self._fetch(next(known, Head(commit, commit)), depth=depth)

    def _log(self, commit: str, limit: int) -> list[tuple[str, str]]:
        count = f"--max-count={limit}"
        return log_entries(self._local("log", "-z", "--format=%H%n%B", count, "--end-of-options", commit))

    def _shallow(self) -> frozenset[str]:
        try:
            return frozenset((self._repository / "shallow").read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    # ── the copy itself ──────────────────────────────────────────────────────

    def _remember(self, branch: str, commit: str) -> None:
        """After our own push the mirror is as new as the remote: spare the next pass a fetch."""
        self._heads[branch] = Head(branch, commit)
        ref = self._repository / _seen(branch)
        with suppress(OSError):
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(commit + "\n", "ascii")

    def _forget(self, branch: str) -> None:
        """After we deleted a branch there is nothing of it to fetch again."""
        self._heads.pop(branch, None)
        with suppress(OSError):
            (self._repository / _seen(branch)).unlink()

    def _initialise(self, commit: str) -> None:
        if (self._repository / "HEAD").is_file():
            return
        self._fresh = True
        form = "sha256" if len(commit) == 64 else "sha1"
        status, _, err = self._git.run(
            "init", "--quiet", "--bare", "--template=", "--initial-branch=none", f"--object-format={form}"
        )
        if status:
            raise broken(err, self.remote_at)

    def _rebuild(self) -> None:
        """Throw the repository away, and fetch what this pass had fetched."""
        shutil.rmtree(self._repository, ignore_errors=True)
        for head in tuple(self._heads.values()):
            self._fetch(head, depth=1)

    def _local(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """A command on the mirror alone. Fails once: rebuilt and tried again. Fails twice: GitError."""
        status, out, err = self._git.run(*arguments, stdin=stdin)
        if status:
            self._rebuild()
            status, out, err = self._git.run(*arguments, stdin=stdin)
        if status:
            raise broken(err, self.remote_at)
        return out


def _seen(branch: str) -> str:
    """Where the mirror notes the commit of a remote branch. Flat, so that `a` and `a/b` never collide."""
    return "refs/seen/" + hashlib.sha256(branch.encode()).hexdigest()[:20]
