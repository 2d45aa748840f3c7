"""The parts a body is made of: lines that stand for themselves, as many as there is room for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """What stands together under a heading. No line needs another, so any may be left out, the last first.

    `more` is what the rest are called when there is no room for all ("references"); a line may hold line breaks.
    """

    head: str
    lines: tuple[str, ...]
    more: str = "lines"

    def within(self, room: int) -> str:
        """The part in at most `room` characters, with a word about what was left out; "" where nothing fits."""
        whole = self._text(len(self.lines))
        if len(whole) <= room or not self.lines:
            return whole if self.lines else ""
        kept, left = 0, room - len(self._text(0))
        for line in self.lines:
            left -= len(line) + 1
            if left < 0:
                break
            kept += 1
        return self._text(kept) if kept else ""

    def _text(self, kept: int) -> str:
        left = len(self.lines) - kept
        rest = f"\n… and {left} more {self.more}, named in the commit.\n" if left else ""
        return "".join(f"{line}\n" for line in (*self.head.splitlines(), *self.lines[:kept])) + rest
