"""One record of the corpus: what `set` is told, and what the files must be afterwards."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from tagwright.errors import ImageError
from tagwright.image import parse

BARE = (
    *("tag_only", "whole_file_tag", "env_or_arg_tag", "dotenv_tag", "script_tag"),
    *("hcl_tag", "terraform_tag", "ansible_var", "json_version"),
)
"""Kinds of places that hold a tag and no name: they need one line of configuration each."""

_MADE = re.compile(r"\{\{.*?\}\}|^~/")

DRIVEN = ("image", "oci-chart")
"""What Tagwright moves: images, and charts that are images. Charts of HTTP repositories have no tags."""


class Outcome(StrEnum):
    """What became of a case."""

    EXACT = "exact"
    MISSED = "missed"  # some intended place was left as it was, and nothing else changed
    DAMAGED = "damaged"  # a byte changed outside the intended values, or one of them became something else


@dataclass(frozen=True)
class Case:
    """A record. Its files' `after` holds companions' moves too where it is not pure."""

    data: dict[str, Any]

    @property
    def name(self) -> str:
        """The record's identifier."""
        return str(self.data["id"])

    @property
    def kind(self) -> str:
        """The main shape."""
        return str(self.data["kind"])

    @property
    def bot(self) -> str:
        """Who made the commit."""
        return str(self.data["bot"])

    @property
    def counts(self) -> bool:
        """Is it one of those that must come out byte for byte: pure, with an image that moves?"""
        return bool(self.data["pure"]) and any(update["artifact"] == "image" for update in self.data["updates"])

    @cached_property
    def before(self) -> dict[str, str]:
        """The files as they were, by path."""
        return {file["path"]: file["before"] for file in self.data["files"]}

    @cached_property
    def wanted(self) -> dict[str, str]:
        """The files with every driven place moved, and nothing else."""
        return {path: "".join(self._parts(path, "new")) for path in self.before}

    def batch(self) -> list[dict[str, Any]]:
        """The intents, one for each update that names what it becomes."""
        return [
            _intent(update, self._name(index))
            for index, update in enumerate(self.data["updates"])
            if _driven(update) and _becomes(update)
        ]

    def references(self) -> list[dict[str, Any]]:
        """The lines of configuration that a user writes for places which name no image that can be asked for."""
        lines = []
        for index, update in enumerate(self.data["updates"]):
            for one in self.data["changes"]:
                mine = one.get("image") == update["image"] and (update["old_tag"] or "?") in one["old"]
                if _driven(update) and mine and (one.get("base") in BARE or not _usable(update["image"])):
                    key = {"key": one["key"]} if one.get("key") else {}
                    lines.append({"image": self._name(index), "files": [one["path"]], **key})
        return lines

    def _name(self, index: int) -> str:
        """The image of an update, or what stands for it where it has none that could be asked for."""
        image = self.data["updates"][index]["image"]
        plain = _MADE.sub("", image or "")  # what a person would call it: without what a template puts before
        return plain if _usable(plain) else f"replay.example/unnamed-{index}"

    def outcome(self, files: dict[str, str]) -> Outcome:
        """What became of the files, against what was wanted of them."""
        if files == self.wanted:
            return Outcome.EXACT
        return Outcome.MISSED if all(self.untouched(path, text) for path, text in files.items()) else Outcome.DAMAGED

    def places(self, path: str) -> list[dict[str, Any]]:
        """The driven changes of a file, in the order of the text."""
        driven = [
            one
            for one in self.data["changes"]
            if one["path"] == path and (one["role"] in DRIVEN or self._is_of_oci(one))
        ]
        return sorted(driven, key=lambda one: (one["line"], one["col"]))

    def _is_of_oci(self, change: dict[str, Any]) -> bool:
        """Is it the version of a chart of an OCI registry, which is named in the lines near?"""
        line = change["line"]
        near = self.before[change["path"]].splitlines()[max(0, line - 6) : line + 5]
        moved = [
            one for one in self.data["updates"] if (one["old_tag"], one["new_tag"]) == (change["old"], change["new"])
        ]
        base = (str(one["image"]).rpartition("/")[0] for one in moved if str(one["image"]).startswith("oci://"))
        return change["role"] == "chart" and any(one in text for one in base for text in near)

    def _parts(self, path: str, which: str) -> Iterator[str]:
        """The text in pieces: literal, value, literal, value, …, literal."""
        text, place = self.before[path], 0
        lines = [0, *(match.end() for match in re.finditer("\n", text))]
        for one in self.places(path):
            start = lines[one["line"] - 1] + one["col"] - 1
            assert text.startswith(one["old"], start), (self.name, one)
            yield text[place:start]
            yield one[which]
            place = start + len(one["old"])
        yield text[place:]

    def untouched(self, path: str, text: str) -> bool:
        """Does the text differ from before only in intended places, each with its old or new value?

        A tag that would be read as a number may have gained quotes, which the commit forgot.
        """
        old, new = list(self._parts(path, "old")), list(self._parts(path, "new"))
        patterns = (
            re.escape(was) if index % 2 == 0 else f"(?:{re.escape(was)}|([\"']?){re.escape(now)}\\{(index + 1) // 2})"
            for index, (was, now) in enumerate(zip(old, new, strict=True))
        )
        return re.fullmatch("".join(patterns), text) is not None


def read(path: Path) -> Iterator[Case]:
    """The records of a file of JSON lines, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            yield Case(json.loads(line))


def _driven(update: dict[str, Any]) -> bool:
    """Is it an image, or a chart of an OCI registry, whatever the record calls it?"""
    return update["artifact"] in DRIVEN or str(update["image"]).startswith("oci://")


def _becomes(update: dict[str, Any]) -> bool:
    return bool(update["new_tag"] or update["new_digest"])


def _usable(image: str | None) -> bool:
    """Is it a name that an image can have?"""
    try:
        return image is not None and bool(parse(image.removeprefix("oci://")))
    except ImageError:
        return False


def _intent(update: dict[str, Any], image: str) -> dict[str, Any]:
    tag = f":{update['new_tag']}" if update["new_tag"] else ""
    digest = f"@{update['new_digest']}" if update["new_digest"] else ""
    intent: dict[str, Any] = {"image": f"{image}{tag}{digest}"}
    if update["old_digest"] and not update["new_digest"]:
        intent["drop_digest"] = True  # the commit says so: a tag alone never takes a digest away
    standing = update["old_tag"] or update["old_digest"]
    return {**intent, "from_tag": standing} if standing else intent
