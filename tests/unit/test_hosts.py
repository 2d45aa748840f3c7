"""Only this machine is this machine."""

from __future__ import annotations

import pytest

from tagwright.hosts import is_loopback


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "::1", "[::1]", "[::1]:5000"]
)
def test_this_machine_is_known_by_its_names(host: str) -> None:
    """With a port or without, in brackets where it must."""
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "127.example.com",
        "127.0.0.1.example.com",
        "localhost.example.com",
        "10.0.0.1",
        "::1:80",
        "[::1]x",
        "ghcr.io",
    ],
)
def test_others_that_look_like_it_are_not(host: str) -> None:
    """A name that begins so may be anybody's, and ::1:80 is another address."""
    assert not is_loopback(host)
