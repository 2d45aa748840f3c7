"""`tagwright demo`: the real pipeline on real HTTP and real Git, nothing staged."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

from tagwright import demo
from tagwright.cli import main

WRAPPER = """\
#!/bin/sh
printf '%s\\n' "$*" >> {log}
exec {git} "$@"
"""


@pytest.fixture
def git_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that gets a line for every git process started from here on."""
    log = tmp_path / "calls"
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(WRAPPER.format(log=log, git=shutil.which("git")))
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(wrapper.parent), prepend=":")
    return log


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The addresses connected to from here on."""
    found: list[Any] = []
    connect = socket.socket.connect

    def recorded(self: socket.socket, address: Any) -> None:
        found.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", recorded)
    return found


def test_the_demo_asks_a_registry_over_http_and_pushes_once(
    git_calls: Path, connected: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Sockets to the loopback registry alone, tag lists asked for, and one push to the remote."""
    said: list[str] = []
    assert demo.demo(said.append, main) == 0

    assert connected
    assert {address[0] for address in connected} == {"127.0.0.1"}
    pushes = [line for line in git_calls.read_text().splitlines() if line.startswith("push ")]
    assert len(pushes) == 1
    told = "\n".join(said) + capsys.readouterr().out
    assert "1.2.0 -> 1.3.0" in told
    assert "prerelease: 1.4.0-rc.1" in told
    assert "Tagwright-Image: " in told
    assert "3 current" in told


def test_the_outcome_follows_the_registry(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Another newest tag in the registry is another tag in Git."""
    monkeypatch.setattr(demo, "API_TAGS", (*demo.API_TAGS, "1.9.9"))
    said: list[str] = []
    assert demo.demo(said.append, main) == 0
    history = next(text for text in said if text.startswith("commit "))
    assert "acme/api:1.9.9" in history
    assert "acme/api:1.3.0" not in history
    capsys.readouterr()


def test_the_demo_cleans_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing stays behind in the temporary folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    assert demo.demo(lambda _: None, main) == 0
    assert list(tmp_path.iterdir()) == []
    capsys.readouterr()
