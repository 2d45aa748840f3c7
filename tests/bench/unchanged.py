"""B8, nothing changed: 500 lists of 10,000 tags that are those of the last pass, against parsing every tag by semver.

Ours is what a pass pays for a list it has decided about before: its hash, and the remembered decision. Reading the
list's JSON and checking that every entry is a tag come before either side and are printed beside. CPU time, in turn;
some lists are measured and the rest is arithmetic. Run with `python -m tests.bench.unchanged`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import semver

from tagwright.answers import Remembered
from tagwright.cache import Cache
from tagwright.decide import Offer
from tagwright.image import Image
from tagwright.model import Decision, PolicyKind, PolicySpec, Reference, Ruled, Verdict
from tagwright.registries.documents import only_tags
from tests.bench.tags import IMAGES, TAGS, cpu, tag_list

SAMPLE, LIMIT = 25, 40.0
NOW = datetime.now(UTC)


def decided(cache: Cache, number: int, tags: list[str], body: bytes) -> Decision:
    """One image's part of a pass: hash the body, decide or remember."""
    name = f"ghcr.io/acme/app-{number}"
    reference = Reference("a.yaml", 1, 1, (0, 1), "kubernetes", "image", Image(name, tags[0], None), tags[0], ())
    ruled = Ruled(PolicySpec(PolicyKind.SEMVER, ">=1"), "bench", name)
    remembered = Remembered(cache, str(number))
    decision = remembered.decide(reference, ruled, Offer(tags), hashlib.sha256(body).hexdigest(), NOW)
    remembered.keep()
    assert isinstance(decision, Decision)
    return decision


def main() -> int:
    """Print the figures; 1 when one is beyond its limit."""
    parse, ours, reading = [], [], []
    with tempfile.TemporaryDirectory() as name:
        cache = Cache(Path(name))
        for number in range(SAMPLE):
            tags = tag_list(number)
            body = json.dumps({"name": "x", "tags": tags}).encode()
            first = decided(cache, number, tags, body)
            assert first.verdict is Verdict.UPDATE
            parse.append(cpu(lambda tags=tags: [semver.Version.parse(tag) for tag in tags]))  # type: ignore[misc]
            ours.append(cpu(partial(decided, cache, number, tags, body)))
            reading.append(cpu(lambda body=body: only_tags(json.loads(body)["tags"])))  # type: ignore[misc]
            assert decided(cache, number, tags, body) == first
    peer, own, read = (median(times) * 1e3 for times in (parse, ours, reading))
    print(
        f"B8 unchanged {TAGS:,} tags: {own:.2f} ms an image, semver {peer:.1f} ms: {peer / own:.0f}x (at least "
        f"{LIMIT:.0f}x); reading the list, paid by both, {read:.2f} ms (with it {(peer + read) / (own + read):.0f}x); "
        f"{IMAGES} images {IMAGES * (own + read) / 1e3:.2f} s against {IMAGES * (peer + read) / 1e3:.1f} s"
    )
    return 0 if peer / own >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
