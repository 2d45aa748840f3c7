"""A cold `scan --repo` of 10,000 files against plain git fetching and reading them, and its memory at 50,000.

The peer fetches one commit deep into an empty bare repository, lists the tree, and reads every blob with
`cat-file --batch` to the end. Both are whole processes. Run with `python -m tests.bench.scan`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.estate import content_of
from tests.bench.trees import seeded
from tests.support.git_server import Remote, git

RUNS, FILES, MANY = 5, 10_000, 50_000
LIMIT, MEMORY_LIMIT = 3.0, 200


def by_us(remote: Remote) -> int:
    """A whole cold process; its greatest memory in KiB."""
    command = [sys.executable, "-m", "tagwright", "scan", "--repo", f"file://{remote.path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss


def by_git(remote: Remote) -> None:
    """The peer: fetch, list and read, in three processes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        git("init", "--quiet", "--bare", ".", cwd=folder)
        git("fetch", "--quiet", "--depth=1", f"file://{remote.path}", "main", cwd=folder)
        listed = git("ls-tree", "-r", "--format=%(objectname)", "FETCH_HEAD", cwd=folder)
        subprocess.run(
            ["git", "cat-file", "--batch", "--buffer"],
            cwd=folder, input=listed.encode() + b"\n", stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    """Wall seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> int:
    """Print the figures; 1 when one is beyond its limit."""
    ours, peer = [], []
    with tempfile.TemporaryDirectory() as name:
        some, many = (seeded(Path(name), n, lambda k, n=n: content_of(k, n, "ghcr.io")) for n in (FILES, MANY))  # type: ignore[misc]
        for _ in range(RUNS):
            peer.append(timed(lambda: by_git(some)))
            ours.append(timed(lambda: by_us(some)))
        memory = by_us(many) / 1024
    own, plain = statistics.median(ours), statistics.median(peer)
    print(
        f"cold scan   {FILES:,} files {own * 1e3:.0f} ms, plain git {plain * 1e3:.0f} ms: {own / plain:.2f}x "
        f"(at most {LIMIT}x)"
    )
    print(f"memory      cold scan of {MANY:,} files: {memory:.0f} MiB at most (limit {MEMORY_LIMIT} MB)")
    return 0 if own <= LIMIT * plain and memory * 1.048576 <= MEMORY_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
