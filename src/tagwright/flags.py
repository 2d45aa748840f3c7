"""Flags that many commands share, declared once; each has a TAGWRIGHT_… environment variable.

`targets` turns them into places to work on.
"""

from __future__ import annotations

import argparse
import os
import re
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tagwright.errors import UsageError
from tagwright.model import Config, Delivery, ForgeSettings, GitAccess, Mode, Secret, Target

TRUE = ("1", "true", "yes", "on")


def flag(parser: argparse._ActionsContainer, name: str, **settings: Any) -> None:
    """Add --name; its default is the environment's TAGWRIGHT_NAME where that is set."""
    variable = "TAGWRIGHT_" + name.removeprefix("--").replace("-", "_").upper()
    value = os.environ.get(variable)
    if value is not None:
        if settings.get("action") == "store_true":
            settings["default"] = value.lower() in TRUE
        elif settings.get("action") == "append":
            settings["default"] = value.split(",")
        else:
            settings["default"] = value
    parser.add_argument(name, **settings)


def common(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that does work."""
    group = parser.add_argument_group("output")
    flag(group, "--json", action="store_true", help="the report as JSON on standard output, nothing else there")
    flag(group, "--quiet", action="store_true", help="only results and errors")
    flag(group, "--verbose", action="store_true", help="say every step on standard error")
    flag(group, "--log-format", choices=("text", "json"), default="text", help="how standard error is written")


def place(parser: argparse.ArgumentParser) -> None:
    """Where to work: a configuration's targets, a repository, or a folder."""
    group = parser.add_argument_group("a place to work on (one of --config, --repo, --path)")
    flag(group, "--config", metavar="FILE", help="targets, rules and registries (default: ./tagwright.yaml)")
    flag(group, "--target", action="append", metavar="NAME", help="only this target of the configuration; repeatable")
    flag(group, "--shard", metavar="I/N", help="only every Nth target, counted from 0")
    flag(group, "--repo", metavar="URL", help="a Git repository: https, ssh, file, or the path of a bare one")
    flag(group, "--branch", metavar="NAME", default="", help="its branch (default: the remote's HEAD)")
    flag(group, "--path", metavar="DIR", help="a folder, whose files are written in place; nothing is committed")
    flag(group, "--cache", metavar="DIR", help="kept between runs (default: a temporary folder)")
    flag(group, "--deadline", metavar="10m", help="start no target after this long")
    access = parser.add_argument_group("access to --repo")
    flag(access, "--token-env", metavar="NAME", help="the environment variable that holds the token or password")
    flag(access, "--username-env", metavar="NAME", help="the environment variable that holds the user name")
    flag(access, "--ssh-key-file", metavar="PATH", default="", help="the private key")
    flag(access, "--known-hosts", metavar="PATH", default="", help="the hosts' public keys")
    flag(access, "--forge", choices=("github", "gitlab", "gitea"), default="", help="which API opens pull requests")


def targets(args: argparse.Namespace) -> Config:
    """The configuration the flags ask for; --repo and --path make one target of their own. Raises UsageError."""
    given = [name for name in ("config", "repo", "path") if getattr(args, name)]
    if len(given) > 1:
        raise UsageError(f"--{' and --'.join(given)} exclude each other", hint="give one place to work on")
    if args.repo:
        return Config(targets=(_repository(args),))
    if args.path:
        return Config(targets=(Target(name=args.path, folder=args.path, assumed=True, delivery=_DIRECT),))
    return _configured(args)


_DIRECT = Delivery(mode=Mode.COMMIT, group="all")


def _repository(args: argparse.Namespace) -> Target:
    access = GitAccess(
        token=_secret(args.token_env), username=_secret(args.username_env),
        ssh_key_file=args.ssh_key_file, known_hosts=args.known_hosts,
    )  # fmt: skip
    return Target(
        name=re.sub(r"//[^/@]*@", "//", args.repo),
        repository=args.repo,
        branch=args.branch,
        access=access,
        forge=ForgeSettings(kind=args.forge, token=access.token),
        assumed=True,
    )


def _secret(name: str | None) -> Secret | None:
    return Secret(env=name) if name else None


def _configured(args: argparse.Namespace) -> Config:
    from tagwright.config import load

    path = Path(args.config or "tagwright.yaml")
    if not path.is_file():
        raise UsageError(f"there is no configuration at {path}", hint="give --config FILE, --repo URL or --path DIR")
    config = load(path)
    chosen = [target for target in config.targets if not args.target or target.name in args.target]
    if unknown := set(args.target or ()) - {target.name for target in config.targets}:
        known = ", ".join(target.name for target in config.targets)
        raise UsageError(f"no target is named {', '.join(sorted(unknown))}", hint=f"the configuration has: {known}")
    return replace(config, targets=tuple(_shard(chosen, args.shard)))


def _shard(chosen: Iterable[Target], shard: str | None) -> list[Target]:
    """Every target belongs to one shard, by its name alone, so adding one moves no other."""
    if not shard:
        return list(chosen)
    match = re.fullmatch(r"(\d+)/([1-9]\d*)", shard)
    if not match or int(match[1]) >= int(match[2]):
        raise UsageError(f"--shard is {shard!r}", hint="expected I/N with I from 0 to N-1, for example 0/4")
    index, count = int(match[1]), int(match[2])
    return [target for target in chosen if zlib.crc32(target.name.encode()) % count == index]


def seconds(text: str, name: str) -> float:
    """A duration flag ("90s", "10m") in seconds. Raises UsageError."""
    from tagwright.config import duration

    try:
        return duration(text).total_seconds()
    except UsageError as error:
        raise UsageError(f"{name}: {error.message}", hint=error.hint) from error


def delivery(parser: argparse.ArgumentParser) -> None:
    """How `run` delivers where no configuration says so."""
    group = parser.add_argument_group("delivery (of --repo; a configuration says it in `delivery`)")
    either = group.add_mutually_exclusive_group()
    flag(either, "--commit", action="store_true", help="commit to the branch")
    flag(either, "--pull-request", action="store_true", help="open or update pull requests (the default)")


def setting(parser: argparse.ArgumentParser) -> None:
    """What `set` may touch, and how it delivers."""
    which = parser.add_argument_group("which references")
    flag(which, "--files", action="append", metavar="GLOB", help="only in files that match; repeatable")
    flag(which, "--from-tag", metavar="TAG", default="", help="only references at that tag or digest now")
    flag(which, "--batch", metavar="FILE|-", help="images as JSON or JSON lines")
    flag(which, "--allow-downgrade", action="store_true", help="also where something newer stands")
    flag(which, "--override-hold", action="store_true", help="also where a person holds it")
    what = parser.add_argument_group("what is written")
    flag(what, "--pin-digest", action="store_true", help="resolve and write tag@digest")
    flag(what, "--verify", action="store_true", help="the tag must exist in the registry")
    flag(what, "--order", type=int, metavar="N", help="rank for tags that nothing else orders: run number, commit time")
    how = parser.add_argument_group("delivery")
    either = how.add_mutually_exclusive_group()
    flag(either, "--commit", action="store_true", help="commit to the branch (the default)")
    flag(either, "--pull-request", action="store_true", help="open or update a pull request")
    flag(either, "--auto", action="store_true", help="a commit, or a pull request where the branch refuses it")
    flag(how, "--message", metavar="TEXT", default="", help="the commit's first line")
    flag(how, "--retry-for", metavar="2m", default="2m", help="how long to go on when others push first")
    flag(how, "--dry-run", action="store_true", help="show what would be delivered")


def policy(parser: argparse.ArgumentParser) -> None:
    """A policy from flags, for `choose`; the keys are those of the configuration."""
    parser.add_argument("--file", metavar="FILE", help="tags, a line each, or JSON lines (default: standard input)")
    parser.add_argument("--current", metavar="TAG", help="the tag that stands now")
    kinds = parser.add_argument_group("policy kind (one of)").add_mutually_exclusive_group()
    for kind, argument in KINDS.items():
        kinds.add_argument(f"--{kind}", metavar=argument)
    gates = parser.add_argument_group("gates")
    gates.add_argument("--pattern", metavar="REGEX", help="tags must match")
    gates.add_argument("--extract", metavar="TEMPLATE", help="what of the match the policy sees: $ts, $1")
    gates.add_argument("--allow", action="append", metavar="REGEX", help="a tag must match one; repeatable")
    gates.add_argument("--ignore", action="append", metavar="GLOB", help="a tag must match none; repeatable")
    gates.add_argument("--prereleases", action="store_true", help="admit all prereleases")
    gates.add_argument("--allow-downgrade", action="store_true", help="also below the current one")


KINDS = {
    "semver": "RANGE",
    "compatible": "LEVEL",
    "calver": "FORMAT",
    "numerical": "ORDER",
    "alphabetical": "ORDER",
    "newest": "DATE",
    "digest": "TAG",
}
