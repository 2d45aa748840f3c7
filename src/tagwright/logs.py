"""What a pass says while it works: on standard error, as text or as JSON lines, with its run and target."""

from __future__ import annotations

import argparse
import json
import logging
import re
from datetime import UTC, datetime

from tagwright.whereabouts import here

_LOGIN = re.compile(r"(://)[^/\s@]*@|([?&][\w-]{0,40}(?:token|secret|password|key|sig)[\w-]{0,40}=)[^&\s'\"]+", re.I)


def set_up(args: argparse.Namespace, every_step: bool = False) -> None:
    """Log as --quiet, --verbose and --log-format say; `every_step` without being asked, as a service does."""
    verbose = args.verbose or (every_step and not args.quiet)
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines() if args.log_format == "json" else _Lines(placed=verbose))
    logger = logging.getLogger("tagwright")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO if verbose else logging.ERROR if args.quiet else logging.WARNING)


def bare(text: str) -> str:
    """A text without the logins of addresses, nor what looks like a secret in their queries.

    Whatever we say ourselves has none; this is for the words of libraries and servers, in the trace of a bug.
    """
    return _LOGIN.sub(lambda found: f"{found[1]}…@" if found[1] else f"{found[2]}…", text)


class _Lines(logging.Formatter):
    """A line a message, as a terminal may show it: names and what servers said are hostile.

    `placed`: each begins with run and target, where it belongs to any.
    """

    def __init__(self, placed: bool) -> None:
        super().__init__()
        self._placed = placed

    def format(self, record: logging.LogRecord) -> str:
        from tagwright.views.printable import shown

        trace = self.formatException(record.exc_info).split("\n") if record.exc_info else []
        where = f"[{' '.join(here().values())}] " if self._placed and here() else ""
        return "\n".join(shown(bare(line)) for line in (where + record.getMessage(), *trace))


class _JsonLines(logging.Formatter):
    """One JSON object a line, for whoever collects the logs."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": bare(record.getMessage()),
            **here(),
        }
        if record.exc_info:
            entry["traceback"] = bare(self.formatException(record.exc_info))
        return json.dumps(entry)
