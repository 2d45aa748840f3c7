"""Why this image is at this tag: every tag with its verdict."""

from __future__ import annotations

import argparse

from tagwright import flags
from tagwright.errors import UsageError
from tagwright.exits import DONE, code_of
from tagwright.talking import paint, tell_cost


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    parser.add_argument("what", nargs="*", metavar="IMAGE|FILE[:LINE]", help="only these (default: everything)")
    flags.place(parser)
    flags.common(parser)
    flags.flag(parser, "--all-tags", action="store_true", help="every tag on a line of its own")
    flags.flag(parser, "--markdown", action="store_true", help="as Markdown, to paste into an issue")


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
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
