"""Ask once: whoever else wants the same answer, now or later in the run, gets the first one's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

from tagwright.model import Candidate, Fact, TagList
from tagwright.registries.distribution.manifests import Manifests
from tagwright.registries.kept import KeptLists
from tagwright.registries.push_times import PushTimes
from tagwright.registries.stretches import Stretches
from tagwright.registries.web.accounts import asking
from tagwright.tracing import span

T = TypeVar("T")


class AskedOnce:
    """A registry and its own API, asked every question once. A failure is an answer too: whoever asks next gets it.

    `host` is the registry as images name it: what is asked here is for images of that host.
    """

    def __init__(
        self, host: str, lists: KeptLists, stretches: Stretches | None, manifests: Manifests, push_times: PushTimes
    ) -> None:
        self._host = host
        self._lists, self._stretches, self._manifests, self._push_times = lists, stretches, manifests, push_times
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, ...], Future[Any]] = {}

    def tags(self, repository: str, prefix: str = "") -> TagList:
        """As `Registry.tags`; whoever wants all tags of a repository, it serves for the others too."""
        stretches, own = self._stretches, ("tags", repository, prefix)
        if recent := self._lists.recent(repository):
            return recent
        if stretches and prefix and (own in self._answers or ("tags", repository) not in self._answers):
            return self._once(own, lambda: stretches.tags(repository, prefix, lambda: self._all(repository)))
        if stretches:
            stretches.refuse(repository)
        return self._all(repository)

    def _all(self, repository: str) -> TagList:
        return self._once(("tags", repository), lambda: self._lists.tags(repository))

    def digest(self, repository: str, tag: str) -> str:
        """As `Registry.digest`."""
        return self._once(("digest", repository, tag), lambda: self._manifests.digest(repository, tag))

    def describe(self, repository: str, tag: str, facts: Fact) -> Candidate:
        """As `Registry.describe`."""
        ask = lambda: self._manifests.describe(repository, tag, facts)  # noqa: E731
        return self._once(("describe", repository, tag, str(facts)), ask)

    def pushed(self, repository: str, tag: str, digest: str) -> datetime | None:
        """As `Registry.pushed`."""
        ask = lambda: self._push_times.pushed(repository, tag, digest)  # noqa: E731
        return self._once(("pushed", repository, tag, digest), ask)

    def pushes(self, repository: str) -> Mapping[str, datetime]:
        """As `Registry.pushes`."""
        found = self._once(("pushes", repository), lambda: self._push_times.pushes(repository))
        return {tag: push.when for tag, push in found.items()}

    def _once(self, question: tuple[str, ...], ask: Callable[[], T]) -> T:
        with self._lock:
            answer = self._answers.get(question)
            first = answer is None
            if answer is None:
                answer = self._answers[question] = Future()
        if first:
            try:
                image = f"{self._host}/{question[1]}"
                with asking(image, question[0]), span(f"registry {question[0]}", host=self._host, image=image):
                    answer.set_result(ask())
            except BaseException as error:  # noqa: BLE001 (whoever waits must not wait for ever)
                answer.set_exception(error)
        found: T = answer.result()
        return found
