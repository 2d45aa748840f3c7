"""Every test runs in a clean environment: no ambient Git, Docker, forge or proxy settings reach it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
SCRUBBED = (
    *("GIT_", "DOCKER_", "GITHUB_", "GITLAB_", "GITEA_", "CI_", "TAGWRIGHT_", "SSH_", "XDG_", "JENKINS_"),
    *("REGISTRY_AUTH", "AWS_", "GOOGLE_", "GCE_", "AZURE_", "IDENTITY_"),
)
SCRUBBED_NAMES = {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "NO_COLOR", "CI"}

# A busy machine is slow, not wrong.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites what golden folders want by what is; the diff is then reviewed like code."""
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what comes out now")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Take away whatever the machine would whisper to git, docker or a forge client."""
    for name in list(os.environ):
        if name.upper().startswith(SCRUBBED) or name.upper() in SCRUBBED_NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parent.parent / "src"))


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command line logs to the standard error of its own test, not to that of one before."""
    yield
    logging.getLogger("tagwright").handlers.clear()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of vectors and corpus that stands beside a checkout; tests that need it are skipped elsewhere."""
    if not SHARED.is_dir():
        pytest.skip("the shared vectors and corpus do not stand beside this checkout (../shared)")
    return SHARED
