"""What a peer finds in files of YAML, we find too, and more: it is a lower bound.

By either name: with the global registry or without; as it stands in the file, or behind the peer's mirror.
Dockerfiles have tests of their own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tagwright import scan

EXCEPTIONS = {
    ("values.yaml", "acme/api:1.1"): "an unquoted 1.10, which the peer reads as a number",
    ("kustomization.yaml", "acme/base:v1.2.3"): "a tag of Git, on a remote resource",
    (".github/workflows/x.yml", "ubuntu:latest"): "a runner, which no registry has",
}
"""What we do not find, and why that is right; one that is found fails the test."""


def missing(case: dict[str, Any]) -> list[tuple[str, str]]:
    """File and image of each dependency that a scan does not report. Asserts that no file is a problem."""
    scanned = scan.scan_file(case["filename"], case["content"].encode())
    assert scanned.problems == ()
    images = [(one.image, one.alias) for one in scanned.references]
    found = {(name, image.tag, image.digest) for image, alias in images for name in (image.name, alias)}
    return [
        (case["filename"], f"{dep['image']}:{dep['tag']}")
        for dep in case["deps"]
        if "image" in dep
        and found.isdisjoint((dep.get(name), dep["tag"] or None, dep["digest"]) for name in ("image", "shown_as"))
    ]


def test_every_image_the_peer_finds_is_found(shared: Path) -> None:
    """Image, tag and digest of each dependency, but for the exceptions."""
    cases = json.loads((shared / "vectors/renovate-managers.json").read_text())["cases"]
    run = [case for case in cases if case["manager"] != "dockerfile"]
    assert {one for case in run for one in missing(case)} == set(EXCEPTIONS)
    assert len(run) >= 35


def test_what_the_peer_does_not_see_is_found(shared: Path) -> None:
    """Argo CD's parameters and values: a tag alone, which a rule must name, and an image."""
    cases = json.loads((shared / "vectors/renovate-managers.json").read_text())["cases"]
    (case,) = [case for case in cases if case["manager"] == "argocd" and not case["deps"]]
    found = [str(one.image) for one in scan.scan_file(case["filename"], case["content"].encode()).references]
    assert found == [":v1.0.0", "registry.example.com/shop/web:v1.0.0"]
