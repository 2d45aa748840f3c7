"""What the messages of commits say."""

from __future__ import annotations

import pytest

from tagwright.git.text import PastCommit
from tagwright.recall.chronicle import Chronicle


def said(message: str) -> Chronicle:
    """A branch of one commit."""
    return Chronicle([PastCommit("1" * 40, (), "2" * 40, "2026-11-21", "A Person", message)])


@pytest.mark.parametrize(
    ("line", "goes_on"),
    [
        ("Tagwright: resume", True),
        ("tagwright:resume", True),
        ("Tagwright: resume redis", True),
        ("Tagwright: resume docker.io/library/redis", True),
        ("Tagwright: resume *", True),
        ("Tagwright: resume nginx", False),
        ("Tagwright: resume ghcr.io/**", False),
        ("Do not write Tagwright: resume", False),
        ("Tagwright: resumed", False),
        ("Tagwright: resume " + "[" * 5000, False),
    ],
)
def test_go_on_names_images_as_a_configuration_does(line: str, goes_on: bool) -> None:
    """A line of its own, for every image or those that a glob matches however Docker lets them be spelled."""
    assert said(f"Title\n\n{line}\n").resumed_since("1" * 40, "docker.io/library/redis") is goes_on
