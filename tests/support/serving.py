"""`tagwright serve` in a process of its own, as a pod would run it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.story import SOURCE

_ANYWHERE = ("--listen", "127.0.0.1:0", "--verbose")


class Serving:
    """The service over a configuration; `said` is the file of what it says, `url` where it listens."""

    def __init__(self, config: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self.said = config.with_name(f"{config.stem}.said")
        self._from = len(self.text)
        with self.said.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tagwright", "serve", "--config", str(config), *_ANYWHERE, *arguments],
                env={**os.environ, **(environ or {}), "PYTHONPATH": str(SOURCE)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )
        self._address = ""

    @property
    def text(self) -> str:
        """What it said so far, restarts included."""
        return self.said.read_text("utf-8", "replace") if self.said.exists() else ""

    @property
    def url(self) -> str:
        """Where it listens, once it does."""

        def listens() -> str:
            assert self.process.poll() is None, self.text
            found = re.search(r'serving \d+ targets? at (http://[^\s"]+)', self.text[self._from :])
            return found[1] if found else ""

        self._address = self._address or until(listens, lambda: self.text)
        return self._address

    def posts(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> int:
        """Send it something; the status of its answer."""
        return status(Request(self.url + path, body, dict(headers or {}), method="POST"))

    def gets(self, path: str) -> int:
        """Ask it for something; the status of its answer."""
        return status(Request(self.url + path))

    def signalled(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ends(self, seconds: float = 40) -> int:
        """Its exit code; who is late is killed, and fails."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"not over after {seconds} s: {self.text}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def status(request: Request) -> int:
    """The status of the answer to a request."""
    try:
        with urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def until(true: Callable[[], str | bool], said: Callable[[], str] = str, seconds: float = 60) -> str:
    """Wait for something to be true, which is looked at often; what it says then."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := true():
            return str(found)
        time.sleep(0.02)
    raise AssertionError(f"not true after {seconds} s: {said()}")
