"""Whatever a registry is like: what is decided of a stretch of its list is what is decided of all of it."""

from __future__ import annotations

import json
import re
import tempfile
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPMessage
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tagwright import image
from tagwright.cache import Cache
from tagwright.decide import decide
from tagwright.model import Decision, Filter, PolicyKind, PolicySpec, Reference, Ruled, TagList
from tagwright.offer import Offer
from tagwright.policies.natural import natural
from tagwright.policies.prefixes import common_prefix
from tagwright.registries.distribution.conversation import Conversation
from tagwright.registries.distribution.lists import TagLists
from tagwright.registries.kept import Accepted, Longest
from tagwright.registries.login.tokens import Login
from tagwright.registries.stretches import Stretches
from tagwright.registries.web.connections import Reply
from tagwright.registries.web.origin import Origin, parse

ORIGIN = parse("http://127.0.0.1:1")[0]
NOW = datetime(2026, 1, 10, 12, 0, tzinfo=UTC)

ORDERS: dict[str, Callable[[str], Any]] = {
    "bytes": lambda tag: tag,
    "letters, large or small": lambda tag: (tag.lower(), tag),
    "letters, not signs": lambda tag: (re.sub("[^a-z0-9]", "", tag.lower()), tag),
    "numbers as numbers": lambda tag: (natural(tag), tag),
    "backwards": lambda tag: tuple(-ord(letter) for letter in tag),
}
UNKNOWN = ("from the start", "empty", "refused", "broken", "one too far")
"""What a registry does with a `last` that is no tag, beside comparing."""


@dataclass(frozen=True)
class Server:
    """How a registry lists. `order` "" is that of the pushes; `last` how it looks for a place: by "place" it compares,
    else it looks for the tag itself, and that is what it does when there is none."""

    order: str
    cap: int
    last: str
    links: bool = True

    def sorted(self, tags: list[str]) -> list[str]:
        return sorted(tags, key=ORDERS[self.order]) if self.order else tags

    def start(self, tags: list[str], last: str) -> int | None:
        """Where a page begins; None for a refusal."""
        if self.last == "ignored":
            return 0
        if last in tags:
            return tags.index(last) + 1
        after = bisect_right(tags, ORDERS[self.order](last), key=ORDERS[self.order]) if self.order else 0
        found = {"place": after, "empty": len(tags), "from the start": 0, "one too far": after + 1}
        return found.get(self.last)


class Talk(Conversation):
    """A conversation with such a registry about a list that changes."""

    def __init__(self, server: Server, tags: list[str]) -> None:
        super().__init__(ORIGIN, cast(Login, None))
        self.server, self.tags, self.asked = server, tags, 0

    def ask(
        self,
        method: str,
        there: str,
        target: str,
        headers: Mapping[str, str],
        limit: int = 0,
        elsewhere: Origin | None = None,
    ) -> Reply:
        self.asked += 1
        if method == "HEAD":
            return self._reply(200 if target.rpartition("/")[2] in self.tags else 404, {}, target)
        query = {key: values[0] for key, values in parse_qs(urlsplit(target).query).items()}
        tags = self.server.sorted(self.tags)
        begin = self.server.start(tags, query["last"]) if "last" in query else int(query.get("at", 0))
        if begin is None:
            return self._reply(400 if self.server.last == "refused" else 500, {}, target)
        end = begin + self.server.cap
        link = f'</v2/{there}/tags/list?at={end}>; rel="next"' if end < len(tags) else ""
        whole = "last" not in query or self.server.links
        return self._reply(200, {"name": there, "tags": tags[begin:end]}, target, link if whole else "")

    def _reply(self, status: int, body: object, target: str, link: str = "") -> Reply:
        headers = HTTPMessage()
        if link:
            headers["Link"] = link
        return Reply(ORIGIN, status, headers, json.dumps(body).encode(), target)


def seen(talk: Talk, cache: Cache, prefix: str) -> TagList:
    """What a run gets that is content with the tags of a prefix."""
    lists = TagLists(talk)
    stretches = Stretches(lists, Longest("ghcr.io", "https://ghcr.io", cache, Accepted()))
    return stretches.tags("acme/api", prefix, lambda: lists.tags("acme/api"))


def outcome(offer: Offer, current: str, policy: PolicySpec) -> tuple[object, ...]:
    """What is decided, and why not each of the tags that a stretch would show."""
    spelled = image.parse(f"ghcr.io/acme/api:{current}")
    reference = Reference("api.yaml", 3, 5, (0, 1), "kubernetes", "image", spelled, str(spelled), ())
    decision = decide(reference, Ruled(policy, "tagwright.yaml:3", "ghcr.io/acme/api"), offer, NOW)
    assert isinstance(decision, Decision)
    prefix = common_prefix([policy])
    rulings = {ruling.tag: ruling for ruling in decision.rulings() if ruling.tag.startswith(prefix)}
    return decision.verdict, decision.chosen, decision.new, rulings


ENDINGS = ("0", "1", "2", "10", "3.4", "5-rc", "06", "2x")
FAMILIES = ("a-", "b", "mai", "main", "main-", "Main-", "main.", "mainx", "man-", "n-", "N", "z-")
TAGS = [family + ending for family in FAMILIES for ending in ENDINGS] + ["mai", "main"]
tags = st.sampled_from(TAGS)
lists = st.builds(
    lambda families, wanted, left_out: sorted(
        {family + ending for family in {*families, wanted} for ending in ENDINGS} - left_out
    ),
    st.sets(st.sampled_from(FAMILIES), min_size=3, max_size=6) | st.just({"a-", "b", "z-"}),
    st.sampled_from(["main-", "main-", "n-"]),
    st.sets(tags, max_size=20),
)
MAIN = r"^main-(?P<n>[0-9]+)"
policies = st.sampled_from(
    [
        PolicySpec(PolicyKind.NUMERICAL, "ascending", Filter(f"{MAIN}$", "$n")),
        PolicySpec(PolicyKind.NUMERICAL, "descending", Filter(f"{MAIN}$", "$n"), allow_downgrade=True),
        PolicySpec(PolicyKind.ALPHABETICAL, "ascending", allow=("^main-",)),
        PolicySpec(PolicyKind.ALPHABETICAL, "descending", allow=("^main-[0-9]", "^mainx")),
        PolicySpec(PolicyKind.SEMVER, ">=0", Filter("^main-(.*)$", "$1"), prereleases=True),
        PolicySpec(PolicyKind.COMPATIBLE, "any", allow=(r"^main-[0-9.]+$",), ignore=("*-rc",)),
        PolicySpec(PolicyKind.ALPHABETICAL, "ascending", Filter("^n-[0-9]")),
    ]
)
caps, links = st.integers(2, 5), st.sampled_from([True, True, False])
by_place = st.builds(
    Server, st.sampled_from(["bytes", *ORDERS]), caps, st.sampled_from(["place", "one too far"]), links
)
by_tag = st.builds(Server, st.sampled_from(["", "bytes"]), caps, st.sampled_from(["ignored", *UNKNOWN[:-1]]), links)
servers = st.builds(Server, st.just("bytes"), caps, st.just("place")) | by_place | by_tag


@settings(max_examples=400)
@given(servers, lists, st.lists(tags, max_size=6), st.data(), policies)
def test_a_stretch_decides_what_the_whole_list_does(
    server: Server, there: list[str], pushed: list[str], data: st.DataObject, policy: PolicySpec
) -> None:
    """Also when tags came and went since the whole list was read, and the current tag is none of the stretch."""
    gone = data.draw(st.sets(st.sampled_from(there), max_size=2))
    current = data.draw(tags)
    prefix = common_prefix([policy])
    with tempfile.TemporaryDirectory() as folder:
        first = seen(Talk(server, there), Cache(Path(folder)), prefix)
        assert not first.prefix
        now = [*(tag for tag in there if tag not in gone), *dict.fromkeys(tag for tag in pushed if tag not in there)]
        found = seen(Talk(server, now), Cache(Path(folder)), prefix)
    event("a stretch" if found.prefix else "whole")
    everything = TagLists(Talk(server, now)).tags("acme/api")
    if found.prefix:
        assert set(found.tags) == {tag for tag in now if tag.startswith(prefix)}
    assert outcome(Offer.of_list(found), current, policy) == outcome(Offer(everything.tags), current, policy)


@given(st.integers(2, 5), lists, policies)
def test_a_registry_that_sorts_is_asked_for_less(cap: int, there: list[str], policy: PolicySpec) -> None:
    """Where a stretch is given, it costs fewer requests than all of the list."""
    prefix, server = common_prefix([policy]), Server("bytes", cap, "place")
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Talk(server, there), Talk(server, there)
        seen(whole, Cache(Path(folder)), prefix)
        found = seen(part, Cache(Path(folder)), prefix)
    event("a stretch" if found.prefix else "whole")
    assert not found.prefix or part.asked < whole.asked


SORTED = sorted(family + ending for family in ("a-", "d-", "main-", "z-") for ending in ENDINGS)


@pytest.mark.parametrize(
    ("server", "new"),
    [
        (Server("", 3, "ignored"), "main-7"),
        (Server("", 3, "from the start"), "main-7"),
        (Server("", 3, "empty"), "main-7"),
        (Server("", 3, "refused"), "main-7"),
        (Server("bytes", 3, "broken"), "main-7"),
        (Server("bytes", 3, "one too far"), "d-6"),
        (Server("bytes", 3, "place", links=False), "main-7"),
    ],
)
def test_who_only_seemed_to_sort_is_asked_for_all(server: Server, new: str, tmp_path: Path) -> None:
    """A list in byte order by chance, by a registry that does something else with `last`, or stops paging there."""
    assert not seen(Talk(server, SORTED), Cache(tmp_path), "main-").prefix
    now = [*SORTED, new]
    found = seen(Talk(server, now), Cache(tmp_path), "main-")
    assert (found.prefix, sorted(found.tags)) == ("", sorted(now))
    again = Talk(server, now)
    assert not seen(again, Cache(tmp_path), "main-").prefix
    assert again.asked == -(-len(now) // server.cap), "and for the rest of the day for nothing else"


@pytest.mark.parametrize("gone", [["main-"], ["d-"]])
def test_a_stretch_that_is_not_what_it_was_is_not_believed(gone: list[str], tmp_path: Path) -> None:
    """Where its tags have gone, or the one before it: then the whole list says what is so."""
    server = Server("bytes", 3, "place")
    seen(Talk(server, SORTED), Cache(tmp_path), "main-")
    assert seen(Talk(server, SORTED), Cache(tmp_path), "main-").prefix
    now = [tag for tag in SORTED if not tag.startswith(gone[0])]
    assert seen(Talk(server, now), Cache(tmp_path), "main-").tags == tuple(now)
