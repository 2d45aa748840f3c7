"""Ask once: whoever else wants the same answer, now or later in the run, gets the first one's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from tagwright.model import Candidate, TagList
from tagwright.registries.base import Registry

T = TypeVar("T")


class AskedOnce:
    """A registry that is asked every question once. A failure is an answer too: the next who asks gets it as well."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], Future[Any]] = {}

    def tags(self, repository: str) -> TagList:
        """As `Registry.tags`."""
        return self._once(("tags", repository), lambda: self._registry.tags(repository))

    def digest(self, repository: str, tag: str) -> str:
        """As `Registry.digest`."""
        return self._once(("digest", repository, tag), lambda: self._registry.digest(repository, tag))

    def describe(self, repository: str, tag: str) -> Candidate:
        """As `Registry.describe`."""
        return self._once(("describe", repository, tag), lambda: self._registry.describe(repository, tag))

    def _once(self, question: tuple[str, ...], ask: Callable[[], T]) -> T:
        with self._lock:
            answer = self._answers.get(question)
            first = answer is None
            if answer is None:
                answer = self._answers[question] = Future()
        if first:
            try:
                answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001 (whoever waits must not wait for ever)
                answer.set_exception(error)
        found: T = answer.result()
        return found
