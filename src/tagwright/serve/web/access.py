"""Who may see the page: everyone, whoever knows a token, or whom a trusted proxy has logged in."""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import logging
import os
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from tagwright.credentials.named import secret
from tagwright.errors import TagwrightError
from tagwright.model import Access
from tagwright.serve.web.wire import PEER

log = logging.getLogger(__name__)

_ASKS = 'Basic realm="Tagwright: any user, the token as the password", charset="UTF-8"'


def refusal(access: Access | None, request: Request) -> Response | None:
    """The answer to whoever may not see the page; None for who may. A token that cannot be read admits nobody."""
    if access is None:
        return None
    if access.header:
        known = _is_among(request.scope.get(PEER, ""), access.trusted_proxies) and request.headers.get(access.header)
        return None if known else PlainTextResponse("log in at the proxy before it\n", 403)
    try:
        token = secret(access.token, os.environ)
    except TagwrightError as error:
        log.error("nobody may see the page: %s", error.message)
        return PlainTextResponse("the token is not set up\n", 503)
    if token and hmac.compare_digest(_given(request), token.encode()):
        return None
    return PlainTextResponse("a token is asked for\n", 401, {"WWW-Authenticate": _ASKS})


def _given(request: Request) -> bytes:
    """The token of a program (RFC 6750) or, as a password, of a browser (RFC 7617); b"" for none."""
    scheme, _, said = request.headers.get("authorization", "").partition(" ")
    given = said.strip().encode("latin-1")
    if scheme.lower() != "basic":
        return given if scheme.lower() == "bearer" else b""
    try:
        return base64.b64decode(given, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""


def _is_among(peer: str, networks: Iterable[str]) -> bool:
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(network) for network in networks)
