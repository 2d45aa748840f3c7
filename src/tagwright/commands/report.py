"""How every target stands after the last run: text, Markdown, JSON or a page."""

from __future__ import annotations

import argparse
import sys

from tagwright import flags
from tagwright.errors import UsageError
from tagwright.exits import DONE, worst


def declare(parser: argparse.ArgumentParser) -> None:
    """Its flags."""
    flags.place(parser)
    flags.common(parser)
    flags.accepting(parser)
    flags.reporting(parser)


def command(args: argparse.Namespace) -> int:
    """Its exit code."""
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
