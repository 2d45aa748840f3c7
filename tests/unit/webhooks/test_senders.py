"""The table of senders and what a configuration may say of them are one."""

from __future__ import annotations

from tagwright.model.hooked import NAMELESS, SENDERS, Proves
from tagwright.webhooks import SENDERS as READERS
from tagwright.webhooks.proofs import GoogleToken, InHeader, InUrl, Signature

PROVES = {Signature: Proves.SIGNATURE, InHeader: Proves.HEADER, InUrl: Proves.ADDRESS, GoogleToken: Proves.TOKEN}


def test_a_kind_proves_itself_as_the_configuration_thinks() -> None:
    """Every kind has a reader, and its proof is the one that the keys of the configuration are about."""
    assert dict(SENDERS) == {kind: PROVES[type(sender.proof)] for kind, sender in READERS.items()}
    assert READERS.keys() >= NAMELESS
