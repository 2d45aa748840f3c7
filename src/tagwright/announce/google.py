"""The token that Google's Pub/Sub sends along with what it pushes: who pushes, and to whom.

https://docs.cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tagwright.announce import tokens
from tagwright.announce.keys import Keys
from tagwright.announce.refusals import Refused
from tagwright.model import Announcer

ISSUER = "https://accounts.google.com"
KEYS_URL = "https://www.googleapis.com/oauth2/v3/certs"


def pusher(
    audience: str, email: str, environ: Mapping[str, str], issuer: str = ISSUER, keys_url: str = KEYS_URL
) -> Callable[[str], None]:
    """A check of one subscription's tokens: made for `audience`, by the service account `email`.

    It raises Refused for any other. Make it once and keep it, for it keeps Google's keys; it may wait for them.
    """
    keys = Keys(Announcer(issuer, audience, keys_url=keys_url), environ)

    def check(token: str) -> None:
        _, kid = tokens.unverified(token)
        claims = tokens.verified(token, kid, issuer, audience, keys.key)
        if claims.get("email_verified") is not True or claims.get("email") != email:
            raise Refused(401, "the token is not of the subscription's service account", "another service account")

    return check
