"""Flags that many commands share, declared once; each has a TAGWRIGHT_… environment variable.

A variable is a flag's default: the command line wins over it, and a flag given there silences the
variables of the flags it excludes. An empty variable is as good as none; a list is written with commas.
`places` turns flags into places to work on. Nothing is imported here that `--help` does not need.
"""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from typing import Any

from tagwright.errors import UsageError

TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")
PLACES = ("config", "repo", "path")
DELIVERIES = ("commit", "pull_request", "auto")
KINDS = {
    "semver": "RANGE",
    "compatible": "LEVEL",
    "calver": "FORMAT",
    "numerical": "ORDER",
    "alphabetical": "ORDER",
    "newest": "DATE",
    "digest": "TAG",
}
_COMMA = re.compile(r",(?![^{(\[]*[})\]])")  # one inside {a,b} or (?:a{1,2}) belongs to the glob or the pattern


@dataclass(frozen=True, slots=True)
class Unset:
    """What stands for a flag the command line did not give, until `complete` asks the environment."""

    variable: str
    action: str
    choices: tuple[str, ...]
    kind: type
    otherwise: Any
    one_of: tuple[str, ...]

    def value(self) -> Any:
        """The variable's value, as the flag would have it; None where it is not set. Raises UsageError."""
        text = os.environ.get(self.variable, "")
        if not text:
            return None
        if self.action == "append":
            return [part.strip() for part in _COMMA.split(text) if part.strip()]
        if self.action == "store_true":
            return self._among(text.lower(), TRUE + FALSE) in TRUE
        if self.choices:
            return self._among(text, self.choices)
        try:
            return self.kind(text)
        except ValueError:
            raise UsageError(f"{self.variable} is {text!r}", hint="expected a whole number") from None

    def _among(self, text: str, words: tuple[str, ...]) -> str:
        if text not in words:
            raise UsageError(f"{self.variable} is {text!r}", hint=f"expected one of {', '.join(words)}")
        return text


class _Append(argparse.Action):
    """Collect what a repeated flag gives."""

    def __call__(self, _parser: Any, namespace: Any, values: Any, _option: Any = None) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*(() if isinstance(before, Unset) else before), values])


def flag(parser: argparse._ActionsContainer, name: str, one_of: tuple[str, ...] = (), **settings: Any) -> None:
    """Add --name, and TAGWRIGHT_NAME. `one_of` names the flags, itself included, of which only one may be given."""
    action = settings.get("action", "")
    unset = Unset(
        "TAGWRIGHT_" + name.removeprefix("--").replace("-", "_").upper(),
        action,
        tuple(settings.get("choices", ())),
        settings.get("type", str),
        settings.get("default", False if action == "store_true" else None),
        one_of,
    )
    if action == "append":
        settings["action"] = _Append
    parser.add_argument(name, **{**settings, "default": unset})


def complete(args: argparse.Namespace) -> None:
    """Fill in what the command line left open. `args.given` are the flags it gave. Raises UsageError."""
    unset = {name: value for name, value in vars(args).items() if isinstance(value, Unset)}
    args.given = frozenset(vars(args)) - unset.keys()
    found: dict[str, Any] = {}
    for name, flag in unset.items():
        value = None if args.given.intersection(flag.one_of) else flag.value()
        setattr(args, name, flag.otherwise if value is None else value)
        if value:
            found[name] = flag
    for flag in found.values():
        if len(both := [found[name].variable for name in flag.one_of if name in found]) > 1:
            raise UsageError(f"{' and '.join(both)} exclude each other", hint="set one of them")


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
    flag(group, "--config", PLACES, metavar="FILE", help="targets, rules and registries (default: ./tagwright.yaml)")
    flag(group, "--target", action="append", metavar="NAME", help="only this target of the configuration; repeatable")
    flag(group, "--shard", metavar="I/N", help="only this part of the repositories, of N, from 0; or auto/N, or auto")
    flag(group, "--repo", PLACES, metavar="URL", help="a Git repository: https, ssh, file, or the path of a bare one")
    flag(group, "--branch", metavar="NAME", default="", help="its branch (default: the remote's HEAD)")
    flag(
        group, "--path", PLACES, metavar="DIR", help="a folder, whose files are written in place; nothing is committed"
    )
    flag(group, "--cache", metavar="DIR", help="kept between runs (default: a temporary folder)")
    flag(group, "--shared-cache", metavar="URL", help="redis://HOST:PORT, shared by many workers: what registries say")
    flag(group, "--deadline", metavar="10m", help="start no target after this long")
    access = parser.add_argument_group("access to --repo")
    flag(access, "--token-env", metavar="NAME", help="the environment variable that holds the token or password")
    flag(access, "--token-file", metavar="PATH", help="the file that holds it, read again by each pass")
    flag(access, "--username-env", metavar="NAME", help="the environment variable that holds the user name")
    flag(access, "--ssh-key-file", metavar="PATH", default="", help="the private key")
    flag(access, "--known-hosts", metavar="PATH", default="", help="the hosts' public keys")
    flag(
        access,
        "--forge",
        choices=("github", "gitlab", "gitea", "push-options", "agit", "branch"),
        default="",
        help="which API opens pull requests",
    )


def accepting(parser: argparse.ArgumentParser) -> None:
    """What a person confirms of the registries."""
    group = parser.add_argument_group("registries")
    flag(
        group,
        "--accept-shrunk",
        action="append",
        metavar="IMAGE",
        help="an image, or a glob, whose tags were removed on purpose: its list is believed; repeatable",
    )


def serving(parser: argparse.ArgumentParser) -> None:
    """How the service listens; a configuration says the rest in `serve`."""
    group = parser.add_argument_group("service")
    flag(group, "--listen", metavar="HOST:PORT", default="", help="where it listens (default: serve.listen)")


def afterwards(parser: argparse.ArgumentParser) -> None:
    """What `run` leaves for others to read."""
    group = parser.add_argument_group("afterwards")
    flag(group, "--metrics-file", metavar="PATH", help="for node_exporter's textfile collector, such as tagwright.prom")


def delivery(parser: argparse.ArgumentParser) -> None:
    """How `run` delivers where no configuration says so."""
    group = parser.add_argument_group("delivery (of --repo; a configuration says it in `delivery`)")
    either = group.add_mutually_exclusive_group()
    flag(either, "--commit", DELIVERIES, action="store_true", help="commit to the branch")
    flag(either, "--pull-request", DELIVERIES, action="store_true", help="open or update pull requests (the default)")


def setting(parser: argparse.ArgumentParser) -> None:
    """What `set` may touch, and how it delivers."""
    which = parser.add_argument_group("which references")
    flag(which, "--files", action="append", metavar="GLOB", help="only in files that match; repeatable")
    flag(which, "--from-tag", metavar="TAG", default="", help="only references at that tag or digest now")
    flag(which, "--batch", metavar="FILE|-", help="images as JSON or JSON lines")
    flag(which, "--allow-downgrade", action="store_true", help="also where something newer stands")
    flag(which, "--override-hold", action="store_true", help="also where a person holds it, or outside its schedule")
    what = parser.add_argument_group("what is written")
    digest = what.add_mutually_exclusive_group()
    flag(digest, "--pin-digest", action="store_true", help="resolve and write tag@digest")
    flag(digest, "--drop-digest", action="store_true", help="write the tag alone, where a digest stands too")
    flag(what, "--verify", action="store_true", help="the tag must exist in the registry")
    flag(what, "--order", type=int, metavar="N", help="rank for tags that nothing else orders: run number, commit time")
    how = parser.add_argument_group("delivery")
    either = how.add_mutually_exclusive_group()
    flag(either, "--commit", DELIVERIES, action="store_true", help="commit to the branch (the default)")
    flag(either, "--pull-request", DELIVERIES, action="store_true", help="open or update a pull request")
    flag(
        either,
        "--auto",
        DELIVERIES,
        action="store_true",
        help="a commit, or a pull request where the branch refuses it",
    )
    flag(how, "--message", metavar="TEXT", default="", help="the commit's first line")
    flag(how, "--retry-for", metavar="2m", default="2m", help="how long to go on when others push first")
    flag(how, "--dry-run", action="store_true", help="show what would be delivered")


def auditing(parser: argparse.ArgumentParser) -> None:
    """What `history` tells, and how."""
    which = parser.add_argument_group("which events")
    flag(which, "--image", action="append", metavar="GLOB", help="only of images that match; repeatable")
    flag(which, "--since", metavar="DATE|30d", default="", help="only since then: 2030-12-31, or how long ago")
    flag(which, "--until", metavar="DATE|30d", default="", help="only before then")
    flag(which, "--limit", type=int, metavar="N", help="only the newest N")
    flag(which, "--csv", action="store_true", help="as CSV, for spreadsheets")


def reporting(parser: argparse.ArgumentParser) -> None:
    """What `report` makes."""
    group = parser.add_argument_group("report")
    flag(group, "--markdown", action="store_true", help="as Markdown, to paste into an issue")
    flag(group, "--html", metavar="FILE|-", help="as one page that needs nothing beside it; - is standard output")


def policy(parser: argparse.ArgumentParser) -> None:
    """A policy from flags, for `choose`; the keys are those of the configuration."""
    flag(parser, "--config", metavar="FILE", help="what rules the images of cases (default: ./tagwright.yaml)")
    flag(parser, "--file", metavar="FILE", help="tags, a line each, or JSON lines (default: standard input)")
    flag(parser, "--current", metavar="TAG", help="the tag that stands now")
    kinds = parser.add_argument_group("policy kind (one of)").add_mutually_exclusive_group()
    for kind, argument in KINDS.items():
        flag(kinds, f"--{kind}", tuple(KINDS), metavar=argument)
    gates = parser.add_argument_group("gates")
    flag(gates, "--pattern", metavar="REGEX", help="tags must match")
    flag(gates, "--extract", metavar="TEMPLATE", help="what of the match the policy sees: $ts, $1")
    flag(gates, "--allow", action="append", metavar="REGEX", help="a tag must match one; repeatable")
    flag(gates, "--ignore", action="append", metavar="GLOB", help="a tag must match none; repeatable")
    flag(gates, "--prereleases", action="store_true", help="admit all prereleases")
    flag(gates, "--allow-downgrade", action="store_true", help="also below the current one")
