"""Is the configuration right? All mistakes at once, with file:line."""

from __future__ import annotations

import argparse

from tagwright import flags
from tagwright.exits import DONE, USAGE, worst
from tagwright.talking import tell_cost


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.flag(parser, "--online", action="store_true", help="look at each target, and ask the registries for tags")


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
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
