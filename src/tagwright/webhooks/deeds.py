"""What people and Tagwright do on a forge, as far as a webhook says it: pushes, decided pull requests, commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tagwright import trailers
from tagwright.model.hints import Asked, Hint, Moved

REBASE = "rebase"
_COMMAND = re.compile(r"^[ \t]*/tagwright[ \t]+(rebase)[ \t]*$", re.MULTILINE)
_BRANCH = "refs/heads/"
_LONGEST_COMMENT = 65_536  # characters
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")  # of any forge; it becomes a part of an address


def moved(addresses: Iterable[str], branch: str) -> Iterator[Hint]:
    """The hint at a branch of a repository."""
    known = tuple(address for address in addresses if address)
    if known and branch:
        yield Moved(known, branch)


def branch_pushed(addresses: Iterable[str], ref: str, messages: Iterable[object]) -> Iterator[Hint]:
    """The hint at a branch that was pushed to, unless every commit is one of ours: we know what we did.

    That anybody can write our trailers only costs the hint; the schedule looks anyway.
    """
    commits = [one if isinstance(one, str) else "" for one in messages]
    if ref.startswith(_BRANCH) and not (commits and all(trailers.read(one) for one in commits)):
        yield from moved(addresses, ref.removeprefix(_BRANCH))


def commanded(addresses: Iterable[str], number: int, user: str, comment: int, said: object) -> Iterator[Hint]:
    """The hint at a command in a comment, of which the id is told."""
    known = tuple(address for address in addresses if address)
    command = command_in(said)
    if command and known and number and comment and _USER.fullmatch(user):
        yield Asked(known, number, user, command, comment)


def command_in(said: object) -> str:
    """The command that stands alone on a line; "" for none."""
    if not isinstance(said, str) or len(said) > _LONGEST_COMMENT:
        return ""
    found = _COMMAND.search(said.replace("\r", ""))
    return found[1] if found else ""
