"""Images -> what their registries offer: each repository asked once, all of them side by side.

A failure becomes a Problem of its image and stops no other. A list is whole or a Problem, never a part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from tagwright.errors import Problem, TagUnknown, TagwrightError
from tagwright.model import Candidate, TagList

if TYPE_CHECKING:
    from tagwright.registries import Registries
    from tagwright.registries.base import Registry

T = TypeVar("T")
_Job = tuple[str, str]


def lookup(images: Iterable[str], registries: Registries) -> Mapping[str, TagList | Problem]:
    """The tags of every image repository, by the name given and in the order given."""
    found: dict[str, TagList | Problem] = dict.fromkeys(images, TagList("", (), ""))
    jobs: dict[Registry, list[_Job]] = defaultdict(list)
    for name in found:
        try:
            registry, repository = registries.for_image(name)
        except TagwrightError as error:
            found[name] = error.problem(name)
        else:
            jobs[registry].append((name, repository))
    return found | _side_by_side(jobs, _tags, registries.concurrency)


def describe(
    image: str, tags: Iterable[str], registries: Registries, *, pushed: bool = False
) -> Mapping[str, Candidate]:
    """What is known of some tags of one image, by tag; `described` is set on each. `pushed` asks for that time too.

    A field is None when the registry has no such fact, and all are when a listed tag has no manifest any more.
    Raises RegistryError when anything could not be read: that is never taken for a fact that is not there.
    """
    registry, repository = registries.for_image(image)
    jobs = {registry: [(tag, repository) for tag in dict.fromkeys(tags)]}
    return _side_by_side(jobs, _aged if pushed else _candidate, registries.concurrency)


def pushes(image: str, registries: Registries) -> Mapping[str, datetime]:
    """When every tag of an image was pushed; empty where the registry does not tell."""
    registry, repository = registries.for_image(image)
    return registry.pushes(repository)


def _tags(registry: Registry, name: str, repository: str) -> TagList | Problem:
    try:
        return replace(registry.tags(repository), image=name)
    except TagwrightError as error:
        return error.problem(name)


def _candidate(registry: Registry, tag: str, repository: str) -> Candidate:
    try:
        return registry.describe(repository, tag)
    except TagUnknown:
        return Candidate(tag, described=True)


def _aged(registry: Registry, tag: str, repository: str) -> Candidate:
    found = _candidate(registry, tag, repository)
    return replace(found, pushed=registry.pushed(repository, tag, found.digest)) if found.digest else found


def _side_by_side(
    jobs: Mapping[Registry, list[_Job]], ask: Callable[[Registry, str, str], T], concurrency: int
) -> dict[str, T]:
    """Answers by the first half of each job. Every registry has its own threads, so a slow one delays no other."""
    with ExitStack() as stack:
        asked: dict[str, Future[T]] = {}
        for registry, own in jobs.items():
            if own:
                threads = stack.enter_context(ThreadPoolExecutor(min(len(own), concurrency)))
                asked |= {key: threads.submit(ask, registry, key, repository) for key, repository in own}
        return {key: future.result() for key, future in asked.items()}
