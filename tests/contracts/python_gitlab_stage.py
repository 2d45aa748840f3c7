"""A plugin for the pytest that runs python-gitlab's functional tests: what they take from docker comes from here.

Their GitLab is the one whose address is in STAGE_URL, and nothing has to be waited for.
"""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

STAGE = urlsplit(os.environ["STAGE_URL"])


class _Services:
    def port_for(self, service: str, container_port: int) -> int:
        return STAGE.port or 0

    def wait_until_responsive(self, **asked: Any) -> None:
        """It is there already."""


@pytest.fixture(scope="session")
def docker_ip() -> str:
    """Where the containers are."""
    return STAGE.hostname or ""


@pytest.fixture(scope="session")
def docker_services() -> _Services:
    """Who started them."""
    return _Services()


@pytest.fixture(autouse=True, scope="session")
def at_once() -> None:
    """Their pauses let a real GitLab catch up, 30 seconds at a time."""
    setattr(time, "sleep", lambda _: None)  # noqa: B010 - the type checker would have a function of that name
