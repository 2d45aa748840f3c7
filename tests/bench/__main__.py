"""Every benchmark, one after another, each in a process of its own: `python -m tests.bench [NAME…]`, `make bench`."""

from __future__ import annotations

import subprocess
import sys

NAMES = (
    "locate", "fidelity", "prefilter", "cycle", "commit", "hundred", "noop", "registry", "asking", "tags", "choose",
    "unchanged", "start", "scan", "dryrun", "blobs", "memory", "reviews", "races", "service", "shards",
)  # fmt: skip


def main(names: list[str]) -> int:
    """Run those named, or all; 1 when one is beyond its limit."""
    codes = [subprocess.run([sys.executable, "-m", f"tests.bench.{name}"]).returncode for name in names or NAMES]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
