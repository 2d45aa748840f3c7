"""Programs of the real world that some tests talk to.

`TAGWRIGHT_REQUIRE=registry,skopeo,nginx,redis,sshd,ssh,chromium` turns "not installed" from a skip into a failure.
What no package of the system brings (zuul-registry, distribution 3, crane, kustomize) is looked for in the folder
`TAGWRIGHT_PARTS` too, where `.ci/run` puts it, and in `published` beside it what others publish of their APIs.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

# Read when the tests are collected: every test itself runs without our variables.
REQUIRED = frozenset(filter(None, os.environ.get("TAGWRIGHT_REQUIRE", "").split(",")))
_PARTS = os.environ.get("TAGWRIGHT_PARTS") or os.path.expanduser("~/.cache/tagwright-parts/bin")


def require(program: str, part: str) -> str:
    """The path of a program of the real world; without it the test is skipped, or fails when `part` is required."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:{_PARTS}:/usr/sbin:/sbin")
    if found:
        return found
    if part in REQUIRED:
        pytest.fail(f"{program} is not installed, and TAGWRIGHT_REQUIRE names {part}")
    pytest.skip(f"{program} is not installed")


def published(name: str) -> Path | None:
    """A file that somebody publishes of their API, where it is at hand."""
    found = Path(_PARTS).parent / "published" / name
    return found if found.is_file() else None


def require_published(name: str, part: str) -> Path:
    """The same; without it the test is skipped, or fails when `part` is required."""
    found = published(name)
    if found is None and part in REQUIRED:
        pytest.fail(f"{name} is not at hand, and TAGWRIGHT_REQUIRE names {part}")
    return found or pytest.skip(f"{name} is not at hand (.ci/run brings it)")
