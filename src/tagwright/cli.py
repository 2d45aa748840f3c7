"""The command line: which command is meant, and what is done when it fails."""

from __future__ import annotations

import argparse
import gc
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module

from tagwright import __version__, flags
from tagwright.commands import EVERY_STEP, NAMES, SILENT
from tagwright.errors import TagwrightError, UsageError
from tagwright.exits import BUG, DONE, FAILED, USAGE
from tagwright.stopping import on_signals
from tagwright.talking import complain


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    gc.set_threshold(100_000)  # a pass makes many small frozen values and few cycles: a sixth of its time otherwise
    try:
        args = parsed(sys.argv[1:] if argv is None else argv)
        name = args.command.__name__.rpartition(".")[2]
        if name not in SILENT:
            from tagwright import logs

            logs.set_up(args, every_step=name in EVERY_STEP)
        with on_signals(), _traced(name):
            code: int = args.command.command(args)
            return code
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


def _traced(name: str) -> AbstractContextManager[None]:
    if name in SILENT:
        return nullcontext()
    import os

    from tagwright import tracing

    return tracing.traced(os.environ)


def parsed(argv: list[str]) -> argparse.Namespace:
    """What a command line and the environment say, with the member of `commands` that it means as `command`.

    `given` is what was given, `main` this command line, for a command that runs others. Exits with 2 where the line
    says nothing we know; raises UsageError where a variable does.
    """
    args = _parser(argv).parse_args(argv)
    flags.complete(args)
    args.main = main
    return args


def _parser(argv: list[str]) -> argparse.ArgumentParser:
    """Every command by name; flags only of those that `argv` can mean, because a hundred flags take time to declare.

    Where it begins with a command, nobody reads what the others are for.
    """
    parser = argparse.ArgumentParser(prog="tagwright", description="New image in the registry, reviewed commit in Git.")
    parser.add_argument("--version", action="version", version=f"tagwright {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    meant = argv[:1] if argv[:1] and argv[0] in NAMES else NAMES
    for name in NAMES:
        if name not in meant:
            subparsers.add_parser(name)
            continue
        member = import_module(f"tagwright.commands.{name}")
        about = member.__doc__ or ""
        sub = subparsers.add_parser(name, help=about.splitlines()[0].rstrip("."), description=about, allow_abbrev=False)
        if name in argv:
            member.declare(sub)
            sub.set_defaults(command=member)
    return parser
