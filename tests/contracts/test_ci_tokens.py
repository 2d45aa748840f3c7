"""Tokens of CI, judged against an issuer that runs on this machine and against one that fails in every way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tagwright.announce import Announcers, IssuerAway, Refused, google
from tagwright.announce.keys import Keys
from tagwright.image import Image
from tagwright.model import Announcer, AnnounceRule, IssuerKind
from tagwright.registries.web.patience import Patience
from tests.support.issuer import AUDIENCE, DISCOVERY, GITHUB, GITLAB, KEYS, Issuer, issuer

BODY = b'{"image": "ghcr.io/acme/api:1.4.2"}'
API = (Image("ghcr.io/acme/api", "1.4.2"),)
RULE = AnnounceRule(("ghcr.io/acme/**",), "acme/api", ("refs/heads/main",))
HASTY = Patience(tries=1, timeout=0.2, whole=0.4, budget=1.0)


@pytest.fixture
def one() -> Iterator[Issuer]:
    """An issuer that works."""
    with issuer() as found:
        yield found


def believed(one: Issuer, kind: IssuerKind = IssuerKind.GITHUB) -> Announcer:
    """The configuration that believes it."""
    return Announcer(one.url, AUDIENCE, kind, rules=(RULE,))


def announcers(one: Issuer, kind: IssuerKind = IssuerKind.GITHUB) -> Announcers:
    """What listens to it."""
    return Announcers((believed(one, kind),), os.environ)


def refused(one: Issuer, token: str, body: bytes = BODY) -> Refused:
    """How a token is refused."""
    with pytest.raises(Refused) as found:
        announcers(one).heard(token, body)
    return found.value


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


# ── who is believed ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("curve", [False, True])
def test_a_job_announces_its_image(one: Issuer, curve: bool) -> None:
    """With the token that GitHub gives it, signed with RSA or on a curve."""
    one.rotate("k1", curve)
    assert announcers(one).heard(one.token(), BODY) == API


def test_a_job_of_gitlab_announces_its_image(one: Issuer) -> None:
    """GitLab names the same things otherwise."""
    assert announcers(one, IssuerKind.GITLAB).heard(one.token(GITLAB), BODY) == API


def test_a_token_that_never_ends_is_one_of_its_issuers(one: Issuer) -> None:
    """However long the number is."""
    assert announcers(one).heard(one.token({**GITHUB, "exp": 10**400}), BODY) == API


def test_a_name_that_is_half_a_character_can_be_said(one: Issuer) -> None:
    """It is refused like another's, with words that can be sent."""
    found = refused(one, one.token({**GITHUB, "repository": "acme/\ud800"}))
    assert (found.status, found.said.encode().decode()) == (403, found.said)


def test_the_keys_are_read_once(one: Issuer) -> None:
    """Twenty jobs that announce at once ask the issuer for its keys one time."""
    listening, tokens = announcers(one), [one.token() for _ in range(20)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda token: listening.heard(token, BODY), tokens)) == [API] * 20
    assert one.asked == [DISCOVERY, KEYS]


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": -100}, "the token has expired"),
        ({"nbf": 400}, "the token is not valid yet"),
        ({"iat": 400}, "the token is not valid yet"),
        ({"exp": None}, "the token cannot be believed"),
        ({"iat": None}, "the token cannot be believed"),
        ({"exp": "soon"}, "the token cannot be believed"),
        ({"aud": "https://tagwright.example.com/"}, "the token is for another audience"),
        ({"aud": [AUDIENCE]}, "the token is for another audience"),
        ({"aud": [AUDIENCE, "https://elsewhere.example"]}, "the token is for another audience"),
        ({"aud": None}, "the token cannot be believed"),
        ({"iss": "https://token.actions.githubusercontent.com"}, "the token's issuer is not believed here"),
        ({"iss": None}, "the token's issuer is not believed here"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_claim_that_is_not_right_is_refused(one: Issuer, claims: dict[str, object], said: str) -> None:
    """Time (here from now on, in seconds), audience and issuer, each exactly, and each must be there."""
    now = int(time.time())
    meant = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    found = refused(one, one.token({**GITHUB, **meant}))
    assert (found.status, found.said) == (401, said)


def test_an_issuer_that_only_begins_alike_is_another(one: Issuer) -> None:
    """The name counts to its last character."""
    assert refused(one, one.token({**GITHUB, "iss": one.url + "/"})).said == "the token's issuer is not believed here"


def test_a_clock_may_be_a_little_off(one: Issuer) -> None:
    """Half a minute either way."""
    now = int(time.time())
    assert announcers(one).heard(one.token({**GITHUB, "exp": now - 15, "nbf": now + 15, "iat": now + 15}), BODY) == API


def test_a_token_without_a_signature_is_refused(one: Issuer) -> None:
    """alg: none."""
    assert refused(one, one.token(key="", alg="none")).status == 401


def test_the_public_key_is_no_secret_to_sign_with(one: Issuer) -> None:
    """HS256 with the published key as its secret (RFC 8725, 2.1). PyJWT refuses to make such a token, so we do."""
    import base64
    import hashlib
    import hmac
    import json

    def packed(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    _, payload, _ = one.token().encode().split(b".")
    head = packed(json.dumps({"alg": "HS256", "typ": "JWT", "kid": "first"}).encode())
    signature = packed(hmac.digest(one.public_pem(), head + b"." + payload, hashlib.sha256))
    assert refused(one, b".".join((head, payload, signature)).decode()).status == 401


def test_a_secret_among_the_keys_is_none(one: Issuer) -> None:
    """Of what an issuer lists only keys for signatures count, and only those whose other half is its own."""
    one.more = [
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0", "alg": "HS256"},
        {**one.jwk("first"), "kid": "for-encryption", "use": "enc"},
        {"kty": "RSA", "kid": "half", "n": "AQAB"},
        {"kty": "none", "kid": "nothing"},
        {"kid": 7},
        "first",
    ]
    keys = Keys(believed(one), os.environ)
    for kid in ("secret", "for-encryption", "half", "nothing", "7"):
        with pytest.raises(Refused, match="does not name"):
            keys.key(kid)
    keys.key("first")


def test_another_key_of_the_same_name_is_refused(one: Issuer) -> None:
    """Whoever signs with a key of their own and the issuer's id for it."""
    with issuer() as stranger:
        forged = stranger.token({**GITHUB, "iss": one.url}, kid="first")
    assert refused(one, forged).status == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é" * 100, "a" * 20_000, "eyJhbGciOiJSUzI1NiJ9.e30.x"])
def test_what_is_no_token_is_refused(one: Issuer, token: str) -> None:
    """And nobody is asked about it."""
    assert refused(one, token).status == 401
    assert one.asked == []


def test_a_changed_token_is_refused(one: Issuer) -> None:
    """One character of its claims."""
    head, payload, signature = one.token().split(".")
    other = one.token({**GITHUB, "repository": "acme/other"}).split(".")[1]
    assert refused(one, f"{head}.{other}.{signature}").status == 401
    assert announcers(one).heard(f"{head}.{payload}.{signature}", BODY) == API


# ── where the keys come from ─────────────────────────────────────────────────


def test_rotated_keys_are_found(one: Issuer) -> None:
    """A key that was not there a while ago is looked for, and one that is gone is no longer believed."""
    clock = Clock()
    keys = Keys(believed(one), os.environ, clock)
    keys.key("first")
    one.rotate("second")
    clock.now += 31
    keys.key("second")
    with pytest.raises(Refused, match="does not name"):
        keys.key("first")
    assert one.times(KEYS) == 2


def test_invented_ids_make_nobody_ask_the_issuer(one: Issuer) -> None:
    """A thousand of them, and the keys were read once in half a minute; nothing is kept of them."""
    clock = Clock()
    keys = Keys(believed(one), os.environ, clock)
    for number in range(1000):
        with pytest.raises(Refused, match="does not name"):
            keys.key(f"invented-{number}")
    assert one.times(KEYS) == 1
    keys.key("first")
    clock.now += 31
    with pytest.raises(Refused):
        keys.key("invented")
    assert one.times(KEYS) == 2


def test_keys_are_used_while_the_issuer_is_away(one: Issuer) -> None:
    """For a day; after that nobody is believed, until it is back."""
    clock = Clock()
    keys = Keys(believed(one), os.environ, clock, HASTY)
    keys.key("first")
    one.status = 500
    clock.now += 7200
    keys.key("first")
    with pytest.raises(IssuerAway):
        keys.key("second")
    clock.now += 86400
    with pytest.raises(IssuerAway) as away:
        keys.key("first")
    assert away.value.status == 503
    one.status = 200
    clock.now += 31
    keys.key("first")


def _huge(one: Issuer) -> None:
    one.padding = 1 << 19


def _slow(one: Issuer) -> None:
    one.seconds = 5.0


def _elsewhere(one: Issuer) -> None:
    one.redirect = f"{one.url}/elsewhere"


def _other_host(one: Issuer) -> None:
    one.document = {"jwks_uri": one.url.replace("127.0.0.1", "localhost") + KEYS}


def _other_issuer(one: Issuer) -> None:
    one.document = {"issuer": "https://token.actions.githubusercontent.com"}


def _no_keys(one: Issuer) -> None:
    one.private = {}


def _local_file(one: Issuer) -> None:
    one.document = {"jwks_uri": "file:///etc/passwd"}


@pytest.mark.parametrize("fault", [_huge, _slow, _elsewhere, _other_host, _other_issuer, _no_keys, _local_file])
def test_keys_that_cannot_be_had_are_nobodys_fault(one: Issuer, fault: Callable[[Issuer], None]) -> None:
    """Too big, too slow, redirected, on another host, of another issuer: 503 in good time, asked once a while."""
    fault(one)
    keys = Keys(believed(one), os.environ, patience=HASTY)
    begun = time.monotonic()
    for _ in range(20):
        with pytest.raises(IssuerAway, match=r"issuer.s keys cannot be read at the moment"):
            keys.key("first")
    assert time.monotonic() - begun < 4
    assert one.times(DISCOVERY) == 1


def test_keys_may_be_elsewhere_where_the_configuration_says_so(one: Issuer) -> None:
    """Then the discovery document is not read at all."""
    keys = Keys(replace(believed(one), keys_url=one.url.replace("127.0.0.1", "localhost") + KEYS), os.environ)
    keys.key("first")
    assert one.asked == [KEYS]


def test_an_issuer_is_never_asked_in_the_clear_elsewhere() -> None:
    """Plain http is for this machine alone."""
    with pytest.raises(IssuerAway, match=r"issuer.s keys") as away:
        Keys(Announcer("http://issuer.test", AUDIENCE), os.environ).key("first")
    assert "in the clear" in away.value.why


# ── what is heard ────────────────────────────────────────────────────────────


def test_an_announcement_is_heard_once(one: Issuer) -> None:
    """The same token with the same body does nothing more; with another body it is another announcement."""
    listening, token = announcers(one), one.token()
    assert listening.heard(token, BODY) == API
    assert listening.heard(token, BODY) == ()
    assert listening.heard(token, b'[{"image": "ghcr.io/acme/web:1"}]') == (Image("ghcr.io/acme/web", "1"),)
    assert listening.heard(one.token(), BODY) == API


def test_what_no_rule_allows_is_refused_and_the_log_says_why(one: Issuer) -> None:
    """The sender reads who may not announce what, and nothing of our rules."""
    found = refused(one, one.token({**GITHUB, "repository": "acme/other"}))
    assert (found.status, found.said) == (403, "no rule lets acme/other announce ghcr.io/acme/api")
    assert "repository is 'acme/other'" in found.why
    assert refused(one, one.token(), b'{"image": "docker.io/evil/api:1"}').why.endswith("no rule names the image")


def test_one_image_too_many_and_none_is_heard(one: Issuer) -> None:
    """All of a list, or nothing of it; and what was refused was not heard."""
    listening, token = announcers(one), one.token()
    for _ in range(2):
        with pytest.raises(Refused, match="evil/api"):
            listening.heard(token, b'[{"image": "ghcr.io/acme/api:1.4.2"}, {"image": "evil/api:1"}]')


def test_one_issuer_may_have_rules_for_several_audiences(one: Issuer) -> None:
    """The token's own audience decides which rules count."""
    other = replace(believed(one), audience="https://other.example", rules=())
    listening = Announcers((other, believed(one)), os.environ)
    assert listening.heard(one.token(), BODY) == API
    with pytest.raises(Refused, match="no rule"):
        listening.heard(one.token({**GITHUB, "aud": "https://other.example"}), BODY)


# ── Google's Pub/Sub ─────────────────────────────────────────────────────────

PUSHED = {"email": "push@acme.iam.gserviceaccount.com", "email_verified": True, "nbf": None, "jti": None}


@pytest.mark.parametrize(
    ("claims", "good"),
    [
        ({}, True),
        ({"email": "other@acme.iam.gserviceaccount.com"}, False),
        ({"email_verified": False}, False),
        ({"email_verified": "true"}, False),
        ({"email_verified": None}, False),
        ({"aud": "https://other.example"}, False),
        ({"iss": "https://accounts.google.example"}, False),
    ],
)
def test_pub_sub_is_known_by_its_service_account(one: Issuer, claims: dict[str, object], good: bool) -> None:
    """The subscription's own, verified, for our audience, signed by Google."""
    check = google.pusher(AUDIENCE, PUSHED["email"], os.environ, one.url, one.url + KEYS)  # type: ignore[arg-type]
    token = one.token({**PUSHED, **claims})
    if good:
        check(token)
    else:
        with pytest.raises(Refused):
            check(token)
