"""Addresses, this machine, and proxies."""

from __future__ import annotations

import pytest

from tagwright.errors import UsageError
from tagwright.registries.web.origin import Origin, parse
from tagwright.registries.web.proxies import of_environment


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
    found = of_environment(Origin("https", "r.example.com", 5000), environ)
    assert (str(found.origin) if found else "") == expected


def test_networks_and_this_machine_are_spared() -> None:
    """NO_PROXY may name networks; loopback is never asked through a proxy."""
    environ = {"HTTP_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}
    assert of_environment(Origin("http", "10.1.2.3", 80), environ) is None
    assert of_environment(Origin("http", "11.1.2.3", 80), environ) is not None
    assert of_environment(Origin("http", "127.0.0.1", 80), environ) is None
    assert of_environment(Origin("http", "11.1.2.3", 80), environ | {"REQUEST_METHOD": "GET"}) is None


def test_a_proxy_may_want_to_know_us() -> None:
    """In the environment its user and password stand in its URL, percent-encoded; they are not printed."""
    found = of_environment(Origin("https", "r.example.com", 443), {"HTTPS_PROXY": "http://u%40x:s3cret%3a@proxy:3128"})
    assert found
    assert (found.origin, found.username, found.password) == (Origin("http", "proxy", 3128), "u@x", "s3cret:")
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize("url", ["https://u:s3cret@proxy", "http://u:s3cret@[oops", "ftp://s3cret", "http://"])
def test_a_proxy_that_cannot_be_is_said_without_its_login(url: str) -> None:
    """TLS to a proxy itself is not spoken: its login would go in clear."""
    with pytest.raises(UsageError) as caught:
        of_environment(Origin("https", "r.example.com", 443), {"HTTPS_PROXY": url})
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
