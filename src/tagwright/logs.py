"""What a pass says while it works: on standard error, as text or as JSON lines."""

from __future__ import annotations

import argparse
import json
import logging


def set_up(args: argparse.Namespace) -> None:
    """Log as --quiet, --verbose and --log-format say."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines() if args.log_format == "json" else _Lines())
    logger = logging.getLogger("tagwright")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO if args.verbose else logging.ERROR if args.quiet else logging.WARNING)


class _Lines(logging.Formatter):
    """A line a message, as a terminal may show it: names and what servers said are hostile."""

    def format(self, record: logging.LogRecord) -> str:
        from tagwright.views.printable import shown

        trace = self.formatException(record.exc_info).split("\n") if record.exc_info else []
        return "\n".join(map(shown, (record.getMessage(), *trace)))


class _JsonLines(logging.Formatter):
    """One JSON object a line, for whoever collects the logs."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)
