"""Where the outside comes in: flags become targets, wishes and clients, all closed again at the end."""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from tagwright import places
from tagwright.cache import Cache
from tagwright.errors import ConfigError, Problem, TagwrightError, UsageError
from tagwright.folder import Folder
from tagwright.model import Config, HostCost, Mode, Report, Scanned, Target
from tagwright.registries import Registries, open_registries
from tagwright.survey import Place

if TYPE_CHECKING:
    from tagwright.check import Checked
    from tagwright.explain import Explain
    from tagwright.follow import FollowPolicies
    from tagwright.forges import Forges
    from tagwright.forges.base import Forge
    from tagwright.intents import Intent
    from tagwright.make_true import MakeTrue
    from tagwright.model import ChangeSet, Told
    from tagwright.portraits import Portraits
    from tagwright.registries.kept import Accepted
    from tagwright.registries.web.pace import Paces
    from tagwright.run import Clients, Wish

W = TypeVar("W", bound="Wish")


@dataclass(frozen=True, slots=True)
class Pass(Generic[W]):
    """A wish, with the targets and the clients it needs. `config` is what they come from."""

    targets: tuple[Target, ...]
    wish: W
    clients: Clients
    registries: Registries
    config: Config = field(default_factory=Config)

    def run(self, deliver: bool) -> Report:
        """One pass over every target, with what it cost."""
        from tagwright.costs import cost
        from tagwright.run import run

        report = run(self.targets, self.wish, self.clients, deliver)
        ruled = (decision.ruled for target in report.targets for decision in target.decisions)
        spent = cost(self.registries.accounts.hosts(), self.registries.spent(), ruled)
        return replace(report, cost=replace(spent, forges=self.clients.forge_traffic()))


@contextmanager
def following(args: argparse.Namespace, assume: bool = False) -> Iterator[Pass[FollowPolicies]]:
    """A pass that follows policies. `assume`: where nobody wrote one, every reference is `compatible: minor`."""
    from tagwright.follow import FollowPolicies

    config, cache, accepted = places.targets(args), Cache(kept(args)), accepted_by(args, lasting=not assume)
    shared = shared_by(args, cache)
    with closing(
        open_registries(config.registries, os.environ, cache=shared.cache, accepted=accepted, paces=shared.paces)
    ) as registries:
        wish = FollowPolicies(registries, lambda: datetime.now(UTC), None, assume, sparing=True, cache=cache)
        clients = replace(clients_of(args, 120.0, cache), tell=telling(registries, config.targets))
        yield Pass(_delivered(config.targets, args), wish, clients, registries, config)


@contextmanager
def explaining(args: argparse.Namespace) -> Iterator[Pass[Explain]]:
    """A pass that explains what is asked for, or everything."""
    from tagwright.explain import Explain
    from tagwright.follow import FollowPolicies, Only

    config, cache = places.targets(args), Cache(kept(args))
    shared = shared_by(args, cache)
    with closing(open_registries(config.registries, os.environ, cache=shared.cache, paces=shared.paces)) as registries:

        def follow(only: Only | None) -> FollowPolicies:
            return FollowPolicies(registries, lambda: datetime.now(UTC), only, True, cache=cache)

        yield Pass(
            _delivered(config.targets, args), Explain.of(args.what, follow), clients_of(args, 120.0, cache), registries
        )


@contextmanager
def setting(args: argparse.Namespace) -> Iterator[Pass[MakeTrue]]:
    """A pass that makes the given images true."""
    from tagwright.make_true import MakeTrue

    config, cache = places.targets(args), Cache(kept(args))
    intents = _intents(args)
    paces = shared_by(args, cache).paces
    with closing(open_registries(config.registries, os.environ, paces=paces, urgent=True)) as registries:
        wish = MakeTrue(
            intents,
            registries,
            pin_digest=args.pin_digest,
            verify=args.verify,
            allow_downgrade=args.allow_downgrade,
            override_hold=args.override_hold,
            message=args.message,
            cache=cache,
        )
        targets = tuple(
            replace(target, delivery=replace(target.delivery, mode=_mode(args, Mode.COMMIT)))
            for target in config.targets
        )
        clients = clients_of(args, places.seconds(args.retry_for, "--retry-for"), cache)
        clients = replace(clients, tell=telling(registries, targets))
        yield Pass(targets, wish, clients, registries)


def scan(args: argparse.Namespace) -> tuple[Scanned, tuple[Problem, ...], tuple[Problem, ...]]:
    """Every reference of every target, what nothing answers to (and holds that have ended), and the targets that
    could not be looked at.

    With several targets each path begins with its target's name.
    """
    from tagwright.config.rules import holds_beside
    from tagwright.holds import expired
    from tagwright.run import look_over
    from tagwright.unmanaged import Looked
    from tagwright.unmatched import markers, unmatched

    config = places.targets(args)
    clients = clients_of(args, 0, Cache(kept(args)))
    found: list[Scanned] = []
    everywhere: list[Looked] = []
    now = datetime.now(UTC)
    failed: list[Problem] = []
    for target in config.targets:
        try:
            with clients.open(target) as place:
                merged, head, survey = look_over(target, clients, place)
                everywhere.append(Looked.lightly(merged, survey, place, head))
        except TagwrightError as error:
            failed += error.problems if isinstance(error, ConfigError) else (error.problem(target.name),)
        else:
            scanned = everywhere[-1].scanned
            found.append(_below(target.name, scanned) if len(config.targets) > 1 else scanned)
    references = tuple(reference for one in found for reference in one.references)
    scanned = Scanned(references, tuple(problem for one in found for problem in one.problems))
    told = (note for one in everywhere for note in expired(one.target, holds_beside(one.scanned.references), now))
    marked = (problem for one in everywhere for problem in markers(one))
    return scanned, tuple(dict.fromkeys((*unmatched(everywhere), *marked, *told))), tuple(failed)


def check(args: argparse.Namespace) -> Checked:
    """A configuration by itself; with --online, or of a repository or a folder, by what it rules as well.

    Raises UsageError for flags that exclude each other.
    """
    from tagwright import check
    from tagwright.config import loading
    from tagwright.costs import cost

    checked = check.Checked()
    if not (args.repo or args.path):
        path = args.config or "tagwright.yaml"
        try:
            config = loading.load(Path(path))
            checked = check.of_config(config, path) + check.of_keys(config.targets, os.environ)
            checked += check.of_notifications(config.notifications, os.environ)
        except ConfigError as error:
            return check.Checked(error.problems)
        if not args.online:
            return checked
    places_, cache = places.targets(args), Cache(kept(args))
    settings = tuple(replace(one, tags_max_age=None) for one in places_.registries)  # it is to be seen that they answer
    shared = shared_by(args, cache)
    with closing(open_registries(settings, os.environ, cache=shared.cache, paces=shared.paces)) as registries:
        asked = registries if args.online else None
        checked += check.of_places(places_.targets, clients_of(args, 0, cache), asked, datetime.now(UTC))
        return replace(checked, cost=cost(registries.accounts.hosts(), registries.spent()))


def _below(folder: str, scanned: Scanned) -> Scanned:
    """The same findings with their paths below a folder."""
    return Scanned(
        tuple(replace(reference, path=f"{folder}/{reference.path}") for reference in scanned.references),
        tuple(replace(problem, path=f"{folder}/{problem.path}") for problem in scanned.problems),
    )


def _intents(args: argparse.Namespace) -> tuple[Intent, ...]:
    from tagwright.intents import parse, parse_batch

    files = tuple(args.files or ())
    settings = {"from_tag": args.from_tag, "order": args.order, "drop_digest": args.drop_digest}
    intents = tuple(parse(text, files=files, **settings) for text in args.image)
    if args.batch:
        try:
            text = sys.stdin.read() if args.batch == "-" else Path(args.batch).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"--batch {args.batch} cannot be read: {error}") from error
        intents += parse_batch(text, args.batch, files=files, **settings)
    if not intents:
        raise UsageError("no image given", hint="tagwright set ghcr.io/acme/api:1.4.2 --repo URL")
    return intents


def _mode(args: argparse.Namespace, default: Mode) -> Mode:
    for mode, name in ((Mode.COMMIT, "commit"), (Mode.PULL_REQUEST, "pull_request"), (Mode.AUTO, "auto")):
        if getattr(args, name, False):
            return mode
    return default


def _delivered(targets: tuple[Target, ...], args: argparse.Namespace) -> tuple[Target, ...]:
    """Targets with the delivery the flags ask for; a folder is always written in place."""
    return tuple(
        target
        if target.folder
        else replace(target, delivery=replace(target.delivery, mode=_mode(args, target.delivery.mode)))
        for target in targets
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """What registries said, and the budget of requests of many workers; None = each has its own."""

    cache: Cache
    paces: Paces | None


def shared_by(args: argparse.Namespace, own: Cache) -> Shared:
    """What is shared with other workers where that is asked for. Raises UsageError.

    A password comes by a variable alone: everyone on a machine sees its command lines.
    """
    if not args.shared_cache:
        return Shared(own, None)
    from tagwright.cache.redis import Redis, holds_password
    from tagwright.registries.web.pace import Paces

    if "shared_cache" in args.given and holds_password(args.shared_cache):
        hint = "give it as TAGWRIGHT_SHARED_CACHE_PASSWORD, or the whole address as TAGWRIGHT_SHARED_CACHE"
        raise UsageError("--shared-cache holds a password", hint=hint)
    server = Redis(args.shared_cache, os.environ.get("TAGWRIGHT_SHARED_CACHE_PASSWORD", ""))
    return Shared(own.behind(server), Paces(budget=server))


def accepted_by(args: argparse.Namespace, lasting: bool) -> Accepted:
    """The images whose lists may have shrunk. Raises UsageError for a glob that is none."""
    from tagwright import globs
    from tagwright.registries.kept import Accepted

    images = globs.compile(tuple(globs.image_pattern(glob) for glob in args.accept_shrunk or ()))
    return Accepted(images, lasting)


def clients_of(args: argparse.Namespace, retry_for: float, cache: Cache) -> Clients:
    """Places and forges, as the flags have them; nothing is opened yet."""
    from tagwright.run import Clients

    deadline = time.monotonic() + places.seconds(args.deadline, "--deadline") if args.deadline else float("inf")

    forges = PassForges()

    def open_place(target: Target) -> AbstractContextManager[Place]:
        if target.folder:
            return nullcontext(Folder(Path(target.folder)))
        from tagwright.git.mirror import open_mirror

        signing = None if target.delivery.by_api else target.delivery.signing
        return open_mirror(target.repository, target.access, kept(args), forges.environ(target), signing=signing)

    return Clients(open_place, forges.open, cache, deadline, retry_for, forges.hosts)


def telling(registries: Registries, targets: tuple[Target, ...]) -> Callable[[ChangeSet], Told]:
    """What the images of a change are, with one memory for a pass; loaded when the first is asked for."""

    @lru_cache(maxsize=1)
    def opened() -> Portraits:
        from tagwright.forges.site import kinds
        from tagwright.portraits import Portraits

        return Portraits(registries, kinds(((one.forge, one.repository) for one in targets), os.environ))

    return lambda change: opened().of(change)


class PassForges:
    """The forges of a pass, loaded when the first is needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forges: Forges | None = None

    def open(self, target: Target) -> Forge:
        """The forge of a target."""
        return self._loaded().open(target.forge, target.repository)

    def environ(self, target: Target) -> Mapping[str, str]:
        """The surroundings Git logs in from: with the token of the target's GitHub App, where it has one for Git."""
        if target.access.token or not (target.forge.app and target.repository.startswith(("http://", "https://"))):
            return os.environ
        return {**os.environ, "TAGWRIGHT_GIT_TOKEN": self._loaded().git_token(target.forge, target.repository)}

    def hosts(self) -> tuple[HostCost, ...]:
        """What each host of a forge was sent so far."""
        return self._forges.hosts() if self._forges else ()

    def _loaded(self) -> Forges:
        from tagwright.forges import Forges

        with self._lock:
            self._forges = self._forges or Forges(os.environ)
            return self._forges


@contextmanager
def cached(args: argparse.Namespace) -> Iterator[None]:
    """A cache for as long as the block, where none is given: what is left in it is read back from there."""
    if args.cache:
        yield
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="tagwright-") as folder:
        args.cache = folder
        yield


def kept(args: argparse.Namespace) -> Path | None:
    return Path(args.cache) if args.cache else None
