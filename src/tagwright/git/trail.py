"""A branch's commits as they come, newest first, without keeping them: from a remote, or from a clone on this machine.

A clone is read where it is, and nothing in it is obeyed: no hook, no program its configuration names, no fetch of
what it has not got.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, cast

from tagwright.errors import NotARepository
from tagwright.git.access import environment, write_home
from tagwright.git.address import Remote, parse_remote
from tagwright.git.blobs import commit_objects
from tagwright.git.commands import Commands
from tagwright.git.errors import broken
from tagwright.git.history import NO_FILES
from tagwright.git.mirror import Mirror
from tagwright.git.text import CommitObject, Said, commit_object, said, tree_listings
from tagwright.model import GitAccess

_CHUNK = 1 << 16  # bytes
_FORM = "--format=%H%n%P%n%T%n%ct%n%an%n%ae%n%B"
_TIMEOUT = 300.0  # seconds
_DEAF = (  # else git starts what a clone names here, and writes as it says
    *("-c", "log.showSignature=false", "-c", "core.fsmonitor=false"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
)

Pairs = Sequence[tuple[str, str]]
"""Trees, old and new."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The commits of `branch`, which is at `commit`; `cut` are those whose parents are not here.

    `compare` tells for pairs of trees which files of the second the first has not got as they are, None where it
    cannot.
    """

    git: Commands
    remote: Remote
    branch: str
    commit: str
    cut: frozenset[str]
    compare: Callable[[Pairs], list[tuple[str, ...] | None]]

    def said(self) -> Iterator[Said]:
        """Every commit, newest first. Raises GitError."""
        arguments = (*_DEAF, "log", "-z", _FORM, "--end-of-options", self.commit)
        with self.git.process(*arguments, stdin=subprocess.DEVNULL) as process:
            output = cast(IO[bytes], process.stdout)
            yield from said(iter(partial(output.read, _CHUNK), b""))
            _, err = process.communicate()
        if process.returncode:
            raise broken(err.decode("utf-8", "replace"), self.remote)

    def objects(self, oids: Iterable[str]) -> dict[str, CommitObject]:
        """Those of these commits that are here."""
        wanted = sorted({oid for oid in oids if oid})
        found = commit_objects(self.git, wanted) if wanted else ()
        return {oid: commit_object(raw) for oid, raw in found}

    def files(self, commits: Sequence[Said], known: Mapping[str, CommitObject]) -> list[tuple[str, ...] | None]:
        """The paths each commit changed against its first parent; None where this clone cannot tell."""
        trees = [self._before(one, known) for one in commits]
        told = iter(self.compare([(old, one.tree) for old, one in zip(trees, commits, strict=True) if old]))
        return [next(told) if old else None for old in trees]

    def _before(self, one: Said, known: Mapping[str, CommitObject]) -> str:
        if not one.parents:
            return "" if one.oid in self.cut else NO_FILES[len(one.tree)]
        return known[one.parents[0]].tree if one.parents[0] in known else ""


def of_mirror(mirror: Mirror, branch: str) -> Trail:
    """The trail of a remote's branch, or of its HEAD. Raises GitError."""
    head = mirror.head(branch)
    history = mirror.history
    history.bring(head)

    def compare(pairs: Pairs) -> list[tuple[str, ...] | None]:
        return [tuple(entry.path for entry in entries) for entries in history.compared(pairs)] if pairs else []

    return Trail(history.git, history.remote, head.branch, head.commit, history.cut(), compare)


@contextmanager
def of_clone(folder: Path, environ: Mapping[str, str]) -> Iterator[Trail]:
    """The trail of what is checked out in a folder or above it, or of a bare repository's HEAD.

    Raises NotARepository where the folder belongs to none, or to one without a commit.
    """
    found = _repository(folder)
    remote = parse_remote(str(found))
    with tempfile.TemporaryDirectory(prefix="tagwright-git-") as home:
        write_home(Path(home))
        alone = {**environment(remote, GitAccess(), None, Path(home), environ), "GIT_NO_LAZY_FETCH": "1"}
        here = Commands(found, alone, _TIMEOUT)
        asked = ("rev-parse", "--path-format=absolute", "--git-common-dir", "--verify", "HEAD^{commit}")
        status, out, _ = here.run(*asked)
        if status:
            raise NotARepository(f"{folder} has no commit", hint="give a clone with a branch checked out")
        common, commit = os.fsdecode(out).split("\n")[:2]
        _, name, _ = here.run("symbolic-ref", "--quiet", "--short", "HEAD")
        git = Commands(Path(common), alone, _TIMEOUT)
        branch = name.decode("utf-8", "replace").strip()
        yield Trail(git, remote, branch, commit, _shallow(Path(common)), partial(_compared, git))


def _repository(folder: Path) -> Path:
    for place in (folder.absolute(), *folder.absolute().parents):
        if (place / ".git").exists():
            return place / ".git"
        if (place / "HEAD").is_file() and (place / "objects").is_dir():
            return place
    raise NotARepository(f"{folder} is no clone of a Git repository", hint="give --repo URL, or the path of a clone")


def _shallow(repository: Path) -> frozenset[str]:
    try:
        return frozenset((repository / "shallow").read_text("ascii").split())
    except (OSError, UnicodeDecodeError):
        return frozenset()


def _compared(git: Commands, pairs: Pairs) -> list[tuple[str, ...] | None]:
    stdin = "".join(f"{old} {new}\n" for old, new in pairs).encode("ascii")
    status, out, _ = git.run(*_DEAF, "diff-tree", "--stdin", "-r", "-z", "--no-renames", stdin=stdin)
    if status:
        return [None for _ in pairs]
    return [tuple(entry.path for entry in entries) for entries in tree_listings(out)]
