"""B3: finding the files that hold one of 500 names, against a flat alternation (peer) and one look for "image" (limit).

python -m tests.bench.prefilter
"""

from __future__ import annotations

import re
from random import Random

from tagwright import prefilter, scan
from tagwright.image import Image
from tests.bench.fixtures import cpu, generated, trees

PEER, LIMIT = 15, 10


def main() -> None:
    """Print the ratios over 10,000 files, with names of which some are there, and what was missed."""
    files = [one for name, some in trees().items() if name != "generated" for one in some]
    files = (files + generated(10_000))[:10_000]
    random = Random(7)
    references = [one for path, data in files for one in scan.scan_file(path, data).references if one.image.name]
    there = sorted({one.image.normalised for one in references})
    absent = [f"ghcr.io/org-{random.randrange(90)}/service-{number}" for number in range(500)]
    names = (random.sample(there, min(100, len(there))) + absent)[:500]
    trie = prefilter.compile(names)
    flat = re.compile(b"|".join(re.escape(Image(name).repository).encode() for name in names))
    blobs = [data for _, data in files]
    ours, peer, limit = cpu(
        lambda: [trie.search(data) for data in blobs],
        lambda: [flat.search(data) for data in blobs],
        lambda: [b"image" in data for data in blobs],
        rounds=3,
    )
    wanted = {one.path for one in references if one.image.normalised in set(names)}
    missed = sum(1 for path, data in files if path in wanted and not trie.search(data))
    print(
        f"B3 {len(files)} files, {sum(map(len, blobs)) / 1e6:.1f} MB, {len(names)} names: {ours * 1000:.0f} ms, "
        f"{peer / ours:.0f}x faster than a flat alternation (at least {PEER}), "
        f"{ours / limit:.1f}x of one look for a word (limit {LIMIT}), missed {missed} (limit 0)"
    )


if __name__ == "__main__":
    main()
