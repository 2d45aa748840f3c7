"""B5: a commit of k files in a repository of 50,000, against a temporary index; and the same by N files, B4's Git side.

Both sides work in bare repositories, start plain git, and take turns in the same run. The peer writes all its blobs
with one `hash-object`, the fastest way to use an index. Run with `python -m tests.bench.commit [FILES]`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tagwright.git.mirror import Mirror, open_mirror
from tagwright.model import GitAccess, Head
from tests.bench.trees import content_of, path_of, seeded
from tests.support.git_server import Remote, git

RUNS = 7
LIMITS = {1: 10.0, 5: 10.0, 100: 2.5}
BOT = ("bot", "bot@example.test")
_GROWTH_LIMIT, _CLONE_LIMIT = 2.0, 10.0


def by_mirror(mirror: Mirror, head: Head, changes: dict[str, bytes]) -> str:
    """Our way: one fast-import."""
    return mirror.commit(head.commit, {path: ("100644", data) for path, data in changes.items()}, "Update", BOT)


def by_index(repository: Path, head: Head, changes: dict[str, bytes], scratch: Path) -> str:
    """The peer's way: read-tree, hash-object, update-index, write-tree, commit-tree."""
    names = []
    for number, data in enumerate(changes.values()):
        (scratch / str(number)).write_bytes(data)
        names.append(str(scratch / str(number)))
    (scratch / "index").unlink(missing_ok=True)
    index = ("-c", "core.bare=true", f"--git-dir={repository}")
    environ = {"GIT_INDEX_FILE": str(scratch / "index")}
    git(*index, "read-tree", head.commit, cwd=scratch, environ=environ)
    oids = git(*index, "hash-object", "-w", "--stdin-paths", cwd=scratch, stdin="\n".join(names).encode())
    lines = "".join(f"100644 {oid}\t{path}\n" for oid, path in zip(oids.split(), changes, strict=True))
    git(*index, "update-index", "--index-info", cwd=scratch, stdin=lines.encode(), environ=environ)
    tree = git(*index, "write-tree", cwd=scratch, environ=environ)
    return git(*index, "commit-tree", tree, "-p", head.commit, "-m", "Update", cwd=scratch)


def measure_commits(remote: Remote, folder: Path, files: int) -> bool:
    """Print a line for each k; whether every ratio is inside its limit."""
    fine = True
    scratch = folder / "scratch"
    scratch.mkdir()
    with open_mirror(str(remote.path), GitAccess(), folder / "cache", os.environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        (repository,) = (folder / "cache").glob("git/*/repository")
        for count, limit in LIMITS.items():
            ours, peer = [], []
            for run in range(RUNS):
                step = files // count
                changes = {path_of(n * step): content_of(n * step, f"2.{count}.{run}") for n in range(count)}
                ours.append(_timed(lambda c=changes: by_mirror(mirror, head, c)))  # type: ignore[misc]
                peer.append(_timed(lambda c=changes: by_index(repository, head, c, scratch)))  # type: ignore[misc]
            ratio = statistics.median(peer) / statistics.median(ours)
            fine = fine and ratio >= limit
            print(f"B5 k={count:<4}{_both('commit', ours)}  {_both('index', peer)}  {ratio:5.1f}x (at least {limit}x)")
    return fine


def warm_cycle(remote: Remote, cache: Path, run: int) -> float:
    """Seconds from a moved head to five changed files pushed."""
    with open_mirror(str(remote.path), GitAccess(), cache, os.environ) as mirror:
        old = mirror.head()
        mirror.fetch(old)
    remote.commit({path_of(n): content_of(n, f"3.0.{run}") for n in (7, 8, 9)}, "A person's edit")

    def cycle() -> None:
        with open_mirror(str(remote.path), GitAccess(), cache, os.environ) as mirror:
            head = mirror.head()
            mirror.fetch(head)
            changed = mirror.changed(old.commit, head.commit).there
            assert len(list(mirror.read(entry.oid for entry in changed))) == 3
            commit = by_mirror(mirror, head, {path_of(n): content_of(n, f"4.0.{run}") for n in range(5)})
            mirror.push(commit, head.branch, expected=head.commit)

    return _timed(cycle)


def by_clone(remote: Remote, folder: Path, run: int) -> float:
    """The peer's way to the same push: a shallow clone with its work tree, commit, push."""
    work = folder / f"work-{run}"

    def cycle() -> None:
        git("clone", "--quiet", "--depth=1", f"file://{remote.path}", str(work), cwd=folder)
        for number in range(5):
            (work / path_of(number)).write_bytes(content_of(number, f"5.0.{run}"))
        git("commit", "--quiet", "--all", "--message=Update", cwd=work)
        git("push", "--quiet", "origin", "main", cwd=work)

    return _timed(cycle)


def measure_cycles(folder: Path, remote: Remote, files: int) -> bool:
    """Print the Git side of a warm cycle at 1,000 and at `files` files; whether both ratios are inside their limits."""
    small = seeded(folder, 1000)
    few, many, peer = [], [], []
    for run in range(RUNS):
        few.append(warm_cycle(small, folder / "cache-small", run))
        many.append(warm_cycle(remote, folder / "cache-large", run))
        if run < 2:
            peer.append(by_clone(remote, folder, run))
    growth = statistics.median(many) / statistics.median(few)
    gain = statistics.median(peer) / statistics.median(many)
    print(f"B4 (Git) {_both('1,000 files', few)}  {_both(f'{files:,} files', many)}  {growth:.2f}x (at most 2x)")
    print(f"B4 (Git) {_both('clone', peer)}  {gain:.1f}x (at least {_CLONE_LIMIT}x)")
    return growth <= _GROWTH_LIMIT and gain >= _CLONE_LIMIT


def _both(name: str, seconds: list[float]) -> str:
    return f"{name} {statistics.median(seconds) * 1000:.1f} ms (min {min(seconds) * 1000:.1f})"


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and say by the exit code whether the figures hold."""
    files = int(sys.argv[1]) if sys.argv[1:] else 50_000
    with tempfile.TemporaryDirectory(prefix="tagwright-bench-") as name:
        folder = Path(name)
        remote = seeded(folder, files)
        commits = measure_commits(remote, folder, files)
        cycles = measure_cycles(folder, remote, files)
    return 0 if commits and cycles else 1


if __name__ == "__main__":
    sys.exit(main())
