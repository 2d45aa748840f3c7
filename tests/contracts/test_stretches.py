"""Of a long list the stretch that policies can take from, on registries that sort, and on all the others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.lookup import lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries, stretches
from tagwright.registries.distribution import lists
from tagwright.registries.embedded import EmbeddedRegistry, refusal
from tagwright.registries.kept import Accepted
from tests.support.products import PRODUCTS, selling
from tests.support.real_registry import Pusher, docker_registry
from tests.support.registry import QUICK, FaultyRegistry, instead, paged, running
from tests.support.story import DEPLOYMENT, Story

TAGS = tuple(f"{branch}-{number:02}" for branch in ("dev", "main", "topic", "x") for number in range(30))
MAIN = tuple(tag for tag in TAGS if tag.startswith("main-"))


def run(
    host: str, cache: Cache, *prefixes: str, life: timedelta | None = None, accepted: Accepted | None = None
) -> TagList:
    """What one run is told of acme/api that wants these prefixes, one after the other: the last."""
    settings = (RegistrySettings(host, tags_max_age=life),) if life else ()
    with open_registries(settings, {}, patience=QUICK, cache=cache, accepted=accepted) as registries:
        name = f"{host}/acme/api"
        found = [lookup([name], registries, {name: prefix})[name] for prefix in prefixes][-1]
    assert isinstance(found, TagList), found
    return found


def asked(registry: EmbeddedRegistry) -> int:
    """How many requests came since last asked."""
    count = len(registry.requests)
    registry.requests.clear()
    return count


def test_a_registry_that_sorts_is_asked_for_the_stretch_alone(tmp_path: Path) -> None:
    """From the second run on, with the same answer; the whole list is still read by who wants it."""
    with running(paged(10), tags=TAGS) as registry:
        assert (run(registry.host, Cache(tmp_path), "main-").tags, asked(registry)) == (TAGS, 12)
        found = run(registry.host, Cache(tmp_path), "main-")
        assert (found.tags, found.prefix, found.among, asked(registry)) == (MAIN, "main-", 120, 5)
        registry.add("acme/api", "main-99")
        later = run(registry.host, Cache(tmp_path), "main-")
        assert (later.tags, later.fingerprint != found.fingerprint) == ((*MAIN, "main-99"), True)
        assert asked(registry) == 5
        assert len(run(registry.host, Cache(tmp_path), "").tags) == 121


def test_nothing_is_asked_so_without_memory(tmp_path: Path) -> None:
    """No cache, a list whose age is allowed, one that a person confirmed: all tags, as ever."""
    with running(paged(10), tags=TAGS) as registry:
        for _ in range(2):
            assert run(registry.host, Cache(), "main-").tags == TAGS
        run(registry.host, Cache(tmp_path), "main-")
        assert run(registry.host, Cache(tmp_path), "main-", life=timedelta(seconds=1)).tags == TAGS
        assert run(registry.host, Cache(tmp_path), "main-", accepted=Accepted(lambda _: True)).tags == TAGS


def test_after_a_day_the_whole_list_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what it says counts from then on."""

    with running(paged(10), tags=TAGS) as registry:
        run(registry.host, Cache(tmp_path), "main-")
        with monkeypatch.context() as patched:
            patched.setattr(stretches, "TRUSTED", timedelta(0))
            assert run(registry.host, Cache(tmp_path), "main-").tags == TAGS
        assert run(registry.host, Cache(tmp_path), "main-").tags == MAIN


def test_rules_that_want_different_things_share_the_whole_list(tmp_path: Path) -> None:
    """One stretch beside it at most, and not every time."""
    with running(paged(10), tags=TAGS) as registry:
        run(registry.host, Cache(tmp_path), "main-", "topic-")
        costs = []
        for _ in range(3):
            asked(registry)
            assert run(registry.host, Cache(tmp_path), "main-", "topic-").tags == TAGS
            costs.append(asked(registry))
    assert costs == [17, 12, 12]


def test_a_failure_is_no_end(tmp_path: Path) -> None:
    """A later page that does not come is a problem, not the end of the stretch; then all is as it was."""
    with running(paged(10), tags=TAGS) as registry:
        run(registry.host, Cache(tmp_path), "main-")
        registry.faults.insert(0, instead("last=main", refusal(503, "UNAVAILABLE")))
        with pytest.raises(AssertionError, match="registry-unreachable"):
            run(registry.host, Cache(tmp_path), "main-")
        registry.faults.pop(0)
        assert run(registry.host, Cache(tmp_path), "main-").tags == MAIN


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("pushed", [TAGS, (*TAGS[60:], *TAGS[:60])], ids=["in order", "as they came"])
def test_every_product_lists_every_tag_that_could_be_taken(
    product: str, pushed: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorted or not, whatever it does with `n` and `last`: also what was pushed since, to the last page."""
    monkeypatch.setattr(lists, "_PAGE", 9)
    with FaultyRegistry() as registry:
        registry.faults.append(selling(PRODUCTS[product], registry))
        for tag in pushed:
            registry.add("acme/api", tag)
        for new in ("main-98", "y", "main-99"):
            found = run(registry.host, Cache(tmp_path), "main-")
            kept = registry.repositories["acme/api"].tags
            assert {tag for tag in found.tags if tag.startswith("main-")} == {
                tag for tag in kept if tag.startswith("main-")
            }
            registry.add("acme/api", new)


@pytest.mark.real
@pytest.mark.parametrize(("version", "spares"), [(2, False), (3, True)])
def test_distribution_itself(version: int, spares: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """2.8 knows neither `n` nor `last` and does not sort; 3 does all of it, and is asked for less."""
    monkeypatch.setattr(lists, "_PAGE", 9)
    source = EmbeddedRegistry()
    for tag in TAGS:
        source.add("acme/api", tag)
    with docker_registry(tmp_path, version=version) as host:
        Pusher(host).push(source)
        assert sorted(run(host, Cache(tmp_path), "main-").tags) == list(TAGS)
        found = run(host, Cache(tmp_path), "main-")
    assert sorted(found.tags) == list(MAIN if spares else TAGS)


def test_a_run_says_what_it_did_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says nothing of a tag that stands outside of it; `explain` reads all."""
    monkeypatch.setattr(lists, "_PAGE", 9)
    with EmbeddedRegistry() as registry:
        story = Story(tmp_path, registry, capsys)
        image = story.offers("acme/api", *TAGS)
        story.configured(
            "defaults: {policy: {alphabetical: ascending, allow: ['^main-[0-9]+$']}}\ndelivery: {mode: commit}\n"
        )
        story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:dev-99")})
        details = []
        for _ in range(2):
            ((decision,),) = (
                one["decisions"] for one in story.runs(f"tagwright plan --json --cache {tmp_path}/c").json["targets"]
            )
            details.append((decision["chosen"], decision["detail"], asked(registry)))
        said = story.runs(f"tagwright explain --json --cache {tmp_path}/c").out
    assert details == [
        ("main-29", "the registry does not list dev-99, which stands", 14),
        ("main-29", "only tags that begin with main- were read (30 of about 120)", 5),
    ]
    assert "were read" not in said
