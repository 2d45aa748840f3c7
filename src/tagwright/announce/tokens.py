"""Tokens that an issuer signed (JWT, RFC 7519): read, and believed only when everything about them is right.

PyJWT does it, the library that PyGithub signs with: it binds a key to one algorithm, so that a token cannot choose how
it is checked. Beside the signature we ask for what RFC 8725 asks for: an issuer and an audience that are exactly the
configured ones, and a time that is now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jwt

from tagwright.announce.keys import ALGORITHMS
from tagwright.announce.refusals import Refused

LEEWAY = 30.0  # seconds that clocks may be apart
_MOST = 16_384  # characters; those of GitHub and GitLab have about two thousand

Claims = Mapping[str, Any]


def unverified(token: str) -> tuple[Claims, str]:
    """What a token says of itself, and its key's id: good for finding out whom to ask about it, and nothing else.

    Raises Refused (401).
    """
    if not token or len(token) > _MOST:
        raise Refused(401, "no token that could be one of an issuer")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Refused(401, "the token is no JWT", f"the token is no JWT: {type(error).__name__}") from None
    if not isinstance(kid, str):
        raise Refused(401, "the token does not say which key it is signed with")
    return claims, kid


def verified(token: str, kid: str, issuer: str, audience: str, key: Callable[[str], jwt.PyJWK]) -> Claims:
    """The claims of a token that `issuer` made for `audience`, and for now. Raises Refused."""
    required = ["exp", "iat", "iss", "aud"]
    try:
        return jwt.decode(
            token,
            key(kid),
            algorithms=list(ALGORITHMS),
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": required, "strict_aud": True, "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError:
        raise Refused(401, "the token has expired") from None
    except jwt.ImmatureSignatureError:
        raise Refused(401, "the token is not valid yet") from None
    except jwt.InvalidAudienceError:
        raise Refused(401, "the token is for another audience") from None
    except (jwt.PyJWTError, ValueError) as error:
        raise Refused(401, "the token cannot be believed", f"token of {issuer}: {type(error).__name__}") from None
