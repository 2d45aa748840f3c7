"""Side by side: the same edits on the same files by Tagwright and by the tools people use for it.

python -m tests.bench.peers [--every N]

Takes recorded commits that move one image in YAML, in a shape every peer can address, and puts the new value
in the place of the old by each tool, in a copy of its own. A file is *damaged* when a byte outside the values
that the commit moved is another afterwards, and *missed* when one of those values is not there. Bytes changed
count what differs from the file before, line by line.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from tests.bench.rewriters import Change, Peer, Shape, peers
from tests.replay.__main__ import CORPUS
from tests.replay.record import Case, read

SHAPES = {"k8s_image": Shape.IMAGE, "helm_repo_tag": Shape.TAG, "kustomize_images": Shape.KUSTOMIZE}
AT_MOST = 100
"""Cases of each shape, spread over the corpus."""


@dataclass(frozen=True)
class Edit:
    """One case, and the change each tool is told."""

    case: Case
    change: Change


def edits() -> dict[Shape, list[Edit]]:
    """Up to AT_MOST cases of each shape: one image, one value, YAML alone."""
    found: dict[Shape, list[Edit]] = {shape: [] for shape in Shape}
    for case in read(CORPUS):
        values = {(one["kind"], one["form"], one["old"], one["new"]) for one in case.data["changes"] if "form" in one}
        if len(case.data["updates"]) == len(values) == 1 and all(
            path.endswith((".yaml", ".yml")) for path in case.before
        ):
            kind, form, old, new = values.pop()
            if kind in SHAPES and form in ("tag", "ref:tag"):
                found[SHAPES[kind]].append(Edit(case, Change(SHAPES[kind], old, new)))
    return {shape: some[:: max(1, len(some) // AT_MOST)][:AT_MOST] for shape, some in found.items()}


def ours(root: Path, edit: Edit) -> None:
    """`tagwright set`, told the image and the tag it is at."""
    from tagwright.cli import main

    batch = root.parent / "batch.json"
    batch.write_text(json.dumps(edit.case.batch()), "utf-8")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        main(["set", "--batch", str(batch), "--path", str(root), "--allow-downgrade"])


def by(peer: Peer | None, edit: Edit) -> Iterator[tuple[str, str, str]]:
    """Path, text before and text after of each file, by a peer or (None) by us."""
    before = edit.case.before
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "tree"
        for path, text in before.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        if peer is None:
            ours(root, edit)
        for path, text in before.items():
            if peer and peer.rewrite and edit.case.places(path):
                peer.rewrite(root / path, edit.change)
            yield path, text, (root / path).read_bytes().decode()


def measured(peer: Peer | None, some: list[Edit]) -> Counter[str]:
    """Files, damaged, missed, and bytes that differ from before and should differ."""
    count: Counter[str] = Counter()
    for edit in some:
        for path, before, after in by(peer, edit):
            places = edit.case.places(path)
            if places:
                wanted = edit.case.wanted[path]
                damaged = not edit.case.untouched(path, after)
                missed = after.count(edit.change.new) < wanted.count(edit.change.new) if damaged else after != wanted
                count.update(files=1, damaged=damaged, missed=missed)
                count.update(changed=differing(before, after), intended=differing(before, wanted))
    return count


def differing(before: str, after: str) -> int:
    """How many bytes of the longer side differ: of a line that became another, what is not alike at both ends."""
    old, new = before.split("\n"), after.split("\n")
    blocks = [("replace", 0, len(old), 0, len(new))]
    if len(old) != len(new):
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()  # type: ignore[assignment]
    total = 0
    for kind, a, b, c, d in blocks:
        if kind != "equal" and b - a == d - c:
            total += sum(_between(one, other) for one, other in zip(old[a:b], new[c:d], strict=True))
        elif kind != "equal":
            total += sum(len(line.encode()) + 1 for line in old[a:b] + new[c:d])
    return total


def _between(one: str, other: str) -> int:
    """How much of two lines lies between what is alike at their ends."""
    head = _alike(one, other)
    tail = _alike(one[head:][::-1], other[head:][::-1])
    return max(len(one[head : len(one) - tail].encode()), len(other[head : len(other) - tail].encode()))


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))


def row(name: str, counts: dict[Shape, Counter[str]]) -> str:
    """A line of the table: files, damaged, missed and bytes of every shape that the tool knows."""
    total = sum(counts.values(), Counter[str]())
    shapes = [f"{one['damaged']} / {one['missed']} of {one['files']}" if one else "–" for one in counts.values()]
    return f"| {name} | " + " | ".join(shapes) + f" | {total['changed']:,} (needed: {total['intended']:,}) |"


def main() -> None:
    """Print the table, in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.peers", description="Side by side.")
    parser.add_argument("--every", type=int, default=1, help="only every Nth case of each shape")
    every = parser.parse_args().every
    chosen = {shape: some[::every] for shape, some in edits().items()}
    print("| tool | " + " | ".join(f"{shape}: damaged / missed" for shape in Shape) + " | bytes changed |")
    print("| --- " * (len(Shape) + 2) + "|")
    print(row("**Tagwright**", {shape: measured(None, some) for shape, some in chosen.items()}))
    for peer in peers():
        if peer.rewrite is None:
            print(f"| {peer.name} | not installed here |" + " |" * len(Shape))
            continue
        counts = {s: measured(peer, some) if s in peer.shapes else Counter[str]() for s, some in chosen.items()}
        print(row(f"{peer.name} {peer.version}", counts), flush=True)


if __name__ == "__main__":
    main()
