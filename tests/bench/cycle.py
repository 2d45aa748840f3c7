"""B4: a warm cycle with 5 changes at 50,000 files, against the same at 1,000 and against plain git with a work tree.

The whole command in this process: look, ask the registry for 500 images, decide, edit, prove, commit, push. The peer
clones one commit deep, checks out, edits, commits and pushes; it is not even told which tags are new. Run with
`python -m tests.bench.cycle [FILES]`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from unittest.mock import patch

from tagwright import inquiry
from tagwright.errors import Problem
from tagwright.lookup import lookup as asked
from tagwright.model import TagList
from tagwright.registries import Registries
from tests.bench.estate import Estate, Offering, estate, offering
from tests.bench.trees import path_of
from tests.support.git_server import git

RUNS, PEERS, CHANGES = 5, 2, 5
GROWTH_LIMIT, CLONE_LIMIT = 2.0, 10.0


def cycle(one: Estate, registry: Offering, run: int) -> tuple[float, float]:
    """Seconds of a cycle after `CHANGES` images got a new tag, and how many of them were the registry's."""
    registry.push(dict.fromkeys(range(CHANGES), f"1.{run + 1}.0"))
    asking = 0.0

    def lookup(images: Iterable[str], registries: Registries) -> Mapping[str, TagList | Problem]:
        nonlocal asking
        begun = time.perf_counter()
        found = asked(images, registries)
        asking = time.perf_counter() - begun
        return found

    with patch.object(inquiry, "lookup", lookup):
        taken = timed(one.tagwright)
    assert f":1.{run + 1}.0" in one.remote.show(path_of(0))
    return taken, asking


def by_clone(one: Estate, run: int) -> float:
    """The peer: the same five lines, by a clone with its work tree."""
    work = one.folder / f"work-{run}"

    def push() -> None:
        git("clone", "--quiet", "--depth=1", f"file://{one.remote.path}", str(work), cwd=one.folder)
        for number in range(CHANGES):
            file = work / path_of(number * 10)
            file.write_text(file.read_text().replace("app-", "application-", 1))
        git("commit", "--quiet", "--all", "--message=Update", cwd=work)
        git("push", "--quiet", "origin", "main", cwd=work)

    taken = timed(push)
    one.tagwright()  # so that our next cycle begins warm again
    return taken


def timed(work: Callable[[], object]) -> float:
    """Wall seconds: most of them are waiting for git."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main(files: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    with tempfile.TemporaryDirectory() as folder, offering() as registry:
        small, large = (estate(Path(folder), count, registry.host) for count in (1000, files))
        few: list[tuple[float, float]] = []
        many: list[tuple[float, float]] = []
        peer: list[float] = []
        for one in (small, large):
            one.tagwright()
        for run in range(RUNS):
            if run < PEERS:
                peer.append(by_clone(large, run))
            few.append(cycle(small, registry, run))
            many.append(cycle(large, registry, run))
    return report(files, few, many, peer)


def report(files: int, few: list[tuple[float, float]], many: list[tuple[float, float]], peer: list[float]) -> int:
    """Print the medians and their ratios."""
    at_small, at_large = (statistics.median(taken for taken, _ in times) for times in (few, many))
    own_small, own_large = (statistics.median(taken - asking for taken, asking in times) for times in (few, many))
    plain = statistics.median(peer)
    growth, own_growth, gain = at_large / at_small, own_large / own_small, plain / at_large
    print(
        f"B4 cycle    1,000 files {at_small * 1e3:.0f} ms, {files:,} files {at_large * 1e3:.0f} ms: {growth:.2f}x "
        f"(at most {GROWTH_LIMIT}x); without the registry {own_small * 1e3:.0f} and {own_large * 1e3:.0f} ms: "
        f"{own_growth:.2f}x"
    )
    print(
        f"B4 cycle    clone, checkout, commit, push {plain:.1f} s: {gain:.1f}x ours (at least {CLONE_LIMIT}x), "
        f"{plain / own_large:.1f}x without the registry, which the clone never asks"
    )
    return 0 if growth <= GROWTH_LIMIT and gain >= CLONE_LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 50_000))
