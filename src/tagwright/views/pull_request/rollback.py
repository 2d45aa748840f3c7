"""How to take the change back: one line for a shell, which a person's own commit makes Tagwright respect."""

from __future__ import annotations

from tagwright import trailers
from tagwright.views.pull_request.parts import Part
from tagwright.views.updates import Update, landed


def rollback(changed: tuple[Update, ...]) -> Part:
    """Git alone: the commit is found by the trailer that it carries into any merge, squash or rebase.

    Trailers are percent-encoded, so that the line holds nothing a shell would read between its quotes.
    """
    line = trailers.write(landed(changed)).partition("\n")[0].replace("'", "%27")
    command = f"git revert --no-edit \"$(git log -1 --no-merges --format=%H --basic-regexp --grep='^{line}$')\""
    head = "**Roll back**, after the merge: this version is not proposed again, the next one is.\n\n"
    return Part(head, (f"```sh\n{command}\n```",))
