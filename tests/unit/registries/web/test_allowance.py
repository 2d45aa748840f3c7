"""What answers say of what is still allowed."""

from __future__ import annotations

from email.parser import Parser
from http.client import HTTPMessage

import pytest

from tagwright.registries.web.allowance import Allowance, allowance

NOW = 1_800_000_000.0


def said(lines: str) -> Allowance | None:
    """What these header lines say."""
    return allowance(Parser(HTTPMessage).parsestr(lines), NOW)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("RateLimit-Limit: 100\nRateLimit-Remaining: 50\nRateLimit-Reset: 30", Allowance(50, 30)),
        ("RateLimit-Limit: 100, 100;w=60\nRateLimit-Remaining: 0\nRateLimit-Reset: 5", Allowance(0, 5)),
        ("RateLimit: limit=100, remaining=50, reset=30", Allowance(50, 30)),
        ('RateLimit-Policy: "default";q=100;w=10\nRateLimit: "default";r=50;t=30', Allowance(50, 30)),
        ('RateLimit: "burst";r=90;t=1, "day";r=7;t=3600', Allowance(7, 3600)),
        ("X-RateLimit-Limit: 180\nX-RateLimit-Remaining: 179\nX-RateLimit-Reset: 1800000060", Allowance(179, 60)),
        ("RateLimit-Remaining: 3\nRateLimit-Reset: 1799999990", Allowance(3, 0)),
        ("ratelimit-limit: 100;w=21600\nratelimit-remaining: 76;w=21600", Allowance(76, 21600, pulls=True)),
    ],
)
def test_every_way_of_saying_it(lines: str, found: Allowance) -> None:
    """The draft's three, the older one with X-, a reset as a moment, and Docker Hub's."""
    assert said(lines) == found


@pytest.mark.parametrize(
    "lines",
    [
        "",
        "Content-Type: text/plain",
        "RateLimit-Remaining: 5",
        "RateLimit-Remaining: many\nRateLimit-Reset: 5",
        "RateLimit-Remaining: -1\nRateLimit-Reset: 5",
        'RateLimit: "default";r=5',
        "RateLimit: nothing, at; all",
        "RateLimit-Remaining: 9999999999999999999999\nRateLimit-Reset: 1",
        'RateLimit-Policy: "default";q=100;w=10',
    ],
)
def test_what_cannot_be_read_says_nothing(lines: str) -> None:
    """A header that is none must not stop anybody."""
    assert said(lines) is None


def test_docker_hub_counts_manifests_and_no_head() -> None:
    """Lists of tags, blobs and HEAD cost nothing there; elsewhere every request counts."""
    hub, other = Allowance(0, 21600, pulls=True), Allowance(0, 30)
    asked = [("GET", "/v2/a/manifests/1"), ("HEAD", "/v2/a/manifests/1"), ("GET", "/v2/a/tags/list")]
    assert [hub.counts(*one) for one in asked] == [True, False, False]
    assert [other.counts(*one) for one in asked] == [True, True, True]
