"""The configuration while the service runs: read again when its file changes, or when somebody says so."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from tagwright.errors import ConfigError, TagwrightError
from tagwright.model import Config
from tagwright.serve.house import House
from tagwright.serve.timetable import Timetable

log = logging.getLogger(__name__)


class Reload:
    """Goes by another configuration when the file at `path` says something else and is right; else by the one before.

    A file that is replaced whole, or the link to it, is a change as well (as Kubernetes does it with a ConfigMap).
    """

    def __init__(self, house: House, path: Path, load: Callable[[], Config]) -> None:
        self._house, self._path, self._load = house, path, load
        self._seen = self._look()

    def if_changed(self) -> None:
        """Read it again where its bytes differ from those seen last."""
        seen = self._look()
        if seen and seen != self._seen:
            self._seen = seen
            self.now()

    def now(self) -> None:
        """Read it again."""
        self._seen = self._look()
        try:
            config = self._load()
        except TagwrightError as error:
            mistakes = error.problems if isinstance(error, ConfigError) else (error.message,)
            log.error("the configuration is not taken, the one before stays: %s", "; ".join(map(str, mistakes)))
            return
        for key in ("listen", "trusted_proxies"):
            if getattr(config.service, key) != getattr(self._house.config.service, key):
                log.warning("serve.%s changed: that is heard of at the next start", key)
        self._house.config = config
        self._house.agenda.change(config.targets, Timetable(config.service))
        self._house.notifier.change(config.notifications, config.service.url)
        log.info("the configuration was read again: %d targets", len(config.targets))

    def _look(self) -> str:
        try:
            return hashlib.sha256(self._path.read_bytes()).hexdigest()
        except OSError:
            return ""
