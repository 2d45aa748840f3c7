"""Programs of the real world that some tests talk to.

`TAGWRIGHT_REQUIRE=registry,skopeo,nginx,redis,sshd,ssh` turns "not installed" from a skip into a failure. What no
package of the system brings (zuul-registry, distribution 3, crane) is looked for in the folder `TAGWRIGHT_PARTS` too,
where `.ci/run` puts it.
"""

from __future__ import annotations

import os
import shutil

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
