"""Writers that race for one branch: how often each has to try, and how long it takes until the last one is through.

20 commands at once in processes of their own (`set` of old and new versions, batches, builds with ranks and without,
`run`) beside six commits by people, over file, http and ssh; every promise is judged afterwards. One command alone is
beside it. Run with `python -m tests.bench.races [WRITERS]`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tagwright.registries.embedded import EmbeddedRegistry
from tests.bench.cycle import timed
from tests.property.races import Judge, Outcome, Pipeline, Want
from tests.support.git_model import chain_of
from tests.support.git_server import place
from tests.support.writers import Arena, mixture


def race(kind: str, writers: int) -> None:
    """Print a line for one way to reach a repository."""
    with tempfile.TemporaryDirectory() as name, EmbeddedRegistry() as registry, place(kind, Path(name)) as served:
        arena = Arena(served, Path(name), registry)
        alone = timed(lambda: arena.race([Pipeline((Want("b", "1.1.0"),))]))
        seeded = chain_of(served.remote)
        outcomes: list[Outcome] = []
        wall = timed(lambda: outcomes.extend(arena.race(mixture(kind, writers, 6), 600)))
        Judge([one for one in chain_of(served.remote) if one not in seeded[:-1]], outcomes).judge()
        heard = sorted(one.attempts for one in outcomes)
        landed = sum(bool(one.pushed) for one in outcomes)
    print(
        f"races {kind:4}  {writers} writers at once: {wall:.1f} s until the last (one alone {alone:.2f} s), attempts a "
        f"writer {statistics.median(heard):g} (median) to {heard[-1]} (most); {landed} pushed, the others had nothing "
        "to do or were overtaken; every promise kept"
    )


def main(writers: int) -> int:
    """Every way in turn; a promise that was not kept ends it."""
    for kind in ("file", "http", "ssh"):
        race(kind, writers)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 20))
