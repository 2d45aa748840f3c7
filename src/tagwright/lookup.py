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

from tagwright.errors import Problem, RegistryError, TagUnknown, TagwrightError
from tagwright.model import Candidate, Fact, TagList
from tagwright.whereabouts import carried

if TYPE_CHECKING:
    from tagwright.digests import Digests
    from tagwright.registries import Registries
    from tagwright.registries.base import Registry

T = TypeVar("T")
MOST_TAGS = 100_000
"""How many tags of an image are judged: more is a registry that nobody cleans, or one that means harm."""

_Job = tuple[str, str]
TOLD = Fact.DIGEST | Fact.PLATFORMS | Fact.CREATED
"""What every registry tells."""


def lookup(
    images: Iterable[str], registries: Registries, prefixes: Mapping[str, str] | None = None
) -> Mapping[str, TagList | Problem]:
    """The tags of every image repository, by the name given and in the order given.

    Of an image with a prefix those that begin so are enough, where that spares requests: the list says what it is.
    """
    begun = prefixes or {}
    found: dict[str, TagList | Problem] = dict.fromkeys(images, TagList("", (), ""))
    jobs, wrong = _jobs(found, registries)

    def ask(registry: Registry, name: str, repository: str) -> TagList | Problem:
        return _tags(registry, name, repository, begun.get(name, ""))

    return found | wrong | _side_by_side(jobs, ask, registries.concurrency)


def describe(
    image: str, tags: Iterable[str], registries: Registries, facts: Fact = TOLD, known: Digests | None = None
) -> Mapping[str, Candidate]:
    """What is known of some tags of one image, by tag: `facts` are asked, and `described` is set on each.

    What `known` remembers of a digest is not asked again, and what is learned is noted there. A field is None when the
    registry has no such fact, and all are when a listed tag has no manifest any more.
    Raises RegistryError when anything could not be read: that is never taken for a fact that is not there.
    """
    registry, repository = registries.for_image(image)
    jobs = {registry: [(tag, repository) for tag in dict.fromkeys(tags)]}

    def ask(registry: Registry, tag: str, repository: str) -> Candidate:
        return _candidate(registry, tag, repository, facts, known)

    return _side_by_side(jobs, ask, registries.concurrency)


def describe_listed(
    image: str, tags: Iterable[str], registries: Registries, facts: Fact, known: Digests | None = None
) -> Mapping[str, Candidate]:
    """As `describe`, of tags that the registry lists: one that could not be read says why in `unread`.

    It stops no other: whether it matters is for the policy to say.
    """
    registry, repository = registries.for_image(image)
    jobs = {registry: [(tag, repository) for tag in dict.fromkeys(tags)]}

    def ask(registry: Registry, tag: str, repository: str) -> Candidate:
        try:
            found = _candidate(registry, tag, repository, facts, known)
        except TagwrightError as error:
            found = Candidate(tag, described=True, unread=error.problem(image))
        if not (found.digest or found.unread):
            found = replace(found, unread=TagUnknown("it is listed, and there is no manifest of it").problem(image))
        if found.unread:
            message = f"{image}:{tag} could not be read: {found.unread.message}"
            hint = found.unread.hint or f"if that is so for good, ignore: [{tag}] passes it over"
            return replace(found, unread=replace(found.unread, about=image, message=message, hint=hint))
        return found

    return _side_by_side(jobs, ask, registries.concurrency)


def pushes(images: Iterable[str], registries: Registries) -> Mapping[str, Mapping[str, datetime]]:
    """When every tag of an image was pushed, by image; empty where the registry does not tell. Never fails."""
    found: dict[str, Mapping[str, datetime]] = {name: {} for name in images}
    jobs, _ = _jobs(found, registries)
    return found | _side_by_side(jobs, _pushes, registries.concurrency)


def _jobs(names: Iterable[str], registries: Registries) -> tuple[dict[Registry, list[_Job]], dict[str, Problem]]:
    """Who is asked for which images, and the images that nobody can be asked for."""
    jobs: dict[Registry, list[_Job]] = defaultdict(list)
    wrong: dict[str, Problem] = {}
    for name in names:
        try:
            registry, repository = registries.for_image(name)
        except TagwrightError as error:
            wrong[name] = error.problem(name)
        else:
            jobs[registry].append((name, repository))
    return jobs, wrong


def _tags(registry: Registry, name: str, repository: str, prefix: str) -> TagList | Problem:
    try:
        found = replace(registry.tags(repository, prefix), image=name)
    except TagwrightError as error:
        return error.problem(name)
    if (count := max(len(found.tags), found.among)) > MOST_TAGS:
        message = f"{name} has {count:,} tags, and at most {MOST_TAGS:,} are read"
        return Problem(name, "too-many-tags", message, "let the registry expire old tags")
    return found


def _candidate(registry: Registry, tag: str, repository: str, facts: Fact, known: Digests | None) -> Candidate:
    """One tag; what nobody has is a candidate without facts."""
    try:
        found = _by_digest(registry, tag, repository, facts, known)
    except TagUnknown:
        return Candidate(tag, described=True)
    if found.digest and facts & Fact.PUSHED:
        try:
            return replace(found, pushed=registry.pushed(repository, tag, found.digest))
        except RegistryError as error:
            return replace(found, unread=error.problem(repository))
    return found


def _pushes(registry: Registry, _: str, repository: str) -> Mapping[str, datetime]:
    try:
        return registry.pushes(repository)
    except RegistryError:
        return {}


def _by_digest(registry: Registry, tag: str, repository: str, facts: Fact, known: Digests | None) -> Candidate:
    """One tag, by what is remembered of its digest where that is all that is asked. Raises TagUnknown."""
    if not known:
        return registry.describe(repository, tag, facts)
    if not known.may_know(facts):
        return known.note(registry.describe(repository, tag, facts), facts)
    digest = registry.digest(repository, tag)
    found = known.of(digest, facts) or known.note(registry.describe(repository, digest, facts), facts)
    return replace(found, tag=tag)


def _side_by_side(
    jobs: Mapping[Registry, list[_Job]], ask: Callable[[Registry, str, str], T], concurrency: int
) -> dict[str, T]:
    """Answers by the first half of each job. Every registry has its own threads, so a slow one delays no other."""
    with ExitStack() as stack:
        asked: dict[str, Future[T]] = {}
        for registry, own in jobs.items():
            if own:
                threads = stack.enter_context(ThreadPoolExecutor(min(len(own), concurrency)))
                asked |= {key: threads.submit(carried(ask), registry, key, repository) for key, repository in own}
        return {key: future.result() for key, future in asked.items()}
