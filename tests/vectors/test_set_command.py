"""`tagwright set --path` on the vectors of rewritten files: every byte as the vector says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tagwright.cli import main
from tests.conftest import SHARED


def vectors(name: str) -> list[Any]:
    """The entries of a shared vector file, or one that skips with a message."""
    path = SHARED / "vectors" / name
    if not path.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"{name} does not stand beside this checkout"))]
    found = json.loads(path.read_text("utf-8"))
    entries = found["vectors"] if isinstance(found, dict) else found
    return [pytest.param(entry, id=entry["name"]) for entry in entries if entry.get("before") is not None]


def set_policies(entry: dict[str, Any], folder: Path) -> int:
    """Write the file, then set what each policy's markers mark; the exit code."""
    file = folder / entry["path"]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(entry["before"].encode())
    batch = folder.parent / "batch.json"
    wanted = [
        {"image": f"{one['image']}:{one['tag']}" + (f"@{one['digest']}" if one.get("digest") else ""), "policy": name}
        for name, one in entry["policies"].items()
    ]
    batch.write_text(json.dumps(wanted))
    files = ["--files", f"{entry['update_path'].removeprefix('./')}/**"] if "update_path" in entry else []
    return main(["set", "--batch", str(batch), "--path", str(folder), "--allow-downgrade", *files])


@pytest.mark.parametrize("entry", vectors("flux-setters.json"))
def test_flux_markers_are_set_as_flux_means_them(entry: dict[str, Any], tmp_path: Path) -> None:
    """The result Flux's own tests want."""
    folder = tmp_path / "files"
    code = set_policies(entry, folder)
    assert (folder / entry["path"]).read_bytes().decode() == entry["after"]
    assert code in (0, 4)


def stated(name: str, key: str) -> list[Any]:
    """The entries that state a byte-exact result."""
    return [one for one in vectors(name) if one.values[0] is None or one.values[0].get(key) is not None]


NO_RULE = "nested + real"
"""Its stated result changes one of two values marked alike, and leaves the one the peer changed; we change both."""


@pytest.mark.parametrize("entry", stated("flux-setters-observed.json", "minimal_after"))
def test_flux_markers_are_set_without_the_damage(entry: dict[str, Any], tmp_path: Path) -> None:
    """The marked value changes and nothing else, where Flux changes more or skips in silence."""
    folder = tmp_path / "files"
    set_policies(entry, folder)
    written = (folder / entry["path"]).read_bytes().decode()
    assert (written == entry["minimal_after"]) is (entry["name"] != NO_RULE)


@pytest.mark.parametrize("entry", stated("argo-write-kustomize.json", "after_byte_preserving"))
def test_kustomization_images_are_set(entry: dict[str, Any], tmp_path: Path) -> None:
    """As `kustomize edit set image` would, but byte for byte."""
    folder = tmp_path / "files"
    folder.mkdir()
    file = folder / "kustomization.yaml"
    file.write_bytes(entry["before"].encode())
    assert main(["set", *entry["params"]["images"], "--path", str(folder), "--allow-downgrade"]) == 0
    assert file.read_bytes().decode() == entry["after_byte_preserving"]
