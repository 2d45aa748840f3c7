"""A folder as a place to work on."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from tagwright.errors import FileUnreadable, TagwrightError, UsageError
from tagwright.folder import Folder
from tagwright.model import FileChange


def test_links_and_the_repository_itself_are_passed_over(tmp_path: Path) -> None:
    """A link could lead out of the folder, and .git is not ours to edit."""
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.yaml").write_text("a")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("b")
    (tmp_path / "link.yaml").symlink_to("/etc/hostname")
    (tmp_path / "out").symlink_to("/etc")
    assert [entry.path for entry in Folder(tmp_path).files("")] == ["inside/a.yaml"]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """Nothing is written when one file is no longer what was read."""
    (tmp_path / "a").write_text("one")
    (tmp_path / "b").write_text("someone else's")
    changes = [FileChange("a", b"one", b"two"), FileChange("b", b"old", b"new")]
    with pytest.raises(UsageError, match="b changed"):
        Folder(tmp_path).write(changes)
    assert [(tmp_path / name).read_text() for name in "ab"] == ["one", "someone else's"]


def test_writing_keeps_permissions_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The new file has the old one's mode, and no temporary file stays."""
    (tmp_path / "a").write_text("one")
    (tmp_path / "a").chmod(0o754)
    Folder(tmp_path).write([FileChange("a", b"one", b"two")])
    assert (tmp_path / "a").read_bytes() == b"two"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o754
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """The path is named, and what to give instead."""
    with pytest.raises(UsageError, match="nowhere is not a folder"):
        Folder(tmp_path / "nowhere")


def denied(*_: object, **__: object) -> None:
    """What the operating system says to someone who may not."""
    raise PermissionError(13, "Permission denied")


def test_a_subfolder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not passed over in silence, and no bug: references could stand in it."""
    (tmp_path / "apps" / "closed").mkdir(parents=True)
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: denied() if str(path).endswith("closed") else real(path))
    with pytest.raises(FileUnreadable, match="apps/closed/ cannot be read: Permission denied"):
        Folder(tmp_path).files("")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """It was there a moment ago."""
    with pytest.raises(FileUnreadable, match=r"apps/gone\.yaml cannot be read: No such file"):
        dict(Folder(tmp_path).read(["apps/gone.yaml"]))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is as it was."""
    (tmp_path / "a").write_text("one")
    monkeypatch.setattr(tempfile, "mkstemp", denied)
    with pytest.raises(TagwrightError, match="a cannot be written: Permission denied") as raised:
        Folder(tmp_path).write([FileChange("a", b"one", b"two")])
    assert not isinstance(raised.value, UsageError)
    assert raised.value.hint
    assert (tmp_path / "a").read_text() == "one"


def test_no_more_is_read_than_is_asked_for(tmp_path: Path) -> None:
    """A file of any size costs no more memory than the limit."""
    (tmp_path / "a").write_text("abcdef")
    assert list(Folder(tmp_path).read(["a"], 3)) == [("a", b"abc")]
    assert list(Folder(tmp_path).read(["a"])) == [("a", b"abcdef")]
