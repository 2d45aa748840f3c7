"""What a pass says while it works: on standard error, as text or as JSON lines."""

from __future__ import annotations

import argparse
import json
import logging


def set_up(args: argparse.Namespace) -> None:
    """Log as --quiet, --verbose and --log-format say."""
    handler = logging.StreamHandler()
    if args.log_format == "json":
        handler.setFormatter(_JsonLines())
    logger = logging.getLogger("tagwright")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO if args.verbose else logging.ERROR if args.quiet else logging.WARNING)


class _JsonLines(logging.Formatter):
    """One JSON object a line, for whoever collects the logs."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"level": record.levelname.lower(), "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)
