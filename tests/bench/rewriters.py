"""The peers of the side-by-side table: programs and libraries that change a tag in YAML, each as people use it.

Every one is told the old value and the new one, and where the shape stands: more than a person would give it.
A program that is not on the PATH is None in the table of peers, never guessed.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML, __version__


class Shape(StrEnum):
    """Where the value stands that moves."""

    IMAGE = "Kubernetes `image:`"
    TAG = "Helm `repository:` and `tag:`"
    KUSTOMIZE = "Kustomize `newTag:`"


@dataclass(frozen=True)
class Change:
    """One image moves in one file: the value as it is written, and as it must be afterwards."""

    shape: Shape
    old: str
    new: str


Rewrite = Callable[[Path, Change], None]
"""Changes the file in place, or leaves it as it is where it cannot."""


@dataclass(frozen=True)
class Peer:
    """A tool, the version it says, and how it rewrites; None where it is not installed."""

    name: str
    version: str
    rewrite: Rewrite | None
    shapes: tuple[Shape, ...] = tuple(Shape)


def peers() -> list[Peer]:
    """Every peer, installed or not."""
    go, python, kustomize = _program("yq", "mikefarah"), _program("yq", ""), _program("kustomize", "")
    return [
        Peer("yq (mikefarah)", _version(go), _by_yq(go, _YQ, "-i") if go else None),
        Peer("yq (Python, jq)", _version(python), _by_yq(python, _JQ, "-y", "-i") if python else None),
        Peer(
            "kustomize edit", _version(kustomize), _by_kustomize(kustomize) if kustomize else None, (Shape.KUSTOMIZE,)
        ),
        Peer("ruamel.yaml", __version__, by_ruamel),
        Peer("PyYAML", yaml.__version__, by_pyyaml),
        Peer("sed, the old value spelt out", _version(shutil.which("sed")), by_sed),
        Peer("sed, `s/key: .*/…/`", _version(shutil.which("sed")), by_usual_sed),
    ]


def _version(program: str | None) -> str:
    """What the program says of itself; empty where there is none."""
    if program is None:
        return ""
    flag = "version" if program.endswith("kustomize") else "--version"
    said = subprocess.run([program, flag], capture_output=True, text=True).stdout
    match = re.search(r"\d+(?:\.\d+)+", said)
    return match[0] if match else said.strip()


def _program(name: str, word: str) -> str | None:
    """The first program of this name whose version speaks of `word`; without one, the first that is not mikefarah's."""
    for folder in os.get_exec_path():
        found = shutil.which(name, path=folder)
        if found:
            said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
            if word in said if word else "mikefarah" not in said:
                return found
    return None


_YQ = {
    Shape.IMAGE: '(.. | select(tag == "!!str" and . == strenv(OLD))) = strenv(NEW)',
    Shape.TAG: '(.. | select(tag == "!!map" and has("repository")) | .tag | select(to_string == strenv(OLD))) '
    "= strenv(NEW)",
    Shape.KUSTOMIZE: "(.images[] | .newTag | select(to_string == strenv(OLD))) = strenv(NEW)",
}
_JQ = {
    Shape.IMAGE: "(.. | strings | select(. == env.OLD)) |= env.NEW",
    Shape.TAG: '(.. | objects | select(has("repository")) | .tag | select(tostring == env.OLD)) |= env.NEW',
    Shape.KUSTOMIZE: "(.images[] | .newTag | select(tostring == env.OLD)) |= env.NEW",
}


def _by_yq(program: str, expressions: dict[Shape, str], *flags: str) -> Rewrite:
    def rewrite(path: Path, change: Change) -> None:
        values = {**os.environ, "OLD": change.old, "NEW": change.new}
        subprocess.run([program, *flags, expressions[change.shape], path], env=values, capture_output=True)

    return rewrite


def _by_kustomize(program: str) -> Rewrite:
    def rewrite(path: Path, change: Change) -> None:
        for entry in (yaml.safe_load(path.read_bytes()) or {}).get("images") or ():
            if str(entry.get("newTag")) == change.old:
                renamed = entry.get("newName")
                image = f"{entry['name']}={renamed}:{change.new}" if renamed else f"{entry['name']}:{change.new}"
                subprocess.run([program, "edit", "set", "image", image], cwd=path.parent, capture_output=True)

    return rewrite


def by_sed(path: Path, change: Change) -> None:
    """The old value spelt out, behind its key."""
    key = {Shape.IMAGE: "", Shape.TAG: "tag: *[\"']?", Shape.KUSTOMIZE: "newTag: *[\"']?"}[change.shape]
    _sed(path, f"s|({key}){re.escape(change.old)}|\\1{change.new}|g")


def by_usual_sed(path: Path, change: Change) -> None:
    """The line of countless pipelines: the key, and whatever stands behind it."""
    name, _, tag = change.new.rpartition(":")
    key = {Shape.IMAGE: f"image: {re.escape(name)}:", Shape.TAG: " tag: ", Shape.KUSTOMIZE: "newTag: "}[change.shape]
    _sed(path, f"s|({key}).*|\\1{tag}|")


def _sed(path: Path, script: str) -> None:
    subprocess.run(["sed", "-E", "-i", script, path], capture_output=True)


def by_ruamel(path: Path, change: Change) -> None:
    """A round trip, with the indents of two that leave the file more as it was."""
    before = path.read_text("utf-8")
    tries = [text for indents in ((2, 2, 0), (2, 4, 2)) if (text := _round_trip(before, change, indents)) is not None]
    if tries:
        lines = before.split("\n")
        path.write_text(min(tries, key=lambda text: len(set(text.split("\n")).symmetric_difference(lines))), "utf-8")


def _round_trip(text: str, change: Change, indents: tuple[int, int, int]) -> str | None:
    loader, out = YAML(), io.StringIO()
    loader.preserve_quotes, loader.width = True, 1 << 20
    mapping, sequence, offset = indents
    loader.indent(mapping=mapping, sequence=sequence, offset=offset)
    try:
        documents = list(loader.load_all(text))
        for document in documents:
            _set(document, change)
        loader.dump_all(documents, out)
    except Exception:  # noqa: BLE001 - a file it cannot read is a file it misses
        return None
    return out.getvalue()


def by_pyyaml(path: Path, change: Change) -> None:
    """Load and dump."""
    try:
        documents = list(yaml.safe_load_all(path.read_bytes()))
        for document in documents:
            _set(document, change)
        path.write_text(yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=1 << 20), "utf-8")
    except yaml.YAMLError:
        return


def _set(node: Any, change: Change) -> None:
    """Write the new value wherever the old one stands in this shape."""
    for holder, key in list(_slots(node, change.shape)):
        if str(holder[key]) == change.old:
            holder[key] = _like(holder[key], change.new)


def _slots(node: Any, shape: Shape) -> Iterator[tuple[Any, Any]]:
    """Where a value of the shape may stand."""
    children: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = list(enumerate(node))
    for key, child in children:
        if isinstance(child, dict | list):
            yield from _slots(child, shape)
        elif {Shape.TAG: key == "tag" and "repository" in node, Shape.KUSTOMIZE: key == "newTag"}.get(shape, True):
            yield node, key


def _like(old: Any, new: str) -> Any:
    """The new value with the quotes of the old one."""
    return type(old)(new) if isinstance(old, str) and type(old) is not str else new
