"""What the flags mean: the places to work on, and how long."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tagwright.errors import UsageError
from tagwright.model import Config, Delivery, ForgeSettings, GitAccess, Mode, Secret, Target


def targets(args: argparse.Namespace) -> Config:
    """The configuration the flags ask for; --repo and --path make one target of their own. Raises UsageError."""
    given = [name for name in ("config", "repo", "path") if getattr(args, name)]
    if len(given) > 1:
        raise UsageError(f"--{' and --'.join(given)} exclude each other", hint="give one place to work on")
    _check_parts(args, given[0] if given else "config")
    if args.repo:
        return Config(targets=(_repository(args),))
    if args.path:
        return Config(targets=(Target(name=args.path, folder=args.path, assumed=True, delivery=_DIRECT),))
    return _configured(args)


_PARTS = {
    "repo": ("branch", "token_env", "token_file", "username_env", "ssh_key_file", "known_hosts", "forge"),
    "config": ("target", "shard"),
}


def _check_parts(args: argparse.Namespace, place: str) -> None:
    """A flag that only another place knows is a mistake; a variable of the surroundings is not."""
    for other, names in _PARTS.items():
        for name in names:
            if other != place and name in args.given:
                flag = "--" + name.replace("_", "-")
                raise UsageError(f"{flag} has no part in --{place}", hint=f"{flag} goes with --{other}")


_DIRECT = Delivery(mode=Mode.COMMIT, group="all")


def _repository(args: argparse.Namespace) -> Target:
    from tagwright.git.address import parse_remote, shown

    remote = parse_remote(args.repo)
    access = GitAccess(
        token=_token(args), username=_secret(args.username_env),
        ssh_key_file=args.ssh_key_file, known_hosts=args.known_hosts,
    )  # fmt: skip
    return Target(
        name=args.repo if remote.scheme == "file" else shown(remote.url),
        repository=args.repo,
        branch=args.branch,
        access=access,
        forge=ForgeSettings(kind=args.forge, token=access.token, username=access.username),
        assumed=True,
    )


def _token(args: argparse.Namespace) -> Secret | None:
    if args.token_env and args.token_file:
        raise UsageError("--token-env and --token-file both say where the token is", hint="give one of them")
    return Secret(file=args.token_file) if args.token_file else _secret(args.token_env)


def _secret(name: str | None) -> Secret | None:
    return Secret(env=name) if name else None


def _configured(args: argparse.Namespace) -> Config:
    from tagwright.config.loading import load

    path = Path(args.config or "tagwright.yaml")
    if not path.is_file():
        raise UsageError(f"there is no configuration at {path}", hint="give --config FILE, --repo URL or --path DIR")
    config = load(path)
    chosen = [target for target in config.targets if not args.target or target.name in args.target]
    if unknown := set(args.target or ()) - {target.name for target in config.targets}:
        known = ", ".join(target.name for target in config.targets)
        raise UsageError(f"no target is named {', '.join(sorted(unknown))}", hint=f"the configuration has: {known}")
    return replace(config, targets=tuple(_shard(chosen, args.shard)))


def _shard(chosen: Iterable[Target], said: str | None) -> list[Target]:
    """All targets of one repository belong to one shard: it has one writer."""
    if not said:
        return list(chosen)
    from tagwright.sharding import shard

    return shard(said, os.environ).part(chosen, lambda target: _whole(target.repository))


def _whole(repository: str) -> str:
    """An address that does not depend on the folder we are in."""
    from tagwright.git.address import parse_remote

    with suppress(UsageError):  # it is the target's own problem
        return parse_remote(repository).url
    return repository


def seconds(text: str, name: str) -> float:
    """A duration flag ("90s", "10m") in seconds. Raises UsageError."""
    from tagwright.config.times import duration

    try:
        return duration(text).total_seconds()
    except UsageError as error:
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from error


def moment(text: str, name: str, now: datetime) -> float:
    """A moment flag, a date ("2030-12-31", in UTC unless it says) or how long ago ("30d"), in seconds since 1970.

    Raises UsageError.
    """
    from tagwright.config import times

    if times.DURATION.fullmatch(text):
        return (now - times.duration(text)).timestamp()
    try:
        found = times.moment(text)
    except UsageError as error:
        raise UsageError(f"{name}: {error.message}", hint=f"{error.hint}, or how long ago: 30d") from error
    whole = found if isinstance(found, datetime) else datetime(found.year, found.month, found.day)
    return (whole if whole.tzinfo else whole.replace(tzinfo=UTC)).timestamp()
