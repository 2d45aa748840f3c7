"""The stage every story gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.judged import as_published
from tests.support.story import Story

__all__ = ["as_published", "story"]


@pytest.fixture
def story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Story]:
    """A fresh registry, a fresh remote, a fresh folder."""
    with EmbeddedRegistry() as registry:
        yield Story(tmp_path, registry, capsys)
