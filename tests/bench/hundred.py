"""100 updates of one repository in one push, as one commit and as a hundred, against plain git for the same.

Whole commands of ours in this process, in 10,000 files: `set` with a batch of 100 images (one commit), and `run`, which
also asks a registry for 500 images, with a commit for each image; each with nothing kept from before (cold), then with
the last pass's cache (warm). The peer is told which lines to change: it clones one commit deep, edits by `sed`, commits
and pushes. All take turns. Run with `python -m tests.bench.hundred [FILES]`.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from tagwright.cli import main as command
from tests.bench.cycle import timed
from tests.bench.estate import ONCE, Estate, Offering, estate, offering
from tests.bench.trees import path_of
from tests.support.git_server import git

RUNS, LIMIT = 3, 2.0


def by_set(one: Estate, registry: Offering, tag: str) -> None:
    """Told which images to make true."""
    batch = one.folder / "batch"
    batch.write_text(json.dumps([{"image": f"{registry.host}/acme/app-{n}:{tag}"} for n in range(ONCE)]))
    arguments = ["--repo", f"file://{one.remote.path}", "--cache", str(one.folder / "cache"), "--batch", str(batch)]
    with redirect_stdout(StringIO()) as said:
        assert command(["set", *arguments]) == 0, said.getvalue()


def by_run(one: Estate, registry: Offering, tag: str) -> None:
    """Having asked which images have something newer."""
    del registry, tag
    one.tagwright()


WAYS = {"set": (by_set, 1), "run": (by_run, ONCE)}
"""Our commands, and how many commits they make of a hundred updates."""


def ours(one: Estate, registry: Offering, name: str, tag: str, cold: bool) -> float:
    """Seconds until a new tag of every image that is mentioned once has been pushed."""
    deliver, commits = WAYS[name]
    registry.push(dict.fromkeys(range(ONCE), tag))
    if cold:
        shutil.rmtree(one.folder / "cache", ignore_errors=True)
    before = one.remote.tip()
    taken = timed(lambda: deliver(one, registry, tag))
    assert git("rev-list", "--count", f"{before}..main", cwd=one.remote.path) == str(commits)
    assert all(f":{tag}" in one.remote.show(path_of(number * 10)) for number in (0, ONCE - 1))
    return taken


def by_git(one: Estate, commits: int) -> float:
    """The peer: a clone, `sed`, as many commits, one push."""
    work = one.folder / "work"
    files = [path_of(number * 10) for number in range(ONCE)]
    each = ONCE // commits

    def push() -> None:
        git("clone", "--quiet", "--depth=1", f"file://{one.remote.path}", str(work), cwd=one.folder)
        for begin in range(0, ONCE, each):
            some = files[begin : begin + each]
            subprocess.run(["sed", "-i", r"s/\(app-[0-9]*\):[0-9.]*/\1:9.9.9/", *some], cwd=work, check=True)
            git("commit", "--quiet", "--message=Update", "--", *some, cwd=work)
        git("push", "--quiet", "origin", "HEAD:refs/heads/peer", cwd=work)

    taken = timed(push)
    assert git("rev-list", "--count", "main..peer", cwd=one.remote.path) == str(commits)
    git("update-ref", "-d", "refs/heads/peer", cwd=one.remote.path)
    shutil.rmtree(work)
    return taken


def measure(one: Estate, registry: Offering, name: str, files: int) -> bool:
    """Print a line; whether the ratios are inside their limit."""
    cold, warm, plain = [], [], []
    first = RUNS * [*WAYS].index(name) + 1
    for run in range(RUNS):
        plain.append(by_git(one, WAYS[name][1]))
        cold.append(ours(one, registry, name, f"1.{first + run}.1", cold=True))
        warm.append(ours(one, registry, name, f"1.{first + run}.2", cold=False))
    peer, *own = (statistics.median(times) for times in (plain, cold, warm))
    print(
        f"100 updates, {files:,} files, {name}, {WAYS[name][1]:3} commits in one push: plain git {peer:.2f} s, "
        f"cold {own[0]:.2f} s ({own[0] / peer:.2f}x), warm {own[1]:.2f} s ({own[1] / peer:.2f}x; at most {LIMIT}x)"
    )
    return max(own) / peer <= LIMIT


def main(files: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    with tempfile.TemporaryDirectory() as folder, offering() as registry:
        one = estate(Path(folder), files, registry.host)
        file = one.folder / "tagwright.yaml"
        file.write_text(file.read_text().replace("group: all", "group: image"))
        fine = [measure(one, registry, name, files) for name in WAYS]
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 10_000))
