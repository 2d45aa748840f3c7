"""A run that is told to stop stops: soon, with nothing left behind."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from tests.support.git_http import GitHttp, Handler
from tests.support.story import Running, Story


def processes_that_name(text: str) -> list[str]:
    """The command lines on this machine that hold `text`."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line:
            found.append(line)
    return found


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_run_that_waits_for_git(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """Long before the server answers any target; no git process and no temporary folder stays."""
    temporary, asked, gone = tmp_path / "tmp", threading.Event(), threading.Event()
    temporary.mkdir()

    def hang(handler: Handler) -> bool:
        asked.set()
        gone.wait(60)
        return handler.reply(503)

    with GitHttp(tmp_path) as site:
        site.answer = hang
        try:
            targets = "".join(f"- {{repository: {site.url(name)}.git}}\n" for name in "abcdefgh")
            (tmp_path / "tagwright.yaml").write_text(f"version: 1\ntargets:\n{targets}")
            running = Running(("plan", "--config", str(tmp_path / "tagwright.yaml")), {"TMPDIR": str(temporary)})
            assert asked.wait(30)
            assert processes_that_name(site.host)
            running.gets(number)
            done = running.ends(20)
            assert (done.code, done.out) == (code, "")
            assert "Traceback" not in done.err
            assert processes_that_name(site.host) == []
            assert list(temporary.iterdir()) == []
        finally:
            gone.set()


def test_a_signal_ends_a_run_that_waits_for_a_registry(story: Story) -> None:
    """What cannot be interrupted gets some seconds, and is then left."""
    asked, gone = threading.Event(), threading.Event()
    with GitHttp(story.folder) as site:

        def hang(handler: Handler) -> bool:
            asked.set()
            gone.wait(60)
            return handler.reply(503)

        site.answer = hang
        try:
            (story.folder / "a.yaml").write_text(f"image: {site.host}/acme/api:1.2.0\n")
            running = Running(("plan", "--path", str(story.folder)))
            assert asked.wait(30)
            running.gets(signal.SIGTERM)
            assert running.ends(10).code == 143
        finally:
            gone.set()
