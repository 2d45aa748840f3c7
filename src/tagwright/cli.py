"""The command line: one small parser function per command, then verb, view, exit code."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright import __version__, flags
from tagwright.errors import ConfigError, Problem, TagwrightError, UsageError
from tagwright.exits import BUG, DONE, FAILED, UNMATCHED, USAGE, WAITING, code_of, worst
from tagwright.stopping import on_signals
from tagwright.talking import complain, lines_of, paint, say, tell_cost

if TYPE_CHECKING:
    pass

Command = Callable[[argparse.Namespace], int]


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    gc.set_threshold(100_000)  # a pass makes many small frozen values and few cycles: a sixth of its time otherwise
    try:
        args = parsed(sys.argv[1:] if argv is None else argv)
        command: Command = args.command
        if command not in SILENT:
            from tagwright import logs

            logs.set_up(args, every_step=command is serve)
        with on_signals(), _traced(command):
            return command(args)
    except UsageError as error:
        complain(error)
        return USAGE
    except TagwrightError as error:
        complain(error)
        return FAILED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt:
        return 130
    except Exception:
        import logging

        logging.getLogger(__name__).exception("a bug in Tagwright: please report it with this log")
        return BUG


# ── the commands ─────────────────────────────────────────────────────────────


def _run(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.delivery(parser)
    flags.accepting(parser)
    flags.afterwards(parser)
    return run


def run(args: argparse.Namespace) -> int:
    """One pass over every target: look, decide, deliver."""
    from tagwright import afterwards, outside

    with outside.following(args) as following:
        report = following.run(deliver=True)
        afterwards.leave(args, following, report)
    return say(args, report)


def _plan(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.delivery(parser)
    flags.accepting(parser)
    flags.flag(parser, "--exit-code", action="store_true", help="exit 10 when changes are waiting")
    flags.flag(parser, "--preview", action="store_true", help="what commits and pull requests would say, for the diff")
    return plan


def plan(args: argparse.Namespace) -> int:
    """The same without delivering: a diff and a table."""
    from tagwright import outside

    if args.json and args.preview:
        raise UsageError("--json and --preview exclude each other", hint="give one of them")
    with outside.following(args, assume=True) as following:
        report = following.run(deliver=False)
        if args.preview:
            from tagwright.views import preview

            deliveries = {target.name: target.delivery for target in following.targets}
            print(preview.previewed(report, deliveries, following.clients.tell), end="\n\n")
    waiting = args.exit_code and any(target.changes for target in report.targets)
    return say(args, report, WAITING if waiting else DONE, diffs=not args.preview)


def _set(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("image", nargs="*", metavar="IMAGE:TAG[@DIGEST]", help="an image that should stand")
    flags.place(parser)
    flags.common(parser)
    flags.setting(parser)
    return set_


def set_(args: argparse.Namespace) -> int:
    """Deliver a known image now."""
    from tagwright import outside

    with outside.setting(args) as setting:
        report = setting.run(deliver=not args.dry_run)
        report = replace(report, unmatched=tuple(str(intent.image) for intent in setting.wish.unmatched()))
    for image in report.unmatched:
        print(f"no reference of {image} was found", file=sys.stderr)
    return say(args, report, UNMATCHED if report.unmatched else DONE, diffs=args.dry_run)


def _explain(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("what", nargs="*", metavar="IMAGE|FILE[:LINE]", help="only these (default: everything)")
    flags.place(parser)
    flags.common(parser)
    flags.flag(parser, "--all-tags", action="store_true", help="every tag on a line of its own")
    flags.flag(parser, "--markdown", action="store_true", help="as Markdown, to paste into an issue")
    return explain


def explain(args: argparse.Namespace) -> int:
    """Why this image is at this tag: every tag with its verdict."""
    from tagwright import outside
    from tagwright.views import explain as view
    from tagwright.views import explain_markdown, json_v1

    if args.json and args.markdown:
        raise UsageError("--json and --markdown exclude each other", hint="give one of them")
    with outside.explaining(args) as explaining:
        told = explaining.wish.told(explaining.run(deliver=False))
    if args.json:
        for piece in json_v1.explanation(told):
            print(piece, end="")
        print()
    elif args.markdown:
        print(explain_markdown.explained(told, args.all_tags))
    else:
        print(view.explained(told, args.all_tags, paint()))
        tell_cost(args, told.report.cost)
    return code_of(told.report, DONE)


def _scan(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.flag(parser, "--strict", action="store_true", help="exit 1 when a file cannot be read")
    return scan


def scan(args: argparse.Namespace) -> int:
    """Every image reference found, and what could not be read."""
    from tagwright import outside
    from tagwright.views import json_v1, text

    found, unmatched, failed = outside.scan(args)
    everything = replace(found, problems=(*found.problems, *failed))
    print(json_v1.scan(everything, unmatched) if args.json else text.scanned(everything, unmatched))
    return worst(failed, FAILED if args.strict and found.problems else DONE)


def _choose(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("cases", nargs="*", metavar="CASES", help="files of cases: what is expected of a policy")
    flags.common(parser)
    flags.policy(parser)
    return choose


def choose(args: argparse.Namespace) -> int:
    """Policy and tags -> choice and reasons, no network."""
    from tagwright.cases import lists

    if args.cases:
        return _tried(args)
    lines = lines_of(args.file or "-")
    if args.json:
        for answer in lists.answers(lines):
            print(answer, flush=True)
    else:
        print(lists.explained(args, lines))
    return DONE


def _tried(args: argparse.Namespace) -> int:
    """Files of cases: 0 when all get what they expect, 1 when one does not, 2 when one cannot be read."""
    from datetime import UTC, datetime

    from tagwright.cases import expectations
    from tagwright.views import cases as view

    if said := args.given & {"file", "current", *flags.KINDS}:
        raise UsageError(f"--{min(said)} has no part in files of cases", hint="each case says its own")
    try:
        tried = expectations.tried(args.cases, args.config, datetime.now(UTC))
    except ConfigError as error:
        if not args.json:
            raise
        print(view.document((), error.problems))
        return USAGE
    print(view.document(tried, ()) if args.json else view.told(tried, args.verbose))
    return FAILED if any(one.missed for one in tried) else DONE


def _check(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.flag(parser, "--online", action="store_true", help="look at each target, and ask the registries for tags")
    return check


def check(args: argparse.Namespace) -> int:
    """Is the configuration right? All mistakes at once, with file:line."""
    from tagwright import outside
    from tagwright.views import json_v1, text

    checked = outside.check(args)
    what = args.repo or args.path or args.config or "tagwright.yaml"
    if args.json:
        warnings = (*checked.warnings, *checked.unmatched)
        problems = (*checked.problems, *checked.failed)
        print(json_v1.checked(problems, warnings, checked.unmatched, checked.registries, checked.cost))
    else:
        problems, warnings = (*checked.problems, *checked.failed), (*checked.warnings, *checked.unmatched)
        print(text.checked(what, problems, warnings, checked.registries))
        tell_cost(args, checked.cost)
    return USAGE if checked.problems else worst(checked.failed, DONE)


def _serve(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.accepting(parser)
    flags.serving(parser)
    return serve


def serve(args: argparse.Namespace) -> int:
    """Long-running: schedule, webhooks, status page, metrics."""
    from tagwright.serve import serve

    return serve(args)


def _history(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.auditing(parser)
    return history


def history(args: argparse.Namespace) -> int:
    """What was written back, when, by whom: from the commits' trailers."""
    from tagwright import looking_back
    from tagwright.views import history as view
    from tagwright.views.printable import shown

    if args.json and args.csv:
        raise UsageError("--json and --csv exclude each other", hint="give one of them")
    problems: list[Problem] = []
    if args.json:
        for piece in view.document(looking_back.history(args), problems):
            print(piece, end="")
        print()
    else:
        told = view.sheet if args.csv else view.tables
        for line in told(looking_back.history(args), problems):
            print(line)
        for problem in problems:
            print(shown(str(problem)), file=sys.stderr)
    return worst(problems, DONE)


def _report(parser: argparse.ArgumentParser) -> Command:
    flags.place(parser)
    flags.common(parser)
    flags.accepting(parser)
    flags.reporting(parser)
    return report


def report(args: argparse.Namespace) -> int:
    """How every target stands after the last run: text, Markdown, JSON or a page."""
    from tagwright import reporting
    from tagwright.views import page, standings
    from tagwright.views.page import document
    from tagwright.views.printable import shown

    if (args.json, args.markdown, bool(args.html)).count(True) > 1:
        raise UsageError("--json, --markdown and --html exclude each other", hint="give one of them")
    watched, failed = reporting.watched(args)
    if args.json:
        print(document.document(watched), end="")
    elif args.markdown:
        print(standings.markdown(watched))
    elif args.html in (None, ""):
        print(standings.told(watched, args.verbose))
    elif args.html == "-":
        print(page.report(watched))
    else:
        reporting.write(args.html, page.report(watched) + "\n")
    for problem in failed:
        print(shown(str(problem)), file=sys.stderr)
    return worst(failed, DONE)


def _demo(parser: argparse.ArgumentParser) -> Command:
    flags.common(parser)
    return demo


def demo(args: argparse.Namespace) -> int:  # noqa: ARG001
    """The whole loop on this machine: an embedded registry, a local Git remote, nothing to configure."""
    from tagwright import demo

    return demo.demo(print, main)


def _version(parser: argparse.ArgumentParser) -> Command:  # noqa: ARG001
    return version


def version(args: argparse.Namespace) -> int:  # noqa: ARG001
    """The version."""
    print(f"tagwright {__version__}")
    return DONE


COMMANDS: dict[str, Callable[[argparse.ArgumentParser], Command]] = {
    "run": _run,
    "plan": _plan,
    "set": _set,
    "explain": _explain,
    "scan": _scan,
    "choose": _choose,
    "check": _check,
    "serve": _serve,
    "history": _history,
    "report": _report,
    "demo": _demo,
    "version": _version,
}

SILENT = (choose, check, version)
"""Commands that log nothing, and start the quicker for it."""


def _traced(command: Command) -> AbstractContextManager[None]:
    if command in SILENT:
        return nullcontext()
    import os

    from tagwright import tracing

    return tracing.traced(os.environ)


# ── what they share ──────────────────────────────────────────────────────────


def parsed(argv: list[str]) -> argparse.Namespace:
    """What a command line and the environment say, with the command as `command`, what was given as `given`.

    Exits with 2 where the line says nothing we know; raises UsageError where a variable does.
    """
    args = _parser(argv).parse_args(argv)
    flags.complete(args)
    return args


def _parser(argv: list[str]) -> argparse.ArgumentParser:
    """Every command by name; flags only of those that `argv` can mean, because a hundred flags take time to declare."""
    parser = argparse.ArgumentParser(prog="tagwright", description="New image in the registry, reviewed commit in Git.")
    parser.add_argument("--version", action="version", version=f"tagwright {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, fill in COMMANDS.items():
        verb = globals()[name if name != "set" else "set_"]
        sub = commands.add_parser(name, help=_first_line(verb), description=verb.__doc__, allow_abbrev=False)
        if name in argv:
            sub.set_defaults(command=fill(sub))
    return parser


def _first_line(verb: Command) -> str:
    return (verb.__doc__ or "").splitlines()[0].rstrip(".")
