"""B6: nothing to do, warm cache folder, 500 images, every answer of the registry 50 ms late.

The limit is what the critical path waits for: requests go 16 at a time, so 500 lists are 32 round trips, and Git's
own look is one more. Counted beside the wall time: git processes, blobs read, files parsed. Run with
`python -m tests.bench.noop [FILES]`.
"""

from __future__ import annotations

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tagwright import scan
from tagwright.git.commands import Commands
from tagwright.git.mirror import Mirror
from tests.bench.estate import IMAGES, estate, offering

RUNS, AT_ONCE, RTT, LIMIT = 5, 16, 0.05, 1.5


@contextmanager
def counted(owner: Any, name: str) -> Iterator[list[float]]:
    """How often a function of ours was called, and for how long each time."""
    calls: list[float] = []
    own: Callable[..., Any] = getattr(owner, name)

    def counting(*arguments: Any, **named: Any) -> Any:
        begun = time.perf_counter()
        try:
            return own(*arguments, **named)
        finally:
            calls.append(time.perf_counter() - begun)

    with patch.object(owner, name, counting):
        yield calls


def main(files: int) -> int:
    """Print the figures; 1 when one is beyond its limit."""
    walls, cpus, looks, counts = [], [], [], set()
    with tempfile.TemporaryDirectory() as folder, offering(RTT) as registry:
        one = estate(Path(folder), files, registry.host)
        one.tagwright()
        for _ in range(RUNS):
            with (
                counted(Commands, "process") as processes,
                counted(Mirror, "read") as blobs,
                counted(scan, "scan_file") as parses,
                counted(Mirror, "head") as head,
            ):
                wall, cpu = time.perf_counter(), time.process_time()
                one.tagwright()
                walls.append(time.perf_counter() - wall)
                cpus.append(time.process_time() - cpu)
            counts.add((len(processes), len(blobs), len(parses)))
            looks += head
    limit = math.ceil(IMAGES / AT_ONCE) * RTT + RTT
    wall, cpu, look = (statistics.median(values) for values in (walls, cpus, looks))
    print(
        f"B6 no-op    {files:,} files, {IMAGES} images: {wall * 1e3:.0f} ms, limit {limit * 1e3:.0f} ms = "
        f"{wall / limit:.2f}x (at most {LIMIT}x), CPU {cpu * 1e3:.0f} ms, Git's look {look * 1e3:.0f} ms"
    )
    print(f"B6 no-op    git processes, blobs read, files parsed: {sorted(counts)} (at most 1, 0, 0)")
    return 0 if wall <= LIMIT * limit and counts == {(1, 0, 0)} else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 10_000))
