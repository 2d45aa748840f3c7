"""GitLab: what happens to merge requests and branches.

In the project's or group's webhooks: the URL https://tagwright.example.com/hooks/NAME, of the triggers Push events,
Merge request events and Comments, and the secret as Secret token, or (since 18.11) as Signing token, which begins with
whsec_. Shapes: docs.gitlab.com/user/project/integrations/webhook_events. GitLab sends no webhook for its registry; that
of a self-managed one can: see the kind distribution.
"""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.model.hints import Hint
from tagwright.views.pull_request import marks
from tagwright.webhooks import deeds
from tagwright.webhooks.base import Message, Sender
from tagwright.webhooks.fields import at, number, text
from tagwright.webhooks.github import messages_of
from tagwright.webhooks.proofs import InHeader

_DECIDED = ("merge", "close", "reopen")


def read(message: Message) -> Iterable[Hint]:
    """What the event is about."""
    document = message.document
    kind, what = text(document, "object_kind"), at(document, "object_attributes")
    addresses = [text(document, "project", key) for key in ("git_http_url", "git_ssh_url", "web_url")]
    if kind == "push":
        yield from deeds.branch_pushed(addresses, text(document, "ref"), messages_of(document))
    if kind == "merge_request":
        written = at(what, "description")
        edited = text(what, "action") == "update" and at(document, "changes", "description") is not None
        ticked = edited and isinstance(written, str) and marks.rebuild_asked(written)
        if text(what, "action") in _DECIDED or ticked:
            yield from deeds.moved(addresses, text(what, "target_branch"))
    if kind == "note" and text(what, "noteable_type") == "MergeRequest" and text(what, "action") in ("create", ""):
        user, iid = text(document, "user", "username"), number(document, "merge_request", "iid")
        yield from deeds.commanded(addresses, iid, user, number(what, "id"), at(what, "note"))


SENDER = Sender(read, InHeader("X-Gitlab-Token"))
