"""20,000 files that hold 2,000 references, and one file that holds 400, against plain git reading the same blobs.

Ours is a survey of a head whose objects are at hand: list the tree, read every blob, find every reference; cold with
nothing remembered, warm with what the last survey kept. The peer is one `git cat-file --batch` of the same blobs, read
to the end. Wall time, in turn. Memory is that of a whole `scan` process. Run with `python -m tests.bench.blobs`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tagwright.cache import Cache
from tagwright.git.mirror import Mirror, open_mirror
from tagwright.model import GitAccess, Target
from tagwright.survey import Survey, survey
from tests.bench.estate import content_of
from tests.bench.scan import by_us, timed
from tests.bench.trees import path_of, seeded
from tests.support.git_server import Remote, git

RUNS, FILES, REFERENCES, IN_ONE = 5, 20_000, 2_000, 400
COLD_LIMIT, WARM_LIMIT, MEMORY_LIMIT = 5.0, 2.0, 200
_CONTAINER = "        - {{name: app-{n}, image: ghcr.io/acme/app-{n}:1.{n}.0}} # keep\n"


def crowded(number: int) -> bytes:
    """One Deployment of 400 containers."""
    containers = "".join(_CONTAINER.format(n=n) for n in range(IN_ONE))
    head = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app-{number}}}\nspec:\n  template:\n    spec:\n"
    return (head + "      containers:\n" + containers).encode()


@contextmanager
def fetched(remote: Remote, folder: Path) -> Iterator[Mirror]:
    """A mirror that holds the remote's head."""
    with open_mirror(f"file://{remote.path}", GitAccess(), folder, dict(os.environ)) as mirror:
        mirror.fetch(mirror.head())
        yield mirror


def by_git(remote: Remote) -> Callable[[], object]:
    """The peer."""
    listed = git("ls-tree", "-r", "--format=%(objectname)", "main", cwd=remote.path)
    command = ["git", "cat-file", "--batch", "--buffer"]
    return lambda: subprocess.run(
        command, cwd=remote.path, input=listed.encode() + b"\n", stdout=subprocess.PIPE, check=True
    )


def measure(remote: Remote, folder: Path, references: int) -> tuple[float, float, float]:
    """Seconds of the peer, a cold and a warm survey."""
    peer, kept, times = by_git(remote), Cache(folder / "kept"), []
    with fetched(remote, folder / "mirror") as mirror:
        head = mirror.head()

        def look(cache: Cache) -> Survey:
            return survey(mirror, head, Target(""), cache, "bench")

        assert len(look(kept).scanned.references) == references
        for _ in range(RUNS):
            times.append((timed(peer), timed(lambda: look(Cache(None))), timed(lambda: look(kept))))
    plain, cold, warm = (median(column) for column in zip(*times, strict=True))
    return plain, cold, warm


def main() -> int:
    """Print the figures; 1 when one is beyond its limit."""
    within = True
    with tempfile.TemporaryDirectory() as name:
        many = seeded(Path(name), FILES, lambda number: content_of(number, FILES, "ghcr.io"))
        one = seeded(Path(name), 1, crowded)
        for said, remote, references in ((f"{FILES:,} files", many, REFERENCES), (path_of(0), one, IN_ONE)):
            plain, cold, warm = measure(remote, Path(name) / f"{references}", references)
            memory = by_us(remote) / 1024
            print(
                f"blobs       {said}, {references:,} references: git {plain * 1e3:.0f} ms; cold {cold * 1e3:.0f} ms, "
                f"{cold / plain:.1f}x (at most {COLD_LIMIT:.0f}x); warm {warm * 1e3:.0f} ms, {warm / plain:.1f}x "
                f"(at most {WARM_LIMIT:.0f}x); memory {memory:.0f} MiB (limit {MEMORY_LIMIT} MB)"
            )
            within &= cold <= COLD_LIMIT * plain and warm <= WARM_LIMIT * plain
            within &= memory * 1.048576 <= MEMORY_LIMIT
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
