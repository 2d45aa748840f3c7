"""Debian's redis-server, with nothing on disk."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.support.parts import require
from tests.support.real_registry import free_port, wait_for_port


@contextmanager
def serving(folder: Path, *settings: str, port: int = 0) -> Iterator[int]:
    """A server with nothing on disk; gives its port."""
    program, port = require("redis-server", "redis"), port or free_port()
    plain = () if "--tls-port" in settings else ("--port", str(port))
    own = [setting.format(port=port) for setting in settings]
    command = [program, "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), *plain, *own]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield port
        finally:
            process.kill()


def raw(url: str) -> Any:
    """A client that can do anything there."""
    return redis.Redis.from_url(url)
