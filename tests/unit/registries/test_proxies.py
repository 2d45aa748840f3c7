"""Who we are to a proxy, as the environment says it."""

from __future__ import annotations

import base64

from tagwright.registries.web.origin import parse
from tagwright.registries.web.proxies import of_environment


def test_the_login_of_a_proxy_is_sent_byte_for_byte() -> None:
    """A variable holds bytes; those that are no UTF-8 (PEP 383) go out as they are, and crash nothing."""
    origin, _ = parse("https://ghcr.io/")
    proxy = of_environment(origin, {"HTTPS_PROXY": "http://u:p%C3%A4\udcff@proxy:3128"})
    assert proxy
    assert base64.b64decode(proxy.headers["Proxy-Authorization"].removeprefix("Basic ")) == b"u:p\xc3\xa4\xff"
