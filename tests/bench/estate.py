"""A company's deploy repository of any size, and the registry of its 500 images in a process of its own.

One file in ten mentions images, the rest are ConfigMaps, Services and custom resources. Every size mentions all 500
images, so that the registry costs the same; the first hundred are mentioned once each.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from tagwright.cli import main
from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry
from tests.bench.trees import seeded
from tests.support.git_server import Remote

IMAGES, ONCE = 500, 100


def image_of(mention: int) -> int:
    """The number of the image that the estate's nth mention names."""
    return mention if mention < ONCE else ONCE + mention % (IMAGES - ONCE)


def content_of(number: int, count: int, host: str) -> bytes:
    """File `number` of an estate of `count` files."""
    if number % 10:
        return _OTHERS[number % 3].format(number=number).encode()
    each = max(1, IMAGES * 10 // count)
    mentions = range(number // 10 * each, (number // 10 + 1) * each)
    containers = (f"        - {{name: c{n}, image: {host}/acme/app-{image_of(n)}:1.0.0}}\n" for n in mentions)
    return (_DEPLOYMENT.format(number=number) + "".join(containers)).encode()


@dataclass(frozen=True, slots=True)
class Estate:
    """A remote, a cache folder and a configuration that commits to it."""

    remote: Remote
    folder: Path

    def tagwright(self, command: str = "run") -> str:
        """One command of ours in this process; what it printed. It must go well."""
        said = StringIO()
        arguments = [command, "--config", str(self.folder / "tagwright.yaml"), "--cache", str(self.folder / "cache")]
        with redirect_stdout(said):
            code = main(arguments)
        assert code == 0, said.getvalue()
        return said.getvalue()


def estate(folder: Path, count: int, host: str) -> Estate:
    """An estate of `count` files."""
    own = folder / f"estate-{count}"
    own.mkdir()
    remote = seeded(own, count, lambda number: content_of(number, count, host))
    (own / "tagwright.yaml").write_text(
        "version: 1\ndefaults: {policy: {compatible: minor}}\ndelivery: {mode: commit, group: all}\n"
        f"targets: [{{name: estate, repository: 'file://{remote.path}', branch: main}}]\n"
    )
    return Estate(remote, own)


# ── its registry ─────────────────────────────────────────────────────────────


class Late(EmbeddedRegistry):
    """Every answer comes `late` seconds after its question."""

    def __init__(self, late: float) -> None:
        super().__init__()
        self._late = late

    def answer(self, asked: Asked) -> Answer:
        time.sleep(self._late)
        return super().answer(asked)


class Offering:
    """The registry from outside: `host`, and tags that can be added."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.host = self._said()

    def push(self, tags: Mapping[int, str]) -> None:
        """Add one tag to each image by its number, and wait until they are there."""
        for number, tag in tags.items():
            self._tell(f"{number} {tag}")

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        assert self._said() == line

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def offering(late: float = 0) -> Iterator[Offering]:
    """A registry with 20 tags of each image, in a process of its own so that its work is not counted as ours."""
    command = [sys.executable, "-m", "tests.bench.estate", str(late)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Offering(process)
        process.terminate()


def serve(late: float) -> None:
    """The other process: say the host, add what is told, until ended."""
    with Late(late) as registry:
        for number in range(IMAGES):
            for tag in range(20):
                registry.add(f"acme/app-{number}", f"0.{tag}.0" if tag else "1.0.0")
        print(registry.host, flush=True)
        for line in sys.stdin:
            number_, tag_ = line.split()
            registry.add(f"acme/app-{number_}", tag_)
            print(line.strip(), flush=True)


_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  labels: {{app.kubernetes.io/name: app-{number}, app.kubernetes.io/part-of: platform}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/name: app-{number}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: app-{number}}}
    spec:
      serviceAccountName: app-{number}
      containers:
"""
_CONFIG = """apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-{number}
  namespace: team-{number}
data:
  LOG_LEVEL: info
  FEATURES: "a,b,c"
  application.properties: |
    server.port=8080
    server.name=app-{number}
    pool.size=16
    cache.ttl=300
"""
_SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: app-{number}
  labels: {{app.kubernetes.io/name: app-{number}}}
spec:
  selector:
    app.kubernetes.io/name: app-{number}
  ports:
    - name: http
      port: 80
      targetPort: http
    - name: metrics
      port: 9090
      targetPort: metrics
"""
_CUSTOM = """apiVersion: monitoring.example.test/v1
kind: AlertRule
metadata:
  name: alert-{number}
spec:
  groups:
    - name: app-{number}
      rules:
        - alert: HighErrorRate
          expr: sum(rate(http_requests_total{{app="app-{number}",code=~"5.."}}[5m])) > 1
          for: 10m
          labels: {{severity: page}}
          annotations: {{summary: "app-{number} answers with errors"}}
"""
_OTHERS = (_CONFIG, _SERVICE, _CUSTOM)

if __name__ == "__main__":
    serve(float(sys.argv[1]))
