"""What a way to tell somebody is."""

from __future__ import annotations

from typing import Protocol

from tagwright.errors import TagwrightError
from tagwright.model import Notice


class NotSent(TagwrightError):
    """Notices did not get through; `again` where another try may help. It names neither address nor token."""

    code = "not-sent"

    def __init__(self, message: str, *, hint: str = "", again: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.again = again


class Channel(Protocol):
    """One way to tell somebody."""

    @property
    def most(self) -> int:
        """How many notices go together at most."""

    def send(self, notices: tuple[Notice, ...]) -> None:
        """Tell them, within a bounded time. Raises NotSent."""
