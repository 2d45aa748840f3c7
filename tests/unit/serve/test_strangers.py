"""How much is heard of strangers, in a time that passes when told."""

from __future__ import annotations

import pytest

from tagwright.serve.web.strangers import Strangers


class Clock:
    """Seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_heard_then_as_many_as_the_rate_says() -> None:
    """And what is refused costs nothing further."""
    clock = Clock()
    strangers = Strangers(burst=2, per_second=0.5, clock=clock)
    assert [strangers.wait("192.0.2.1") for _ in range(4)] == [0, 0, 2, 2]
    clock.now += 2
    assert [strangers.wait("192.0.2.1") for _ in range(2)] == [0, 2]
    assert strangers.wait("192.0.2.2") == 0


def test_many_addresses_share_a_limit() -> None:
    """Whoever has a thousand addresses is not a thousand times as welcome."""
    strangers = Strangers(overall_burst=50, overall_per_second=1, clock=Clock())
    assert sum(strangers.wait(f"192.0.2.{number}") == 0 for number in range(200)) == 50


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "no address", True),
    ],
)
def test_a_network_of_ipv6_is_one_stranger(one: str, other: str, same: bool) -> None:
    """Everybody has a whole /64 there."""
    strangers = Strangers(burst=1, per_second=0.1, clock=Clock())
    strangers.wait(one)
    assert (strangers.wait(other) > 0) is same


def test_addresses_are_not_remembered_without_end() -> None:
    """A million of them take no more room than ten thousand."""
    strangers = Strangers(overall_burst=10**9, clock=Clock())
    for number in range(30_000):
        strangers.wait(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(strangers._buckets) <= 10_000
