"""The configuration, read again while the service runs."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.errors import UsageError
from tagwright.model import CloudEvents, Config, Notification, Outbox, Service
from tagwright.notify import Notifier
from tagwright.serve.house import House
from tagwright.serve.reload import Reload
from tests.support.agendas import Desk
from tests.unit.notify.pictures import UPDATED, passes, target


class Read:
    """A service with a file at `path`, of which `config` is read, or which has mistakes (None)."""

    def __init__(self, folder: Path) -> None:
        self.path, self.cache, self.desk = folder / "tagwright.yaml", Cache(folder / "cache"), Desk(["one"])
        self.path.write_text("as it was")
        self.before = Config(targets=tuple(self.desk.targets))
        self.config: Config | None = self.before
        board = Board(self.cache, lambda: self.desk.now)
        self.house = House(self.before, self.desk.agenda, board, lambda: self.desk.now)
        self.house.notifier = Notifier((), self.cache, {}, kept=True)
        self.reload = Reload(self.house, self.path, self.load)
        self.desk.passes()

    def load(self) -> Config:
        """What the file says."""
        if self.config is None:
            raise UsageError("it has a mistake")
        return self.config


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """A service after its first round."""
    return Read(tmp_path)


def test_who_is_to_be_told_from_now_on_is_told(read: Read) -> None:
    """Notifications are part of it."""
    read.config = replace(read.before, notifications=(Notification("team", cloudevents=CloudEvents("http://x")),))
    read.reload.now()
    (change,) = passes(target(published=(UPDATED,)))
    read.house.notifier.hear(change)
    waiting = read.cache.load(Outbox, "notification team")
    assert waiting
    assert len(waiting.waiting) == 1


def test_it_is_read_when_its_bytes_change_and_when_somebody_says_so(read: Read) -> None:
    """And not otherwise."""
    read.config = Config()
    read.reload.if_changed()
    assert read.house.config is read.before
    read.path.write_text("otherwise")
    read.reload.if_changed()
    assert read.house.config is read.config
    read.config = read.before
    read.reload.if_changed()
    assert read.house.config is not read.before
    read.reload.now()
    assert read.house.config is read.before


def test_a_file_that_is_gone_or_has_mistakes_changes_nothing(read: Read, caplog: pytest.LogCaptureFixture) -> None:
    """The one before stays until there is one that is right."""
    read.config = None
    read.path.unlink()
    read.reload.if_changed()
    assert caplog.records == []
    read.path.write_text("broken")
    read.reload.if_changed()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert read.house.config is read.before
    read.config = Config()
    read.path.write_text("mended")
    read.reload.if_changed()
    assert read.house.config is read.config


def test_another_address_is_for_the_next_start(read: Read, caplog: pytest.LogCaptureFixture) -> None:
    """That is said; the rest is gone by."""
    read.config = Config(service=Service(listen="127.0.0.1:9"))
    read.reload.now()
    assert "serve.listen" in caplog.text
    assert read.house.config is read.config
