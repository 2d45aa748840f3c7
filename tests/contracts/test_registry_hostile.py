"""A registry that means harm: it costs us a problem of its own images, not our time, our memory or our secrets."""

from __future__ import annotations

import time

import pytest

from tagwright.errors import RegistryError
from tagwright.registries.embedded import Answer, answer_json
from tests.support.registry import TAGS, client, instead, listed, running

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
