"""Repositories of any size for the benchmarks: N small YAML files, a hundred to a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.git_server import Remote, git


def path_of(number: int) -> str:
    """Where file `number` stands."""
    return f"clusters/c{number // 10000}/apps/a{number // 100}/deployment-{number}.yaml"


def content_of(number: int, tag: str = "1.0.0") -> bytes:
    """A Deployment of some 700 bytes, different for each number."""
    return _DEPLOYMENT.format(number=number, tag=tag).encode()


def seeded(folder: Path, count: int, content: Callable[[int], bytes] = content_of) -> Remote:
    """A bare repository with `count` files in one commit, packed as a server has it."""
    remote = Remote(folder / f"{count}.git")
    stream = [b"commit refs/heads/main\ncommitter A Person <a@example.test> now\ndata 4\nSeed\n"]
    for number in range(count):
        data = content(number)
        stream.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path_of(number).encode(), len(data), data))
    git("fast-import", "--quiet", "--date-format=now", cwd=remote.path, stdin=b"".join(stream))
    git("repack", "-adq", cwd=remote.path)
    return remote


_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-{number}
  namespace: team-{number}
  labels: {{app.kubernetes.io/name: app-{number}, app.kubernetes.io/part-of: platform}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app.kubernetes.io/name: app-{number}}}
  template:
    metadata:
      labels: {{app.kubernetes.io/name: app-{number}}}
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/app-{number}:{tag}
          ports: [{{containerPort: 8080, name: http}}]
          resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: 256Mi}}}}
          readinessProbe: {{httpGet: {{path: /ready, port: http}}, periodSeconds: 10}}
"""
