"""A stage for stories: a real registry, real Git remotes, and the real command line."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tagwright.cli import main
from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.git_server import Remote

SOURCE = Path(__file__).resolve().parents[2] / "src"

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api   # the one service
spec:
  template:
    spec:
      containers:
        - name: api
          image:   {image}
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Story:
    """One registry, one Git remote called deploy, and a configuration that names it."""

    def __init__(self, folder: Path, registry: EmbeddedRegistry, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.registry = registry
        self.remote = Remote(folder / "deploy.git")
        self._capsys = capsys

    def offers(self, repository: str, *tags: str) -> str:
        """Publish tags; the image's name, as a file would spell it."""
        for tag in tags:
            self.registry.add(repository, tag)
        return f"{self.registry.host}/{repository}"

    def configured(self, text: str = "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n") -> None:
        """Write tagwright.yaml with the remote as its one target."""
        target = f"targets: [{{name: deploy, repository: {self.remote.path}, branch: main}}]\n"
        (self.folder / "tagwright.yaml").write_text(f"version: 1\n{text}{target}", "utf-8")

    def runs(self, line: str) -> Result:
        """A command line in this process; `tagwright` commands that take a configuration get the story's."""
        arguments = shlex.split(line)
        assert arguments.pop(0) == "tagwright"
        if not {"--repo", "--path", "--config"} & set(arguments) and arguments[0] in ("run", "plan", "scan", "explain"):
            arguments += ["--config", str(self.folder / "tagwright.yaml")]
        self._capsys.readouterr()
        code = main(arguments)
        said = self._capsys.readouterr()
        return Result(code, said.out, said.err)

    def starts(self, *arguments: str) -> Running:
        """A command in a process of its own, as a pipeline would start it."""
        return Running(arguments)


class Running:
    """A command on its way."""

    def __init__(self, arguments: tuple[str, ...], environ: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tagwright", *arguments],
            env={**os.environ, **(environ or {}), "PYTHONPATH": str(SOURCE)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell's background job, as these tests may be one, ignores it, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def gets(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def ends(self, seconds: float = 120) -> Result:
        """What it said, and how it ended; who is late is killed, and fails with what it said so far."""
        try:
            out, err = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            ended = self._process.poll()
            self._process.kill()
            out, err = self._process.communicate()
            raise AssertionError(f"not over after {seconds} s, exit code {ended}: {out!r} {err!r}") from None
        return Result(self._process.returncode, out, err)
