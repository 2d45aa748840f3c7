"""`tagwright demo`: the whole loop on one machine, with nothing to install or configure.

An embedded registry on a loopback port, a bare Git remote in a temporary folder, and the
same commands everyone runs, talking HTTP to the one and Git to the other.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tagwright.registries.embedded import EmbeddedRegistry

API_TAGS = ("1.2.0", "1.2.1", "1.3.0", "1.4.0-rc.1", "2.0.0", "latest")
CACHE_TAGS = ("7.2.4-alpine", "7.2.5-alpine", "7.4.1-alpine", "7.4.1", "8.0.0-alpine")

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  template:
    spec:
      containers:
        - name: api
          image: {registry}/acme/api:1.2.0   # tagwright follows the rule in tagwright.yaml
        - {{name: metrics, image: "{registry}/acme/api:1.2.0", args: [ --metrics ]}}
"""

VALUES = """\
cache:
  image:
    repository: {registry}/acme/cache
    tag:   7.2.4-alpine
"""

CONFIGURATION = """\
version: 1
rules:
  - images: ["{registry}/acme/api"]
    policy: {{semver: ">=1.2 <2"}}
defaults:
  policy: {{compatible: minor}}
delivery: {{mode: commit, group: all}}
targets:
  - name: deploy
    repository: {remote}
"""


Tagwright = Callable[[list[str]], int]
"""The command line: arguments to exit code."""


def demo(say: Callable[[str], None], tagwright: Tagwright) -> int:
    """Run the loop through the command line, telling each step; the worst exit code of its commands."""
    with EmbeddedRegistry() as registry, tempfile.TemporaryDirectory(prefix="tagwright-demo-") as folder:
        _publish_images(registry)
        remote = _remote(Path(folder) / "deploy.git", registry.host)
        config = Path(folder) / "tagwright.yaml"
        config.write_text(CONFIGURATION.format(registry=registry.host, remote=remote), "utf-8")
        say(f"A registry with two images is at {registry.url}, a Git repository at {remote}.\n")
        codes = [_step(say, tagwright, command, config) for command in ("plan", "explain", "run")]
        say("$ git log -p --reverse")
        say(_git("--git-dir", str(remote), "log", "-p", "--reverse", "-1"))
        say("Looking again changes nothing:\n")
        codes.append(_step(say, tagwright, "run", config))
    return max(codes)


def _step(say: Callable[[str], None], tagwright: Tagwright, command: str, config: Path) -> int:
    say(f"$ tagwright {command}")
    code = tagwright([command, "--config", str(config)])
    say("")
    return code


def _publish_images(registry: EmbeddedRegistry) -> None:
    for repository, tags in (("acme/api", API_TAGS), ("acme/cache", CACHE_TAGS)):
        for day, tag in enumerate(tags, 1):
            registry.add(repository, tag, created=datetime(2026, 1, day, tzinfo=UTC))


def _remote(path: Path, registry: str) -> Path:
    """A bare repository with one commit, as an operator would have it."""
    files = {"apps/api.yaml": DEPLOYMENT, "charts/values.yaml": VALUES}
    _git("init", "--quiet", "--bare", "--initial-branch=main", str(path))
    stream = ["commit refs/heads/main\ncommitter operator <operator@localhost> 1767225600 +0000\n", _data("Deploy\n")]
    for name, text in files.items():
        stream += [f"M 100644 inline {name}\n", _data(text.format(registry=registry))]
    _git("--git-dir", str(path), "fast-import", "--quiet", stdin="".join(stream))
    return path


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def _git(*arguments: str, stdin: str = "") -> str:
    """A Git command on the demo's own repository, deaf to whatever this machine's configuration says."""
    deaf = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    deaf |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], input=stdin, env=deaf, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return done.stdout
