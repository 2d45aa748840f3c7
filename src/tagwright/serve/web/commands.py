"""What people ask for in a comment of a pull request: `/tagwright rebase`.

A rebuild throws commits away, and whoever has a webhook's secret can tell of any comment: so the forge is asked for the
comment, and whether who wrote it may write. The command
is carried out by ticking the box in the pull request's text, so that the forge keeps it until it is done, whatever
happens to this process.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import Full, Queue

from tagwright.errors import TagwrightError
from tagwright.forges.base import Draft, Forge, State
from tagwright.model import Asked, Target
from tagwright.views.pull_request import marks
from tagwright.webhooks.deeds import command_in

log = logging.getLogger(__name__)

MOST_WAITING = 100


class Commands:
    """Carries them out one after the other, in a thread of its own that begins with the first.

    `due` is told of a target that is to be looked at. What comes while MOST_WAITING wait is not taken.
    """

    def __init__(self, open_forge: Callable[[Target], Forge], due: Callable[[Target], object]) -> None:
        self._open, self._due = open_forge, due
        self._waiting: Queue[tuple[Target, Asked]] = Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def take(self, target: Target, asked: Asked) -> bool:
        """Whether it will be carried out, if they may ask for it."""
        try:
            self._waiting.put_nowait((target, asked))
        except Full:
            return False
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="commands", daemon=True)
                self._thread.start()
        return True

    def _work(self) -> None:
        while True:
            target, asked = self._waiting.get()
            try:
                if obey(self._open(target), target, asked):
                    self._due(target)
            except TagwrightError as error:
                log.warning("%s: pull request %d stays as it is: %s", target.name, asked.number, error.message)
            except Exception:
                log.exception("a bug in Tagwright, met at a command for target %s", target.name)
            finally:
                self._waiting.task_done()


def obey(forge: Forge, target: Target, asked: Asked) -> bool:
    """Tick the box in one of our open pull requests for somebody who may write. Raises ForgeError.

    Whether the target is to be looked at.
    """
    found = forge.numbered(asked.number)
    ours = found is not None and found.head.startswith(target.delivery.branch_prefix)
    if found is None or not ours or found.state is not State.OPEN:
        log.info("%s: pull request %d is no open one of ours", target.name, asked.number)
        return False
    said = forge.remark(asked.number, asked.comment)
    if said is None or said.author.lower() != asked.user.lower() or command_in(said.text) != asked.command:
        log.warning("%s: the forge knows of no such command by %s in %d", target.name, asked.user, asked.number)
        return False
    if not forge.may_write(asked.user):
        log.warning("%s: %s asks for a rebuild of %d and may not write there", target.name, asked.user, asked.number)
        return False
    log.info("%s: %s has pull request %d rebuilt", target.name, asked.user, asked.number)
    body = marks.ticked(found.body, forge.limit)
    forge.edit(found, Draft(found.head, found.base, found.title, body, draft=found.draft))
    return True
