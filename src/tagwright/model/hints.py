"""What a webhook hints at: never a fact, so whoever gets one looks for himself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pushed:
    """Something was pushed to an image repository: `image` is its normalised name.

    `tags` and `digest` are what the sender says of it, and may be empty.
    """

    image: str
    tags: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """A Git repository changed: its `branch` was pushed to, or a pull request into it was decided or edited.

    `addresses` are all that the forge has for the repository (http(s), ssh, its page).
    """

    addresses: tuple[str, ...]
    branch: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody wrote a command into a pull request, in the comment of that id.

    Whether they did, who `user` is, and what they may, is still to be asked.
    """

    addresses: tuple[str, ...]
    number: int
    user: str
    command: str
    comment: int


Hint = Pushed | Moved | Asked
