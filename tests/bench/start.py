"""B8, starting: whole processes against a Python that does nothing, in turn, medians.

Limits: `--help` and `choose` within 2.5x of `python -c pass` plus 60 ms; `set --path`, with its
proof, within that plus 150 ms.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
MANIFEST = "image: ghcr.io/acme/api:1.0.0\n"


def main() -> None:
    """Print each command's median, and its ratio to the limit."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "api.yaml"
        tagwright = [sys.executable, "-m", "tagwright"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "--help": [*tagwright, "--help"],
            "choose": [*tagwright, "choose", "--semver", "^1"],
            "set --path": [*tagwright, "set", "ghcr.io/acme/api:1.0.1", "--path", folder],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                file.write_text(MANIFEST)
                times[name].append(_wall(command))
        assert file.read_text() == MANIFEST.replace("1.0.0", "1.0.1")
    bare = statistics.median(times.pop("python -c pass"))
    print(f"start     python -c pass                {bare * 1000:7.1f} ms")
    for name, taken in times.items():
        limit = 2.5 * bare + 0.060 + (0.150 if name == "set --path" else 0)
        median = statistics.median(taken)
        print(f"start     tagwright {name:18}  {median * 1000:7.1f} ms  {median / limit:5.2f} of the limit")


def _wall(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, input="1.0.0\n1.1.0\n", text=True, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
