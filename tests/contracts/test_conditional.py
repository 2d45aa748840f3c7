"""Lists that a registry names by a validator are asked for by it: a 304 is the list we have, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tagwright.cache import Cache
from tagwright.errors import ListShrunk, RegistryError
from tagwright.model import RegistryCredentials, RegistrySettings, Secret, TagList
from tagwright.registries import kept, open_registries
from tagwright.registries.embedded import Answer, Asked
from tagwright.registries.kept import Seen
from tests.support.registry import QUICK, Fault, FaultyRegistry, paged, running

TAGS = tuple(f"1.0.{number}" for number in range(7))


def validated(weak: str = "") -> Fault:
    """Answers carry a hash of their bodies, and who names it gets 304 without a body, as nginx has it."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        answer = onward(asked)
        etag = f'{weak}"{hashlib.sha256(answer.body).hexdigest()[:16]}"'
        if answer.status == 200 and asked.headers.get("if-none-match") == etag:
            return Answer(304, b"", (("ETag", etag),))
        return replace(answer, headers=(*answer.headers, ("ETag", etag)))

    return fault


@pytest.fixture
def registry() -> Iterator[FaultyRegistry]:
    """One that validates."""
    with running(validated(), tags=TAGS) as started:
        yield started


def run(registry: FaultyRegistry, cache: Cache, life: timedelta | None = None) -> TagList:
    """What one run is told of acme/api's tags, where lists live so long."""
    settings = (RegistrySettings(registry.host, tags_max_age=life),) if life else ()
    with open_registries(settings, {}, patience=QUICK, cache=cache) as registries:
        member, repository = registries.for_image(f"{registry.host}/acme/api")
        return member.tags(repository)


def conditional(registry: FaultyRegistry) -> list[bool]:
    """Of every request so far, whether it named a validator."""
    return ["if-none-match" in asked.headers for asked in registry.requests]


@pytest.mark.parametrize("weak", ["", "W/"])
def test_a_list_that_did_not_change_is_the_one_we_have(tmp_path: Path, weak: str) -> None:
    """The same tags and the same fingerprint, by one request and without a body; weak validators serve as well."""
    with running(validated(weak), tags=TAGS) as registry:
        first = run(registry, Cache(tmp_path))
        again = run(registry, Cache(tmp_path))
        assert (again.tags, again.fingerprint) == (first.tags, first.fingerprint)
        assert conditional(registry) == [False, True]


def test_a_list_that_changed_is_read(registry: FaultyRegistry, tmp_path: Path) -> None:
    """And then is what is asked for."""
    run(registry, Cache(tmp_path))
    registry.add("acme/api", "1.1.0")
    assert "1.1.0" in run(registry, Cache(tmp_path)).tags
    assert "1.1.0" in run(registry, Cache(tmp_path)).tags
    assert conditional(registry) == [False, True, True]


def test_nothing_is_named_without_a_memory(registry: FaultyRegistry) -> None:
    """Without a cache every list is read."""
    run(registry, Cache())
    run(registry, Cache())
    assert conditional(registry) == [False, False]


@pytest.mark.parametrize("length", [10, 20, 999])
def test_a_list_that_may_be_a_full_page_is_always_read(tmp_path: Path, length: int) -> None:
    """Its first page may stay while another comes after it."""
    tags = tuple(f"1.0.{number:04}" for number in range(length))
    with running(validated(), paged(length), tags=tags) as registry:
        run(registry, Cache(tmp_path))
        registry.add("acme/api", "1.1.0")
        assert "1.1.0" in run(registry, Cache(tmp_path)).tags
        assert not any(conditional(registry))


def test_a_list_of_several_pages_is_always_read(tmp_path: Path) -> None:
    """A page's validator says nothing of the others."""
    with running(validated(), paged(3), tags=TAGS) as registry:
        run(registry, Cache(tmp_path))
        registry.add("acme/api", "1.1.0")
        assert "1.1.0" in run(registry, Cache(tmp_path)).tags
        assert not any(conditional(registry))


def test_a_304_that_nobody_asked_for_is_an_error(tmp_path: Path) -> None:
    """It says nothing, least of all "no tags"."""

    def unasked(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        return Answer(304) if asked.path.endswith("/tags/list") else onward(asked)

    with running(unasked, tags=TAGS) as registry, pytest.raises(RegistryError, match="unexpected answer 304"):
        run(registry, Cache(tmp_path))


def test_a_proxy_that_always_says_unchanged_is_not_believed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a day the list is read whole again."""

    def stuck(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        answer = onward(asked)
        return Answer(304) if "if-none-match" in asked.headers else replace(answer, headers=(("ETag", '"x"'),))

    with running(stuck, tags=TAGS) as registry:
        run(registry, Cache(tmp_path))
        registry.add("acme/api", "1.1.0")
        assert run(registry, Cache(tmp_path)).tags == TAGS
        monkeypatch.setattr(kept, "TRUSTED", timedelta(0))
        assert "1.1.0" in run(registry, Cache(tmp_path)).tags


@pytest.mark.parametrize("etag", ["", "bare", '"two" "words"', '"' + "x" * 300 + '"', '"\u00fc"', '"a\x7f"'])
def test_a_validator_that_is_none_is_not_repeated(tmp_path: Path, etag: str) -> None:
    """What a server may put into our requests is what the grammar allows."""

    def odd(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        return replace(onward(asked), headers=(("ETag", etag),))

    with running(odd, tags=TAGS) as registry:
        run(registry, Cache(tmp_path))
        assert run(registry, Cache(tmp_path)).tags == TAGS
        assert not any(conditional(registry))


class Planted(Cache):
    """A cache into which somebody else wrote."""

    def __init__(self, folder: Path, spoilt: Callable[[Seen], Seen]) -> None:
        super().__init__(folder)
        self.spoilt = spoilt

    def load(self, noun: type[Any], key: str) -> Any:
        found = super().load(noun, key)
        return self.spoilt(found) if isinstance(found, Seen) else found


@pytest.mark.parametrize(
    "spoilt",
    [
        {"tags": ("1.0.0", "no tag")},
        {"tags": ("1.0.0", "1.0.0")},
        {"tags": ("1.0.0", "x" * 200)},
        {"tags": ("1.0.0\n",)},
        {"fingerprint": "short"},
        {"etag": '"x"\r\nHost: elsewhere'},
        {"read": datetime.now(UTC) + timedelta(days=1)},
        {"read": datetime(2020, 1, 1, tzinfo=UTC)},
    ],
)
def test_a_list_from_a_cache_is_checked_as_an_answer_is(
    registry: FaultyRegistry, tmp_path: Path, spoilt: dict[str, Any]
) -> None:
    """Names that are none, twice the same, a line end in a validator, a day to come: as if nothing were kept."""
    first = run(registry, Cache(tmp_path))

    def plant(seen: Seen) -> Seen:
        assert seen.latest
        return replace(seen, latest=replace(seen.latest, **spoilt))

    assert run(registry, Planted(tmp_path, plant)).tags == first.tags
    assert conditional(registry) == [False, False]


def test_who_asks_as_somebody_else_has_nothing_of_ours(registry: FaultyRegistry, tmp_path: Path) -> None:
    """What one login was told is not another's, whatever cache they share."""
    run(registry, Cache(tmp_path))
    login = RegistryCredentials(token=Secret(env="T"))
    settings = (RegistrySettings(registry.host, credentials=login),)
    with open_registries(settings, {"T": "x"}, patience=QUICK, cache=Cache(tmp_path)) as registries:
        member, repository = registries.for_image(f"{registry.host}/acme/api")
        member.tags(repository)
    assert conditional(registry) == [False, False]


def test_what_is_kept_holds_no_secret(registry: FaultyRegistry, tmp_path: Path) -> None:
    """Neither a password nor a hash of one, nor where it is."""
    login = RegistryCredentials(username=Secret(env="WHO"), password=Secret(env="WORD"))
    settings = (RegistrySettings(registry.host, credentials=login),)
    environ = {"WHO": "somebody", "WORD": "s3cret-Pa55"}
    with open_registries(settings, environ, patience=QUICK, cache=Cache(tmp_path)) as registries:
        member, repository = registries.for_image(f"{registry.host}/acme/api")
        member.tags(repository)
    data = (tmp_path / "tagwright.sqlite").read_bytes()
    hashes = [hashlib.new(kind, b"s3cret-Pa55").hexdigest().encode()[:32] for kind in ("sha256", "sha1", "md5")]
    assert json.dumps(TAGS, separators=(",", ":")).encode() in data
    assert not [one for one in (b"s3cret-Pa55", b"somebody", b"WORD", *hashes) if one in data]


def test_a_list_that_was_just_read_is_not_asked_for_where_that_is_said(tmp_path: Path) -> None:
    """With a life of an hour one request serves two runs, with a validator or without; without one every run asks."""
    hour = timedelta(hours=1)
    for faults in ((), (validated(),)):
        with running(*faults, tags=TAGS) as registry:
            cache = Cache(tmp_path)
            first = run(registry, cache, hour)
            registry.add("acme/api", "1.1.0")
            assert run(registry, cache, hour) == replace(first, image="acme/api")
            assert len(registry.requests) == 1
            assert "1.1.0" in run(registry, cache).tags


def test_a_list_that_outlived_its_time_is_asked_for(tmp_path: Path) -> None:
    """An hour later, or when it claims to be of tomorrow."""
    for shift in (timedelta(hours=-2), timedelta(days=1)):
        with running(tags=TAGS) as registry:
            run(registry, Cache(tmp_path), timedelta(hours=1))
            registry.add("acme/api", "1.1.0")

            def shifted(seen: Seen, shift: timedelta = shift) -> Seen:
                assert seen.latest
                return replace(seen, latest=replace(seen.latest, read=seen.latest.read + shift))

            assert "1.1.0" in run(registry, Planted(tmp_path, shifted), timedelta(hours=1)).tags


def test_a_mirror_whose_list_shrank_is_passed_over(tmp_path: Path) -> None:
    """The registry itself, which has them all, answers in its place; alone, the mirror is a problem."""
    with running(tags=TAGS) as mirror, running(tags=TAGS) as origin:
        both = (RegistrySettings("ghcr.io", endpoints=(mirror.url, origin.url)),)
        alone = (RegistrySettings("ghcr.io", endpoints=(mirror.url,)),)

        def listed(settings: tuple[RegistrySettings, ...]) -> int:
            with open_registries(settings, {}, patience=QUICK, cache=Cache(tmp_path)) as registries:
                member, repository = registries.for_image("ghcr.io/acme/api")
                return len(member.tags(repository).tags)

        assert listed(both) == len(TAGS)
        for tag in TAGS[1:]:
            mirror.remove("acme/api", tag)
        assert listed(both) == len(TAGS)
        with pytest.raises(ListShrunk, match="acme/api lists 1 tag and had 7"):
            listed(alone)
