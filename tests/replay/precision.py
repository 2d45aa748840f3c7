"""Precision: what a scan reports of real trees, against places that a person labelled.

    python -m tests.replay.precision

`labelled.tsv` holds facts, a line each: tree, path, line and column (both from 1), what the value there is,
and why in a word or two. `image`: it spells an image's tag or digest, alone or in a whole reference.
`tag-only`: a tag whose image stands nowhere near it. `commented`: an image in a line that is commented out.
Neither is counted for or against. `not`: something else. The places were drawn at random:
of those that a scan reported, by shape and tree; of those that it did not and a crude search finds, for colons,
slashes, hashes and keys such as image, tag and version; and of those that are spelled like `name:tag`, or like
a whole reference. Then each was read where it stands.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tagwright import scan
from tests.bench.fixtures import trees
from tests.replay.recall import covered

LABELLED = Path(__file__).with_name("labelled.tsv")
PRECISION, RECALL = 98.0, 99.0


@dataclass(frozen=True)
class Label:
    """A place of a tree, and what a person found there."""

    tree: str
    path: str
    line: int
    column: int
    verdict: str
    why: str


def labels() -> list[Label]:
    """The facts, in the order of the file: by tree and path."""
    rows = (line.split("\t") for line in LABELLED.read_text("utf-8").splitlines()[1:])
    return [Label(tree, path, int(line), int(column), verdict, why) for tree, path, line, column, verdict, why in rows]


def judged() -> Iterator[tuple[Label, bool]]:
    """Every label whose tree is at hand, and whether a scan reports the place."""
    every = trees()
    for tree, labelled in groupby(labels(), lambda one: one.tree):
        if tree in every:
            yield from _of_tree(dict(every[tree]), list(labelled))


def _of_tree(files: dict[str, bytes], labelled: list[Label]) -> Iterator[tuple[Label, bool]]:
    references = scan.join(scan.scan_file(path, data) for path, data in files.items()).references
    for path, some in groupby(labelled, lambda one: one.path):
        lines = [0, *(match.end() for match in re.finditer("\n", files[path].decode()))]
        spans = covered((one for one in references if one.path == path), lines)
        for label in some:
            place = lines[label.line - 1] + label.column - 1
            yield label, any(start <= place < max(end, start + 1) for start, end in spans)


def counted(found: Iterable[tuple[Label, bool]]) -> Counter[str]:
    """How many places, how many of them reported, and how many of those wrongly."""
    count: Counter[str] = Counter()
    for label, reported in found:
        count["places"] += 1
        count["reported"] += reported
        count["wrong"] += reported and label.verdict == "not"
        count["images"] += label.verdict == "image"
        count["found"] += reported and label.verdict == "image"
    return count


def main() -> int:
    """Print precision, recall and every place where scan and label disagree. Exit 1 below a target."""
    found = list(judged())
    if not found:
        print("no tree stands at ../shared/corpus/trees")
        return 1
    for label, reported in found:
        if label.verdict in ("image", "not") and reported != (label.verdict == "image"):
            said = "reported" if reported else "not reported"
            print(f"{said}, labelled {label.verdict} ({label.why}): {label.tree} {label.path}:{label.line}")
    count = counted(found)
    precision = 100 * (1 - count["wrong"] / count["reported"])
    recall = 100 * count["found"] / count["images"]
    print(f"{count['places']} labelled places: {count['reported']} reported, {count['wrong']} of them wrongly")
    print(f"precision {precision:.1f} % (at least {PRECISION:.0f}), recall {recall:.1f} % (at least {RECALL:.0f})")
    return int(precision < PRECISION or recall < RECALL)


if __name__ == "__main__":
    raise SystemExit(main())
