"""One file through the library: every planted image to a tag of its own, as `set` and `run` do it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tagwright import edits, proof, scan
from tagwright.errors import EditRefused
from tagwright.image import Image
from tagwright.model import Edit, Reference
from tests.property.planted import Judge, plain, plants


@dataclass(frozen=True)
class Updated:
    """A file after its update: the edits made, the references moved, and why others were not."""

    before: bytes
    after: bytes
    made: tuple[Edit, ...]
    moved: tuple[tuple[Reference, Image], ...]
    refused: tuple[str, ...]

    def proven(self, path: str) -> bool:
        """Does the library's own proof agree?"""
        old, new = [one for one, _ in self.moved], [image for _, image in self.moved]
        try:
            proof.prove(path, self.before, self.after, self.made, old, new)
        except EditRefused:
            return False
        return True


def name_of(index: int) -> str:
    """The name of the image with this number; no other text holds it."""
    return f"ghcr.io/acme/p{index}"


def update(path: str, text: str, tags: Mapping[int, str]) -> Updated:
    """Move every image of a planted text whose number has a tag."""
    data = plain(text).encode()
    wanted = {name_of(index): tag for index, tag in tags.items()}
    made: list[Edit] = []
    moved, refused = [], []
    for one in scan.scan_file(path, data).references:
        if one.image.name in wanted:
            new = Image("", wanted[one.image.name])
            try:
                made += edits.for_update(one, new)
                moved.append((one, new))
            except EditRefused as error:
                refused.append(error.message)
    return Updated(data, edits.rewrite(path, data, made), tuple(made), tuple(moved), tuple(refused))


def judge_of(text: str, done: Updated) -> Judge:
    """The judge of what was moved: a plant reads a whole reference, or a tag alone."""
    tags = {one.image.name: str(image.tag) for one, image in done.moved}
    new = {}
    for index, read in plants(text):
        tag = tags.get(name_of(index))
        if tag is not None:
            new[index] = f"{name_of(index)}:{tag}" if read.startswith(name_of(index)) else tag
    return Judge(text, new)
