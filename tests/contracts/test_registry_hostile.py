"""A registry that means harm: it costs us a problem of its own images, not our time, our memory or our secrets."""

from __future__ import annotations

import time

import pytest

from tagwright.errors import Problem, RegistryError
from tagwright.lookup import lookup
from tagwright.model import RegistrySettings
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, answer_json
from tagwright.registries.web.connections import Host
from tagwright.registries.web.http import Trust, Web
from tagwright.registries.web.origin import Origin
from tagwright.registries.web.patience import Patience
from tests.support.registry import TAGS, Bearer, client, instead, listed, running, trickling

QUICKLY = 5.0
"""Seconds, far beyond what one answer takes; what is tried in every way takes minutes."""

BLANKS = {
    "behind a name": "<x>; rel" + " " * 60_000 + "!",
    "behind a value": "<x>; rel=next" + " " * 60_000 + "!",
    "in a relation": '<x>; rel="' + " next" * 12_000 + "!",
    "between relations": '<x>; t="; rel="' + "; next " * 8_000 + '"!',
}


@pytest.mark.parametrize("where", BLANKS)
def test_a_link_of_blanks_is_read_as_fast_as_any(where: str) -> None:
    """60,000 characters that are no Link are a problem at once: nothing else of a process runs while they are read."""
    answer = answer_json({"name": "acme/api", "tags": ["1.0.0"]})
    spoiled = Answer(200, answer.body, (*answer.headers, ("Link", BLANKS[where])))
    with running(instead("tags/list", spoiled)) as registry:
        started = time.monotonic()
        with pytest.raises(RegistryError, match="Link cannot be read"):
            listed(registry)
        assert time.monotonic() - started < QUICKLY


@pytest.mark.parametrize(
    ("parameters", "whole"),
    [
        ('; rel="NEXT"', False),
        ("; Rel=Next", False),
        ('; rel="first next"', False),
        ('; rel="nextly"', True),
        ('; rel="first"; title="; rel=next"', True),
        ("; next", True),
        ("; rel", True),
    ],
)
def test_which_links_lead_on(parameters: str, whole: bool) -> None:
    """The one whose relations hold "next" (RFC 8288): not one whose title speaks of it."""
    answer = answer_json({"name": "acme/api", "tags": ["0.9"]})
    first = Answer(200, answer.body, (*answer.headers, ("Link", f"</v2/acme/api/tags/list?last=0.9>{parameters}")))
    with running(instead("tags/list", first, times=1)) as registry, client(registry.host):
        assert listed(registry) == (("0.9",) if whole else ("0.9", *TAGS))


# ── memory ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("size", "good"), [(15_000, True), (25_000, False)])
def test_headers_have_an_end(size: int, good: bool) -> None:
    """A page's headers are kept as long as its list: three of 15,000 bytes are read, three of 25,000 a problem."""
    answer = answer_json({"name": "acme/api", "tags": list(TAGS)})
    padded = Answer(200, answer.body, (*answer.headers, *((f"X-{name}", "x" * size) for name in "abc")))
    with running(instead("tags/list", padded)) as registry:
        if good:
            assert listed(registry) == TAGS
        else:
            with pytest.raises(RegistryError, match="its headers are too long"):
                listed(registry)


@pytest.mark.parametrize(("size", "good"), [(8_000, True), (40_000, False)])
def test_a_token_has_an_end(size: int, good: bool) -> None:
    """One is kept for each repository: of 8,000 characters it is used, of 40,000 it is none."""
    bearer = Bearer()
    token = "t" * size
    bearer.tokens[token] = ("repository:acme/api:pull", float("inf"))
    with running(instead("GET /token", answer_json({"token": token})), bearer) as registry:
        if good:
            assert listed(registry) == TAGS
        else:
            with pytest.raises(RegistryError, match="gives no token"):
                listed(registry)


def test_a_challenge_beyond_all_measure_asks_for_nothing() -> None:
    """Its scope would be kept with its token: nobody goes to the token server that it names."""
    bearer = Bearer(challenge='Bearer realm="http://{host}/token",service="s",scope="{scope}' + "x" * 9_000 + '"')
    with running(bearer) as registry:
        with pytest.raises(RegistryError, match="refuses our credentials"):
            listed(registry)
        assert not bearer.grants


def test_a_registry_that_redirects_everywhere_keeps_few_connections_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many hosts as it has names for would use up all files of a process; whom we ask again and again stays."""
    closed: list[Host] = []
    monkeypatch.setattr(Host, "close", lambda host: closed.append(host))
    web = Web(Trust(), {})
    registry, first = Origin("https", "registry.example", 443), Origin("https", "0.example", 443)
    ours, other = web.host(registry), web.host(first)
    for number in range(1, 400):
        web.host(Origin("https", f"{number}.example", 443))
        assert web.host(registry) is ours
    assert closed[0] is other
    assert len(closed) == 401 - 256
    assert ours not in closed


# ── secrets ──────────────────────────────────────────────────────────────────


def test_a_signature_where_a_redirect_led_is_not_told() -> None:
    """Stores of blobs are reached by signed addresses: whoever reads the message could use them, too."""
    away = Answer(307, b"", (("Location", "/store/blob?X-Amz-Signature=s1gned"),))
    endless = instead("/store/blob", Answer(200, b" " * (17 << 20)))
    with running(instead("tags/list", away), endless) as registry:
        with pytest.raises(RegistryError, match="/store/blob with more than 16 MiB") as caught:
            listed(registry)
        assert "s1gned" not in f"{caught.value.message} {caught.value.hint}"


# ── time ─────────────────────────────────────────────────────────────────────


def test_a_proxy_that_trickles_is_a_problem_in_time() -> None:
    """Its answer to CONNECT has the time that any answer has."""
    patience = Patience(tries=1, timeout=5.0, whole=0.4)
    with trickling(b"HTTP/1.1 200 Connection established\r\nX-") as proxy:
        settings = RegistrySettings("registry.invalid", proxy=f"http://{proxy}")
        with open_registries((settings,), {}, patience=patience) as registries:
            started = time.monotonic()
            (found,) = lookup(["registry.invalid/acme/api"], registries).values()
            assert isinstance(found, Problem)
            assert time.monotonic() - started < QUICKLY
