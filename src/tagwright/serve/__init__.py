"""The service: passes by a timetable and by what webhooks tell, and a page, metrics and health beside them.

    timetable.py   when every target is looked at
    agenda.py      what is looked at next: hints and rounds, each target once at a time
    alarms.py      moments when time alone changes what a target may do
    passes.py      one pass over one target, with what lasts between passes
    asking.py      registries that passes share for a while
    workers.py     threads that take errands
    telling.py     a thread that sends notifications
    reload.py      the configuration, read again while it runs
    house.py       what the rooms share
    web/           how it is told of things, and how people look at it: a room for each path

Nothing it knows is lost with it: what waits for a pass is only a hint, and the first round after a start looks at
everything. Any number of them may run side by side; Git's compare-and-swap keeps them apart.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tagwright import footguns, places
from tagwright.board import Board
from tagwright.cache import Cache
from tagwright.check import of_notifications
from tagwright.errors import TagwrightError, UsageError
from tagwright.exits import DONE
from tagwright.model import Config
from tagwright.notify import Notifier
from tagwright.outside import cached, kept
from tagwright.serve.agenda import Agenda
from tagwright.serve.house import House
from tagwright.serve.passes import Passes
from tagwright.serve.reload import Reload
from tagwright.serve.telling import Telling
from tagwright.serve.timetable import Timetable
from tagwright.serve.web import hooks
from tagwright.serve.web.listening import Listening
from tagwright.serve.workers import Workers

log = logging.getLogger(__name__)

LOOKS = 2.0  # seconds between two looks at the configuration's file
PATIENCE = 3.0  # seconds for what is left, once Git has been ended, and again for what comes after it


def serve(args: argparse.Namespace) -> int:
    """Serve until a signal says to stop. Raises UsageError, ConfigError."""
    if args.path:
        raise UsageError("--path has no part in serve", hint="a service delivers to repositories: --config or --repo")
    config = _config(args)
    for found in footguns.of_service(config.service):
        log.warning("%s (%s)", found.message, found.hint)
    with cached(args):
        cache = Cache(kept(args))
        board = Board(cache, _now)
        house = House(config, agenda_of(config, board), board, _now)
        house.notifier = Notifier(
            config.notifications,
            cache,
            os.environ,
            kept=True,
            page=config.service.url,
            counted=house.metrics.notified,
        )
        workers = Workers(house, Passes(args, cache, house.metrics.asked))
        house.healthy = workers.alive
        reload = Reload(house, Path(args.config or "tagwright.yaml"), lambda: _config(args))
        with _signals() as heard, Telling(house.notifier), Listening(house, config.service.listen) as listening:
            workers.start()
            count = len(config.targets)
            log.warning("serving %d target%s at %s", count, "" if count == 1 else "s", listening.address)
            _until_stopped(heard, reload if not args.repo else None, listening)
            _stop(house, workers, config)
    return DONE


def agenda_of(config: Config, board: Board) -> Agenda:
    """Everything is to be looked at; who uses which image, the board knows before that."""
    agenda = Agenda(config.targets, Timetable(config.service), _now)
    for status in board.every(config.targets):
        agenda.uses(status.name, (one.image for one in status.images))
    return agenda


def _config(args: argparse.Namespace) -> Config:
    """The configuration, with what the flags say of the service."""
    config = places.targets(args)
    service = replace(config.service, listen=args.listen or config.service.listen)
    hooks.check(config, os.environ)
    for warning in of_notifications(config.notifications, os.environ).warnings:
        log.warning("%s", warning)
    return replace(config, service=service)


def _now() -> datetime:
    return datetime.now(UTC)


class _Heard:
    """What signals said."""

    def __init__(self) -> None:
        self.any, self.stop, self.reload = threading.Event(), False, False

    def take(self, number: int, _frame: object) -> None:
        if number == signal.SIGHUP:
            self.reload = True
        else:
            self.stop = True
        self.any.set()


@contextmanager
def _signals() -> Iterator[_Heard]:
    """SIGTERM and SIGINT ask to stop, SIGHUP to read the configuration again."""
    heard, numbers = _Heard(), (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return
    before = {number: signal.signal(number, heard.take) for number in numbers}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _until_stopped(heard: _Heard, reload: Reload | None, listening: Listening) -> None:
    while not heard.stop:
        heard.any.wait(LOOKS)
        heard.any.clear()
        if not listening.alive():
            raise TagwrightError("the web server ended by itself", hint="its log says why")
        if reload and heard.reload:
            heard.reload = False
            reload.now()
        elif reload:
            reload.if_changed()


def _stop(house: House, workers: Workers, config: Config) -> None:
    """No new pass; those under way may end within the grace period, else their git ends, which leaves nothing half."""
    house.ready = False
    house.agenda.stop()
    ends = time.monotonic() + config.service.grace.total_seconds()
    log.warning("stopping: passes under way have %s s", int(config.service.grace.total_seconds()))
    if not workers.join(lambda: ends - time.monotonic()):
        from tagwright.git import processes

        processes.end_all()
        last = time.monotonic() + PATIENCE
        if not workers.join(lambda: last - time.monotonic()):
            _leave_soon()
        log.warning("passes that did not end in time were left; the next start looks again")


def _leave_soon() -> None:
    """A thread that waits for a registry is none that can be told to stop, and Python would wait for it at the end."""
    timer = threading.Timer(PATIENCE, os._exit, (DONE,))
    timer.daemon = True
    timer.start()
