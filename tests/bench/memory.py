"""B12, memory from Git: what the look into history adds to `set`, over file and HTTP, with and without filter.

A history of N commits, one in fifty of them ours. `set` asks it what people took back; with `--override-hold` it does
not ask, and the difference is what the memory costs. In turn, whole processes, medians; "warm" has a cache folder of
a run before, and a head that a person has moved since. Bytes are those of the commits that were fetched. Python's
peak is told by itself: what `wait4` tells begins with the size of whoever started it.

Limits: what is added when cold is within twice plain git doing the same (a clone without trees, and a log); peak memory
within 40 MB of a `set` that asks nothing, for 5,000 commits. Run with
`python -m tests.bench.memory [COMMITS]`.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

from tests.support.git_http import GitHttp
from tests.support.git_server import CLEAN, Remote, git

ROUNDS = 5
EVERY = 50
FILE, IMAGE = "apps/api.yaml", "ghcr.io/acme/api"


def seeded(folder: Path, count: int) -> Remote:
    """A repository whose branch has `count` commits; ours moved the image, the others a file of notes."""
    remote = Remote(folder / "estate.git")
    stream = []
    for number in range(count):
        ours = number % EVERY == 0
        version = number // EVERY
        update = f"Update api to 1.{version}.0\n\nTagwright-Image: {IMAGE} 1.{version - 1}.0 -> 1.{version}.0\n"
        message = update if ours else f"Note number {number}\n\n{'Why it was done, at some length. ' * 8}\n"
        path, text = (FILE, f"image: {IMAGE}:1.{version}.0\n") if ours else (f"notes/{number % 97}.md", f"{number}\n")
        stream.append(
            f"commit refs/heads/main\ncommitter A Person <a@example.test> {1_700_000_000 + number * 600} +0000\n"
            f"data {len(message)}\n{message}\nM 100644 inline {path}\ndata {len(text)}\n{text}\n"
        )
    git("fast-import", "--quiet", cwd=remote.path, stdin="".join(stream).encode())
    git("repack", "-adq", "--write-bitmap-index", cwd=remote.path)
    return remote


@dataclass(slots=True)
class Taken:
    """Wall time in seconds and peak memory in MB of a command's runs; bytes of history it left in its cache."""

    walls: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    fetched: int = 0

    @property
    def wall(self) -> float:
        return statistics.median(self.walls)

    @property
    def peak(self) -> float:
        return statistics.median(self.peaks or [0.0])

    def __str__(self) -> str:
        peak = f", peak {self.peak:.0f} MB" if self.peaks else ""
        size = f", {self.fetched / 1024:,.0f} KB fetched" if self.fetched else ""
        return f"{self.wall * 1000:7.0f} ms{peak}{size}"


def run(taken: Taken, command: list[str], cwd: Path) -> None:
    """One whole process."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **CLEAN}, capture_output=True, text=True)
    taken.walls.append(time.perf_counter() - begun)
    assert done.returncode == 0, done.stderr
    if peak := re.search(r"VmHWM:\s+(\d+) kB", done.stderr):
        taken.peaks.append(int(peak[1]) / 1024)


def measure(url: str, remote: Remote, folder: Path) -> dict[str, Taken]:
    """Each way in turn; the head moves on before a warm run, as it does between two of CI."""
    version = [1000]
    taken = {name: Taken() for name in ("git alone", "without", "cold", "warm")}
    kept, scratch = folder / "kept", folder / "scratch"

    def setting(*flags: str) -> list[str]:
        version[0] += 1
        image = f"{IMAGE}:1.{version[0]}.0"
        return [sys.executable, "-c", _SAYS, "set", image, "--dry-run", "--repo", url, *flags]

    run(Taken(), setting("--cache", str(kept)), folder)
    for number in range(ROUNDS):
        run(taken["git alone"], ["sh", "-c", _PLAIN, "sh", url, str(scratch)], folder)
        run(taken["without"], setting("--override-hold"), folder)
        run(taken["cold"], setting(), folder)
        remote.commit({"notes/0.md": f"{number}\n"}, "One more note")
        run(taken["warm"], setting("--cache", str(kept)), folder)
        rmtree(scratch)
    taken["cold"].fetched = sum(one.stat().st_size for one in kept.rglob("history/objects/pack/*.pack"))
    rmtree(kept)
    return taken


_SAYS = """import sys; from tagwright.cli import main; code = main(sys.argv[1:])
print(open("/proc/self/status").read(), file=sys.stderr); sys.exit(code)"""
_PLAIN = """set -e
git clone --quiet --bare --no-tags --single-branch --filter=tree:0 "$1" "$2"; cd "$2"
git log -z --topo-order --format='%H%n%P%n%T%n%cs%n%an%n%B' >/dev/null
"""


def main(count: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    fine = True
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        remote = seeded(folder, count)
        server = stack.enter_context(GitHttp(folder))
        ways = {"file": remote.path.as_uri(), "http": server.url("estate.git")}
        for filters in ("true", "false"):
            git("config", "uploadpack.allowFilter", filters, cwd=remote.path)
            git("config", "uploadpack.allowAnySHA1InWant", filters, cwd=remote.path)
            for way, url in ways.items():
                taken = measure(url, remote, folder)
                where = f"memory    {count:,} commits, {way}, {'with' if filters == 'true' else 'no'} filter"
                for one, figures in taken.items():
                    print(f"{where}: {one:9} {figures}")
                added = taken["cold"].wall - taken["without"].wall
                ratio, more = added / taken["git alone"].wall, taken["cold"].peak - taken["without"].peak
                print(f"{where}: adds {added * 1000:.0f} ms = {ratio:.2f}x git alone (at most 2x), {more:.0f} MB more")
                fine = fine and ratio <= 2 and more <= 40
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 5_000))
