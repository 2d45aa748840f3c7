"""Only who knows the secret gets in, whatever way the sender shows it."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

import pytest

from tagwright.webhooks.proofs import InHeader, InUrl, Proof, Request, Signature
from tagwright.webhooks.replays import A_WHILE, MOST, Replays

BODY = b'{"a": 1}'
SECRET = "t0p-secret"


def hexed(digest: str, secret: str = SECRET, body: bytes = BODY) -> str:
    """The HMAC as hexadecimal digits, made without the code under test."""
    return hmac.new(secret.encode(), body, getattr(hashlib, digest)).hexdigest()


def basic(login: str) -> str:
    return "Basic " + b64encode(login.encode()).decode()


GITHUB, NEXUS = Signature("X-Hub-Signature-256", prefix="sha256="), Signature("X-Nexus-Webhook-Signature", "sha1")
JFROG = Signature("X-JFrog-Event-Auth", bare=True)
GOOD = [
    (GITHUB, {"x-hub-signature-256": "sha256=" + hexed("sha256")}),
    (NEXUS, {"x-nexus-webhook-signature": hexed("sha1")}),
    (JFROG, {"x-jfrog-event-auth": hexed("sha256")}),
    (JFROG, {"x-jfrog-event-auth": SECRET}),
    (InHeader(), {"authorization": SECRET}),
    (InHeader(), {"authorization": f"Bearer {SECRET}"}),
    (InHeader(), {"authorization": f"bearer {SECRET}"}),
    (InHeader(), {"authorization": basic(f"hook:{SECRET}")}),
    (InHeader("X-Gitlab-Token"), {"x-gitlab-token": SECRET}),
]
BAD = [
    (GITHUB, {}),
    (GITHUB, {"x-hub-signature-256": hexed("sha256")}),
    (GITHUB, {"x-hub-signature-256": "sha256=" + hexed("sha256", "other")}),
    (GITHUB, {"x-hub-signature-256": "sha256=" + hexed("sha256", body=b"{}")}),
    (GITHUB, {"x-hub-signature-256": "sha256=" + hexed("sha256").upper()}),
    (GITHUB, {"x-hub-signature-256": "sha256=é"}),
    (GITHUB, {"x-hub-signature-256": SECRET}),
    (NEXUS, {"x-nexus-webhook-signature": hexed("sha256")}),
    (JFROG, {"x-jfrog-event-auth": SECRET + "x"}),
    (InHeader(), {}),
    (InHeader(), {"authorization": ""}),
    (InHeader(), {"authorization": "Basic !"}),
    (InHeader(), {"authorization": basic("hook:wrong")}),
    (InHeader(), {"authorization": f"Digest {SECRET}"}),
    (InHeader(), {"x-gitlab-token": SECRET}),
    (InHeader("X-Gitlab-Token"), {"authorization": SECRET}),
]


@pytest.mark.parametrize(("proof", "headers"), GOOD)
def test_who_knows_the_secret_gets_in(proof: Proof, headers: dict[str, str]) -> None:
    """The right secret or signature is taken, and so it is while it is the one before."""
    assert proof.holds(Request(headers, BODY), (SECRET,))
    assert proof.holds(Request(headers, BODY), ("the next", SECRET))


@pytest.mark.parametrize(("proof", "headers"), BAD)
def test_nobody_else_does(proof: Proof, headers: dict[str, str]) -> None:
    """A wrong, empty, garbled or misplaced one is not."""
    assert not proof.holds(Request(headers, BODY), (SECRET,))


@pytest.mark.parametrize("proof", [GITHUB, NEXUS, JFROG, InHeader(), InUrl()])
def test_an_empty_secret_lets_nobody_in(proof: Proof) -> None:
    """Neither one that is empty, nor none at all."""
    signed = proof.sign(BODY, "") if isinstance(proof, Signature) else ""
    names = ("authorization", "x-hub-signature-256", "x-nexus-webhook-signature", "x-jfrog-event-auth")
    for given in ("", signed):
        request = Request(dict.fromkeys(names, given), BODY)
        assert not proof.holds(request, ())
        assert not proof.holds(request, ("",))


def test_a_secret_in_the_address() -> None:
    """It counts there for those who can do nothing else, and only the right one."""
    assert InUrl().holds(Request({}, BODY, SECRET), (SECRET,))
    assert not InUrl().holds(Request({}, BODY, SECRET[:-1]), (SECRET,))
    assert not InHeader().holds(Request({}, BODY, SECRET), (SECRET,))


def standard(key: bytes, when: str = "1000", body: bytes = BODY) -> dict[str, str]:
    """The headers of the Standard Webhooks specification."""
    made = hmac.new(key, f"msg_1.{when}.".encode() + body, "sha256").digest()
    signed = f"v1,bogus v1,{b64encode(made).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": when, "webhook-signature": signed}


def test_a_signing_token_of_gitlab() -> None:
    """A whsec_ key signs id, time and body; an old one, another body or the key itself in the header is no proof."""
    key = b"0123456789abcdef0123456789abcdef"
    proof, secrets = InHeader("X-Gitlab-Token"), ("whsec_" + b64encode(key).decode(),)
    assert proof.holds(Request(standard(key), BODY, clock=1200), secrets)
    assert not proof.holds(Request(standard(key), BODY, clock=1301), secrets)
    assert not proof.holds(Request(standard(key), b"{}", clock=1200), secrets)
    assert not proof.holds(Request(standard(b"other"), BODY, clock=1200), secrets)
    assert not proof.holds(Request(standard(key, "soon"), BODY, clock=1200), secrets)
    assert not proof.holds(Request({"x-gitlab-token": secrets[0]}, BODY, clock=1200), secrets)


def test_a_replay_is_one_for_a_day() -> None:
    """The same body at the same hook, until a day has passed; another hook may get it too."""
    replays = Replays()
    assert not replays.is_one("a", BODY, 0.0)
    replays.note("a", BODY, 0.0)
    assert replays.is_one("a", BODY, A_WHILE - 1)
    assert not replays.is_one("a", BODY, A_WHILE)
    assert not replays.is_one("b", BODY, 1.0)


def test_the_memory_of_replays_is_bounded() -> None:
    """Only so many are kept; the oldest goes first."""
    replays = Replays()
    for number in range(MOST + 1):
        replays.note("a", str(number).encode(), 0.0)
    assert not replays.is_one("a", b"0", 0.0)
    assert replays.is_one("a", b"1", 0.0)
