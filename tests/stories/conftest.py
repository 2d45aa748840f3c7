"""The stage every story gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.judged import as_published
from tests.support.reviewed import FORGES, Reviewed, stage
from tests.support.story import Story

__all__ = ["as_published", "reviewed", "story"]


@pytest.fixture
def story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Story]:
    """A fresh registry, a fresh remote, a fresh folder."""
    with EmbeddedRegistry() as registry:
        yield Story(tmp_path, registry, capsys)


@pytest.fixture(params=list(FORGES))
def reviewed(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Reviewed]:
    """The same with a forge: each in turn."""
    with stage(request.param, tmp_path, capsys, monkeypatch) as made:
        yield made
