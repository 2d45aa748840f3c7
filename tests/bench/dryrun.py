"""A dry run of a folder of 1,003 files with 53 images, against figures of Renovate that were recorded earlier.

Renovate 44.121.2 (Node 24.21.0, a local dry run of generated manifests, a registry on the same machine)
took 15.5 to 16.9 s and 668 to 694 MB for such a folder on a machine of the same kind; it is not run again here,
so these ratios compare two machines' minutes. Ours is a whole process. Run with `python -m tests.bench.dryrun`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.estate import content_of, offering
from tests.bench.trees import path_of

RUNS, FILES, IMAGES = 7, 1003, 53
SECONDS, MEGABYTES = 15.5, 668
FASTER, SMALLER = 10.0, 4.0


def seed(folder: Path, host: str) -> None:
    """Write the files, 53 of them with an image of their own."""
    for number in range(FILES):
        file = folder / path_of(number)
        file.parent.mkdir(parents=True, exist_ok=True)
        mentions = number < IMAGES
        file.write_bytes(content_of(number * 10 if mentions else number * 10 + 1, FILES * 10, host))


def dry_run(folder: Path) -> tuple[float, float]:
    """Wall seconds and MB of `plan --path`."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "tagwright", "plan", "--path", str(folder)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert said.count(b"+        - {name:") == IMAGES
    return time.perf_counter() - begun, used.ru_maxrss * 1024 / 1e6


def main() -> int:
    """Print the figures; 1 when one is beyond its limit."""
    with tempfile.TemporaryDirectory() as folder, offering() as registry:
        seed(Path(folder), registry.host)
        registry.push(dict.fromkeys(range(IMAGES), "1.1.0"))
        walls, sizes = zip(*(dry_run(Path(folder)) for _ in range(RUNS)), strict=True)
    wall, size = statistics.median(walls), statistics.median(sizes)
    print(
        f"dry run     {FILES:,} files, {IMAGES} images: {wall * 1e3:.0f} ms, {size:.0f} MB; against the recorded "
        f"{SECONDS} s and {MEGABYTES} MB of Renovate (not measured in this run): {SECONDS / wall:.0f}x faster "
        f"(at least {FASTER:.0f}x), {MEGABYTES / size:.1f}x smaller (at least {SMALLER:.0f}x)"
    )
    return 0 if SECONDS / wall >= FASTER and MEGABYTES / size >= SMALLER else 1


if __name__ == "__main__":
    sys.exit(main())
