"""CI announces an image without credentials for Git: the token of its job says who speaks, rules say of which images.

    keys.py       an issuer's public keys, over HTTP
    tokens.py     a token, believed or not
    rules.py      who the caller is, and whether a rule fits
    bodies.py     which images are announced
    seen.py       what was announced before
    google.py     the tokens that Pub/Sub sends along with what it pushes
    refusals.py   what is answered otherwise

An announcement is a hint: what is true is read from the registry.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from tagwright import globs
from tagwright.announce import bodies, rules, tokens
from tagwright.announce.keys import Keys
from tagwright.announce.refusals import IssuerAway, Refused
from tagwright.announce.rules import Caller
from tagwright.announce.seen import Seen
from tagwright.image import Image
from tagwright.model import Announcer

__all__ = ["Announcers", "IssuerAway", "Refused"]


_NEVER = 1 << 40  # seconds since 1970; a number in a token may be as long as its issuer likes


class Announcers:
    """Everybody who may announce something. Safe to use from many threads; the first token of an issuer waits for
    its keys."""

    def __init__(
        self, announcers: tuple[Announcer, ...], environ: Mapping[str, str], now: Callable[[], float] = time.time
    ) -> None:
        self._known = tuple((announcer, Keys(announcer, environ)) for announcer in announcers)
        self._seen = Seen(now)

    def heard(self, token: str, body: bytes) -> tuple[Image, ...]:
        """The images that this token may announce and this body names; none when they were announced before.

        Raises Refused, whose `why` is for our log.
        """
        announcer, who = self._caller(token)
        images = bodies.read(body)
        for one in images:
            _allow(announcer, who, one)
        jti, until = who.claim("jti") or "", float(min(int(who.claims["exp"]), _NEVER)) + tokens.LEEWAY
        return () if self._seen.before(announcer.issuer, jti, body, until) else images

    def _caller(self, token: str) -> tuple[Announcer, Caller]:
        """Who speaks. Where one issuer is named for several audiences, the token's own decides."""
        said, kid = tokens.unverified(token)
        of_issuer = [known for known in self._known if known[0].issuer == said.get("iss")]
        if not of_issuer:
            raise Refused(401, "the token's issuer is not believed here", f"issuer {str(said.get('iss'))[:200]!r}")
        announcer, keys = next((known for known in of_issuer if known[0].audience == said.get("aud")), of_issuer[0])
        claims = tokens.verified(token, kid, announcer.issuer, announcer.audience, keys.key)
        return announcer, rules.caller(announcer.kind, claims)


def _allow(announcer: Announcer, who: Caller, image: Image) -> None:
    """Raises Refused (403) unless a rule lets this caller announce this image; our log says what did not fit."""
    reasons = []
    for rule in announcer.rules:
        if globs.compile(rule.images)(image.normalised):
            if not (reason := rules.misfit(rule, who)):
                return
            reasons.append(f"{rule.source}: {reason}")
    name = (who.repository or who.claim("sub") or "this caller").encode(errors="backslashreplace").decode()
    why = "; ".join(reasons) or "no rule names the image"
    raise Refused(
        403, f"no rule lets {name[:200]} announce {image.name}", f"{name[:200]!r}, {image.name}: {why}"[:2000]
    )
