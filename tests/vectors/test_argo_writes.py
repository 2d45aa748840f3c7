"""Argo CD Image Updater's writes: the same values, without the damage.

Run are the entries with `after_byte_preserving` of the kinds that write to a file people own. An
entry's value goes where its path points: the reference whose tag (or whole image) stands there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tagwright import edits, image, proof, scan
from tagwright.image import Image
from tagwright.model import Reference


def entries(shared: Path, name: str, kind: str) -> list[dict[str, Any]]:
    """The entries of a file that are a promise of bytes."""
    everything = json.loads((shared / f"vectors/{name}.json").read_text())
    return [one for one in everything if one["kind"] == kind and one.get("after_byte_preserving") is not None]


def written(path: str, before: str, asked: list[tuple[Reference, Image]]) -> str:
    """The file with these references naming these images, proven."""
    made = [edit for reference, new in asked for edit in edits.for_update(reference, new)]
    after = edits.rewrite(path, before.encode(), made)
    proof.prove(path, before.encode(), after, made, [one for one, _ in asked], [new for _, new in asked])
    return after.decode()


def test_kustomizations_change_in_the_new_tag_alone(shared: Path) -> None:
    """`images` parameters find the entries by name or new name."""
    run = entries(shared, "argo-write-kustomize", "kustomization-file")
    wrong = []
    for entry in run:
        found = scan.scan_file("kustomization.yaml", entry["before"].encode()).references
        asked = [
            (reference, Image("", new.tag, new.digest))
            for new in map(image.parse, entry["params"]["images"])
            for reference in found
            if new.name in (reference.alias, reference.image.name)
        ]
        if written("kustomization.yaml", entry["before"], asked) != entry["after_byte_preserving"]:
            wrong.append(entry["name"])
    assert (wrong, len(run) >= 8) == ([], True)


def test_helm_values_change_in_the_tag_alone(shared: Path) -> None:
    """Every write names a tag that stands in the file."""
    run = entries(shared, "argo-write-helmvalues", "values-write")
    wrong = []
    for entry in run:
        found = {one.where: one for one in scan.scan_file("values.yaml", entry["before"].encode()).references}
        asked = []
        for write in entry["params"]["writes"]:
            tag, _, digest = write["value"].partition("@")
            if write["path"] in found:
                asked.append((found[write["path"]], Image("", tag, digest or None)))
        if written("values.yaml", entry["before"], asked) != entry["after_byte_preserving"]:
            wrong.append(entry["name"])
    assert (wrong, len(run) >= 17) == ([], True)
