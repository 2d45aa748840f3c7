"""The commits of a branch without their files, and the files of single commits when they are asked for.

A mirror is one commit deep, and stays so. What was said and done before is fetched into a second bare repository
beside it: a partial clone that takes commits alone (`--filter=tree:0`) and grows by what is new. Trees and blobs of
the few commits that matter are fetched later, many in one request. A server that knows no filter sends everything:
the answers are the same, at a higher price.

git must not fetch what is missing on its own account: against a remote that has not got it either, such a fetch
begins another, without end. `GIT_NO_LAZY_FETCH` forbids it, in every git since May 2024 (2.39.4, 2.45.1 and their
like); an older git gets whole clones.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO, cast

from tagwright.errors import GitError
from tagwright.git.access import Login
from tagwright.git.address import Remote
from tagwright.git.blobs import blobs
from tagwright.git.commands import Commands
from tagwright.git.errors import broken, translate
from tagwright.git.text import PastCommit, past_commits, tree_listings
from tagwright.model import Head, TreeEntry

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head", "--update-shallow")
_NO_FILTER = "filtering not recognized"
_PARTIAL = "partialclonefilter = tree:0\n"
_NO_LAZY_FETCH = {39: 4, 40: 2, 41: 1, 42: 2, 43: 4}  # release notes of Git 2.39.4
NO_FILES = {  # the empty tree, by the length of an id
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_CHUNK = 1 << 16  # bytes
_MOST_SAID = 64 << 20  # characters
_ORIGIN = '[remote "origin"]'
_EXTENSION = "[extensions]\n\tpartialclone = origin\n"


@dataclass(slots=True)
class History:
    """What the remote remembers. Every method raises GitError or one of its children."""

    git: Commands
    remote: Remote
    login: Login | None
    _trees: set[str] = field(default_factory=set)
    _blobs: set[str] = field(default_factory=set)

    def commits(self, head: Head) -> tuple[PastCommit, ...]:
        """`head.commit` and everything before it, no commit before one that follows it.

        What is not here yet is fetched; a copy that is broken is thrown away, and fetched anew. Raises BranchMoved
        when the remote no longer has the commit.
        """
        try:
            return self._commits(head)
        except GitError as error:
            ours = error.code == GitError.code or str(self.git.repository) in error.message
            if not ours or not self.git.repository.exists():
                raise
        shutil.rmtree(self.git.repository, ignore_errors=True)
        return self._commits(head)

    def _commits(self, head: Head) -> tuple[PastCommit, ...]:
        self.bring(head)
        return tuple(self._log(head.commit))

    def bring(self, head: Head) -> None:
        """Fetch the commits of a branch up to this head, without their files, unless they are here already."""
        ref = "refs/seen/" + hashlib.sha256(head.branch.encode()).hexdigest()[:20]
        try:
            known = (self.git.repository / ref).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            known = ""
        if known != head.commit:
            self._initialise(head.commit)
            self._fetch(*(["--filter=tree:0"] if self._is_partial() else []), f"+{head.commit}:{ref}")

    def _log(self, commit: str) -> Iterator[PastCommit]:
        form, said = "--format=%H%n%P%n%T%n%cs%n%an%n%B", 0
        arguments = ("log", "-z", "--topo-order", form, "--end-of-options", commit)
        with self.git.process(*arguments, stdin=subprocess.DEVNULL) as process:
            output = cast(IO[bytes], process.stdout)
            for one in past_commits(iter(partial(output.read, _CHUNK), b"")):
                said += len(one.message)
                if said > _MOST_SAID:
                    raise GitError(
                        f"the commits of {self.remote.url} say more than {_MOST_SAID >> 20} MiB about us and reverts",
                        hint="somebody wrote that by hand; begin a new history without it",
                        code="history-too-long",
                    )
                yield one
            _, err = process.communicate()
        if process.returncode:
            raise broken(err.decode("utf-8", "replace"), self.remote)

    def cut(self) -> frozenset[str]:
        """The commits whose parents the remote itself has not got."""
        try:
            return frozenset((self.git.repository / "shallow").read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    def files(self, commits: Iterable[PastCommit], paths: Iterable[str]) -> Mapping[tuple[str, str], str]:
        """The blob at each path of each commit, by (commit, path); what is no file there is left out."""
        commits, paths = tuple(commits), tuple(paths)
        if not commits or not paths:
            return {}
        nothing = NO_FILES[len(commits[0].tree)]
        found = self.compared(((nothing, commit.tree) for commit in commits), *paths)
        return {
            (commit.oid, entry.path): entry.oid
            for commit, entries in zip(commits, found, strict=True)
            for entry in entries
        }

    def changed(self, pairs: Iterable[tuple[PastCommit, PastCommit]]) -> list[tuple[str, ...]]:
        """For each pair of commits the files of the second that the first has not got as they are."""
        found = self.compared((old.tree, new.tree) for old, new in pairs)
        return [tuple(entry.path for entry in entries) for entries in found]

    def compared(self, pairs: Iterable[tuple[str, str]], *paths: str) -> list[tuple[TreeEntry, ...]]:
        """What the second tree of each pair has and the first has not, at these paths or at any."""
        pairs = tuple(pairs)
        self._bring(self._trees, (tree for pair in pairs for tree in pair if tree not in NO_FILES.values()))
        stdin = "".join(f"{old} {new}\n" for old, new in pairs).encode("ascii")
        options = ("diff-tree", "--stdin", "-r", "-z", "--no-renames")
        return tree_listings(self._local("--literal-pathspecs", *options, "--", *paths, stdin=stdin))

    def read(self, oids: Iterable[str], limit: int) -> Iterator[tuple[str, bytes]]:
        """Blobs, of each the first `limit` bytes."""
        wanted = list(dict.fromkeys(oids))
        self._bring(self._blobs, wanted)
        return blobs(self.git, wanted, limit)

    def _bring(self, here: set[str], oids: Iterable[str]) -> None:
        """Fetch trees (whole) or blobs that a partial clone has not got, all by one request."""
        missing = sorted({*oids} - here)
        if missing and self._is_partial():
            self._fetch("--filter=blob:none", "--stdin", stdin="".join(f"{oid}\n" for oid in missing))
        here.update(missing)

    def _local(self, *arguments: str, stdin: bytes = b"") -> bytes:
        status, out, err = self.git.run(*arguments, stdin=stdin)
        if status:
            raise broken(err, self.remote)
        return out

    def _fetch(self, *arguments: str, stdin: str = "") -> None:
        options = [one for one in arguments if one.startswith("--")]
        refspecs = [one for one in arguments if not one.startswith("--")]
        alone = ("-c", "fetch.negotiationAlgorithm=noop") if stdin else ()
        status, _, err = self.git.run(*alone, *_FETCH, *options, "origin", *refspecs, stdin=stdin.encode("ascii"))
        if status:
            raise translate(err, self.remote, self.login)
        if _NO_FILTER in err:
            self._configure(partial=False)

    def _is_safe(self) -> bool:
        """Whether this git can be kept from fetching on its own account."""
        found = re.search(rb"(\d+)\.(\d+)\.?(\d*)", self._local("version"))
        major, minor, patch = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
        return (major, minor) > (2, 43) or (major == 2 and patch >= _NO_LAZY_FETCH.get(minor, 1000))

    def _is_partial(self) -> bool:
        return _PARTIAL in (self.git.repository / "config").read_text("utf-8")

    def _initialise(self, commit: str) -> None:
        if self._is_whole():
            return
        shutil.rmtree(self.git.repository, ignore_errors=True)
        form = "sha256" if len(commit) == 64 else "sha1"
        self._local("init", "--quiet", "--bare", "--template=", "--initial-branch=none", f"--object-format={form}")
        self._configure(partial=self._is_safe())

    def _is_whole(self) -> bool:
        """Whether it was made to the end: what names the remote is written last."""
        try:
            return _ORIGIN in (self.git.repository / "config").read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return False

    def _configure(self, partial: bool) -> None:
        """Name the remote. Where the clone is partial, git takes objects that are not here for promised, not lost."""
        config = self.git.repository / "config"
        address = self.remote.url.replace("\\", "\\\\").replace('"', '\\"')
        kept = config.read_text("utf-8").partition(_ORIGIN)[0].replace(_EXTENSION, "")
        promise = f"\tpromisor = true\n\t{_PARTIAL}{_EXTENSION}" if partial else ""
        whole = config.with_name("config.new")
        whole.write_text(f'{kept}{_ORIGIN}\n\turl = "{address}"\n{promise}', "utf-8")
        whole.replace(config)
