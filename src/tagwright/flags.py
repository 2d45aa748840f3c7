"""Flags that many commands share, declared once; each has a TAGWRIGHT_… environment variable.

`places` turns them into places to work on. Nothing is imported here that `--help` does not need.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

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
