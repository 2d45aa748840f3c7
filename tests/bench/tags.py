"""B8, tags: the newest version among ten thousand tags, five hundred times.

`python -m tests.bench.tags` prints the CPU time of `choose` an image against `semver.Version.parse` on every
tag and against the newest by that package, in the same process, interleaved; and what a pass over 500 images
costs. Some images are measured and the rest is arithmetic: every list is different, none is kept.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

import semver

from tagwright.choose import choose
from tagwright.model import Choice, PolicyKind, PolicySpec
from tagwright.offer import Offer

IMAGES, TAGS, SAMPLE = 500, 10_000, 25
LIMIT = 3.0  # times as fast as parsing every tag
KINDS = {
    "semver ^N": PolicySpec(PolicyKind.SEMVER, ">=1"),
    "semver with prereleases": PolicySpec(PolicyKind.SEMVER, ">=1.0.0-0"),
    "compatible any": PolicySpec(PolicyKind.COMPATIBLE, "any"),
}


def tag_list(seed: int) -> list[str]:
    """Ten thousand versions, one in five a prerelease, in no order."""
    chance = random.Random(seed)
    endings = ["", "", "", "", "-rc.{}", "-beta.{}"]
    found: dict[str, None] = {}
    while len(found) < TAGS:
        numbers = f"{chance.randrange(40)}.{chance.randrange(60)}.{chance.randrange(200)}"
        found[numbers + chance.choice(endings).format(chance.randrange(12))] = None
    return list(found)


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU time."""
    start = time.process_time()
    work()
    return time.process_time() - start


def newest_by_semver(tags: list[str]) -> str:
    """The peer: the highest release, by the semver package."""
    return str(max(version for version in map(semver.Version.parse, tags) if not version.prerelease))


def newest_by_us(policy: PolicySpec, tags: list[str], current: str | None) -> str | None:
    """What a pass asks of `choose`."""
    choice = choose(policy, current, Offer(tags), datetime.now(UTC))
    assert isinstance(choice, Choice)
    return choice.chosen.tag if choice.chosen else None


def main() -> int:
    """Measure, print a line a kind, and fail when the first is slower than its limit."""
    lists = [tag_list(seed) for seed in range(SAMPLE)]
    assert all(newest_by_semver(tags) == newest_by_us(KINDS["semver ^N"], tags, None) for tags in lists)
    parse, newest = [], []
    ours: dict[str, list[float]] = {name: [] for name in KINDS}
    for tags in lists:
        parse.append(cpu(lambda tags=tags: [semver.Version.parse(tag) for tag in tags]))  # type: ignore[misc]
        newest.append(cpu(lambda tags=tags: newest_by_semver(tags)))  # type: ignore[misc]
        for name, policy in KINDS.items():
            ours[name].append(cpu(lambda tags=tags, policy=policy: newest_by_us(policy, tags, tags[0])))  # type: ignore[misc]
    print(f"semver: parse {1e3 * median(parse):.1f} ms, newest {1e3 * median(newest):.1f} ms an image of {TAGS:,} tags")
    for name, times in ours.items():
        own = median(times)
        print(
            f"{name}: {1e3 * own:.1f} ms, {median(parse) / own:.1f} times as fast as parsing, "
            f"{median(newest) / own:.1f} as newest; "
            f"{IMAGES} images {IMAGES * own:.1f} s against {IMAGES * median(newest):.1f} s"
        )
    ratio = median(parse) / median(ours["semver ^N"])
    print(f"B8 tags: {ratio:.1f} (at least {LIMIT})")
    return 0 if ratio >= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
