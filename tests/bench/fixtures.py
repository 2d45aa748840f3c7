"""Files to measure on: real trees from beside the checkout where they stand, generated ones elsewhere."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

SHARED = Path(__file__).resolve().parent.parent.parent.parent / "shared/corpus/trees"

_DEPLOYMENT = """---
# app {n}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{n}
  labels: {{app: app-{n}, team: "team-{t}"}}
spec:
  replicas: {t}
  selector: {{matchLabels: {{app: app-{n}}}}}
  template:
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/app-{n}:1.{t}.0 # keep
          env:
            - {{name: MODE, value: "fast"}}
            - name: LIMIT
              value: "{n}"
          ports: [{{containerPort: 8080}}]
          resources:
            limits: {{cpu: 500m, memory: 128Mi}}
"""
_VALUES = "replicas: {t}\nimage:\n  repository: ghcr.io/acme/app-{n}\n  tag: 1.{t}.0\nservice: {{port: 80}}\n"
_SETTINGS = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c-{n}\ndata:\n" + "  key: value number {n}\n" * 20


def generated(count: int) -> list[tuple[str, bytes]]:
    """`count` small files, a third of them without an image; each of its own."""
    shapes = [_DEPLOYMENT, _VALUES, _SETTINGS]
    return [(f"apps/{n}.yaml", shapes[n % 3].format(n=n, t=n % 7).encode()) for n in range(count)]


def trees() -> dict[str, list[tuple[str, bytes]]]:
    """Named sets of YAML files."""
    found = {"generated": generated(600)}
    for archive in sorted(SHARED.glob("*.tar.gz")):
        with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
            members = [one for one in tar.getmembers() if one.isfile() and one.name.endswith((".yaml", ".yml"))]
            files = [(one.name, handle.read()) for one in members if (handle := tar.extractfile(one))]
            found[archive.name.removesuffix(".tar.gz")] = files
    return found


def cpu(*works: Callable[[], object], rounds: int = 5) -> list[float]:
    """Median CPU seconds of each work, run in turn so that a busy minute hits all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            start = process_time()
            work()
            taken.append(process_time() - start)
    return [median(taken) for taken in times]
