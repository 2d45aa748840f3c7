"""Who may send webhooks to the service, and how each proves itself. A part of `service_options`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tagwright.config import checks
from tagwright.config.nodes import Place
from tagwright.config.secret_options import secret, secret_options
from tagwright.config.shapes import Choice, Flag, Keys, Option, Text
from tagwright.model import Webhook
from tagwright.model.hooked import NAMELESS, SENDERS, Proves

_SECRETS = ("secret_env", "secret_file", "previous_secret_env", "previous_secret_file")
_GOOGLES = ("audience", "email")


def _name(text: str) -> str:
    return "" if re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", text) else "lower case letters, digits, . _ -"


def _header(text: str) -> str:
    return "" if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}", text) else "the name of a header such as X-Hook-Token"


def _build(values: dict[str, Any], at: Place) -> Webhook:
    kind, proves = values["kind"], SENDERS[values["kind"]]
    if "header" in values and proves is not Proves.HEADER:
        at.key("header").mistake(f"has no part in kind: {kind}", _WAYS[proves])
    if kind in NAMELESS and "registry" not in values:
        at.mistake("'registry' is missing", f"what {kind} sends does not say it: the host that its images are under")
    _check_proof(values, proves, at)
    given = {key: values[key] for key in ("header", "registry", "unauthenticated", *_GOOGLES) if key in values}
    return Webhook(values["name"], kind, secret(values, "secret", at), secret(values, "previous_secret", at), **given)


_WAYS = {
    Proves.SIGNATURE: "it signs what it sends, in a header of its own",
    Proves.ADDRESS: "its secret is the end of its address: /hooks/NAME/SECRET",
    Proves.TOKEN: "Google's token is in Authorization",
    Proves.HEADER: "",
}


def _check_proof(values: dict[str, Any], proves: Proves, at: Place) -> None:
    """A secret or what tells Google's tokens apart, whichever the kind has; or nothing, and that said."""
    mine, others = (_GOOGLES, _SECRETS) if proves is Proves.TOKEN else (_SECRETS, _GOOGLES)
    for key in others:
        if key in values:
            at.key(key).mistake(f"has no part in kind: {values['kind']}")
    proven = (
        all(key in values for key in _GOOGLES) if proves is Proves.TOKEN else any(key in values for key in mine[:2])
    )
    if values.get("unauthenticated") and any(key in values for key in mine):
        at.key("unauthenticated").mistake("got a proof and unauthenticated, expected one of them")
    elif not values.get("unauthenticated") and not proven and not at.marred():
        wanted = "audience and email are" if proves is Proves.TOKEN else "secret_env or secret_file is"
        at.mistake(f"{wanted} missing", "anybody could send it; say unauthenticated: true if that is meant")


def apart(hooks: Iterable[Webhook], at: Place) -> None:
    """Two of one name are a mistake: the name is the address."""
    for name, count in Counter(hook.name for hook in hooks).items():
        if count > 1:
            at.mistake(f"{count} are named {name!r}", "the name is the end of the address: /hooks/NAME")


WEBHOOK = Keys(
    {
        "name": Option(Text("a name such as harbor", _name), "the end of its address: /hooks/NAME"),
        "kind": Option(Choice(tuple(SENDERS)), "who sends: how it proves itself, and what its payloads look like"),
        **secret_options("secret", "what it proves itself with"),
        **secret_options("previous_secret", "the secret before, which counts too while it is changed"),
        "header": Option(
            Text("the name of a header", _header), "the header that holds the secret; absent = the kind's usual one"
        ),
        "registry": Option(
            Text("such as nexus.example.com:8443", checks.prefix),
            "what its images are under in references, where its payloads do not say or say another",
        ),
        "audience": Option(Text(), "what Google's token is made out for (gar)"),
        "email": Option(Text(), "the service account that Pub/Sub pushes as (gar)"),
        "unauthenticated": Option(Flag(), "anybody may send it"),
    },
    build=_build,
    required=("name", "kind"),
)
