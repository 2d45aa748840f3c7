"""A survey of a folder: what cannot be read is said, and the rest is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.errors import FileUnreadable
from tagwright.folder import Folder
from tagwright.model import Target
from tagwright.survey import SETTINGS, Survey, survey


class Closed(Folder):
    """A folder in which one file may not be read."""

    def __init__(self, root: Path, path: str) -> None:
        super().__init__(root)
        self.path = path

    def read(self, oids: Iterable[str], limit: int = -1) -> Iterator[tuple[str, bytes]]:
        for path, data in super().read(oids, limit):
            if path == self.path:
                raise FileUnreadable(f"{path} cannot be read: Permission denied")
            yield path, data


def surveyed(folder: Folder) -> Survey:
    """What stands in it."""
    return survey(folder, folder.head(), Target(""), Cache(None), "")


def test_a_file_that_may_not_be_read_is_a_problem_of_its_own(tmp_path: Path) -> None:
    """Its neighbours on both sides are read."""
    for name in "abc":
        (tmp_path / f"{name}.yaml").write_text(f"image: acme/{name}:1\n")
    found = surveyed(Closed(tmp_path, "b.yaml")).scanned
    assert [one.path for one in found.references] == ["a.yaml", "c.yaml"]
    assert [(one.path, one.code) for one in found.problems] == [("b.yaml", "unreadable")]


def test_settings_that_may_not_be_read_are_not_passed_over(tmp_path: Path) -> None:
    """They could hold what must not move."""
    (tmp_path / SETTINGS).write_text("holds: []\n")
    with pytest.raises(FileUnreadable):
        surveyed(Closed(tmp_path, SETTINGS))
