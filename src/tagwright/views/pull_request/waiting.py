"""What of the group is not in the change, and why: holds, windows, versions that people took back."""

from __future__ import annotations

from tagwright.holds import until_when
from tagwright.model import Decision, Verdict
from tagwright.views.escape import code
from tagwright.views.pull_request.parts import Part


def waiting(beside: tuple[Decision, ...]) -> Part:
    """A line for each reference that stays as it is. No date that moves on by itself: the text would change daily."""
    lines = sorted((one.reference.path, one.reference.line, _line(one)) for one in beside)
    return Part("**Left as they are**\n\n", tuple(line for _, _, line in lines), "references")


def _line(one: Decision) -> str:
    place = code(f"{one.reference.path}:{one.reference.line}")
    return f"- {place} {code(str(one.reference.image))}: {_why(one)}"


def _why(one: Decision) -> str:
    hold = one.ruled.hold
    if one.verdict is Verdict.HELD and hold:
        until = f" until {code(until_when(hold))}" if hold.until else ""
        return f"held{until}" + (f" ({code(hold.reason)})" if hold.reason else "")
    if one.verdict is Verdict.PENDING:
        return f"{code(one.chosen)} waits for its window" if one.chosen else "waits until a version is old enough"
    return f"{one.verdict}: {code(one.detail)}" if one.detail else str(one.verdict)
