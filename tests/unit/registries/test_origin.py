"""Addresses, this machine, and proxies."""

from __future__ import annotations

import pytest

from tagwright.registries.origin import Origin, parse, proxy_for, proxy_login


@pytest.mark.parametrize(
    ("url", "printed", "target", "loopback"),
    [
        ("https://ghcr.io", "https://ghcr.io", "/", False),
        ("https://GHCR.io:443/v2/?n=1", "https://ghcr.io", "/v2/?n=1", False),
        ("http://localhost:5000/x", "http://localhost:5000", "/x", True),
        ("http://[::1]:5000", "http://[::1]:5000", "/", True),
        ("http://127.8.9.1", "http://127.8.9.1", "/", True),
        ("http://127.0.0.1.evil.example", "http://127.0.0.1.evil.example", "/", False),
        ("http://localhost.evil.example", "http://localhost.evil.example", "/", False),
    ],
)
def test_an_address_is_split(url: str, printed: str, target: str, loopback: bool) -> None:
    """Origins compare by host and effective port; only real loopback names are this machine."""
    origin, rest = parse(url)
    assert (str(origin), rest, origin.loopback) == (printed, target, loopback)


@pytest.mark.parametrize(
    "url", ["", "ghcr.io", "ftp://a", "https://", "https://u:p@a", "https://u@a", "http://a:b", "//a"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    """No scheme, no host, another scheme, or a user name: no address of a registry."""
    with pytest.raises(ValueError, match=r"expected http|[Pp]ort"):
        parse(url)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ""),
        ({"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ({"https_proxy": "p:3128", "HTTPS_PROXY": "other:1"}, "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, ""),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, ""),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "a.b, example.com"}, ""),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": ".example.com"}, ""),
        ({"HTTPS_PROXY": "http://p", "no_proxy": "r.example.com:5000"}, ""),
        ({"HTTPS_PROXY": "http://p", "NO_PROXY": "ample.com,r.example.com:80,,10.0.0.0/8"}, "http://p"),
    ],
)
def test_the_proxy_is_the_environments(environ: dict[str, str], expected: str) -> None:
    """HTTPS_PROXY serves https, small letters win, and NO_PROXY spares hosts, domains and ports."""
    assert proxy_for(Origin("https", "r.example.com", 5000), environ) == expected


def test_networks_and_this_machine_are_spared() -> None:
    """NO_PROXY may name networks; loopback is never asked through a proxy."""
    environ = {"HTTP_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}
    assert proxy_for(Origin("http", "10.1.2.3", 80), environ) == ""
    assert proxy_for(Origin("http", "11.1.2.3", 80), environ) == "http://p"
    assert proxy_for(Origin("http", "127.0.0.1", 80), environ) == ""
    assert proxy_for(Origin("http", "11.1.2.3", 80), environ | {"REQUEST_METHOD": "GET"}) == ""


def test_a_proxy_may_want_to_know_us() -> None:
    """Its user and password stand in its URL, percent-encoded."""
    assert proxy_login("http://u%40x:p%3a@proxy:3128") == (Origin("http", "proxy", 3128), "u@x", "p:")
