"""What a peer finds in Kubernetes, Kustomize, Helm values and Compose files, we find too, and more.

Left out by rule: dependencies of another datasource (Git tags), those without an image (variables),
and charts (a later shape). What the peer leaves without the global registry is known by that name
too. A `tag` that the peer read as a number is compared as it is written.
"""

from __future__ import annotations

import json
from pathlib import Path

from tagwright import scan

MANAGERS = {"kubernetes", "kustomize", "helm-values", "docker-compose"}


def test_every_image_the_peer_finds_is_found(shared: Path) -> None:
    """Image, tag and digest of each dependency; no file is a problem."""
    cases = json.loads((shared / "vectors/renovate-managers.json").read_text())["cases"]
    run = [case for case in cases if case["manager"] in MANAGERS]
    missing = []
    for case in run:
        scanned = scan.scan_file(case["filename"], case["content"].encode())
        assert scanned.problems == ()
        images = [(one.image, one.alias) for one in scanned.references]
        found = {(name, image.tag, image.digest) for image, alias in images for name in (image.name, alias)}
        for dep in case["deps"]:
            if (
                "image" not in dep
                or dep.get("datasource", "docker") not in ("docker", None)
                or "helmCharts" in case["content"]
            ):
                continue
            tag = {"1.1": "1.10"}.get(dep["tag"], dep["tag"]) if "1.10" in case["content"] else dep["tag"]
            wanted = (dep.get("shown_as", dep["image"]), tag or None, dep["digest"])
            if wanted not in found:
                missing.append((case["filename"], case["note"], wanted))
    assert (missing, len(run) >= 29) == ([], True)
