"""What a pass for hints asks: the lists it was told of, whole or the stretch, and none of those that were just read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.lookup import lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.kept import Accepted, Reuse
from tests.support.registry import QUICK, FaultyRegistry, paged, running

HOUR, NOTHING = timedelta(hours=1), timedelta(0)
LONG = tuple(f"{branch}-{number:02}" for branch in ("dev", "main", "x") for number in range(40))


@pytest.fixture
def registry() -> Iterator[FaultyRegistry]:
    """acme/api with ten tags, acme/web with a long list, in pages of ten."""
    with running(paged(10)) as registry:
        for tag in LONG:
            registry.add("acme/web", tag)
        yield registry


class Passes:
    """Passes that share a cache."""

    def __init__(self, registry: FaultyRegistry, folder: Path) -> None:
        self.registry, self.folder = registry, folder

    def looks(
        self,
        *fresh: str,
        life: timedelta = HOUR,
        configured: timedelta | None = None,
        accepted: Accepted | None = None,
    ) -> tuple[dict[str, int], list[str]]:
        """How many tags a pass was told of each image, and which lists it asked for; `fresh` were hinted at."""
        host = self.registry.host
        reuse = Reuse(life, lambda image: image.rpartition("/")[2] in fresh)
        settings = (RegistrySettings(host, tags_max_age=configured),) if configured else ()
        self.registry.requests.clear()
        with open_registries(
            settings, {}, patience=QUICK, cache=Cache(self.folder), accepted=accepted, reuse=reuse
        ) as registries:
            prefixes = {f"{host}/acme/api": "", f"{host}/acme/web": "main-"}
            found = lookup(prefixes, registries, prefixes)
        counts = {name.rpartition("/")[2]: len(one.tags) for name, one in found.items() if isinstance(one, TagList)}
        asked = [one.path.split("/")[3] for one in self.registry.requests if one.path.endswith("/tags/list")]
        return counts, sorted(asked)


@pytest.fixture
def passes(registry: FaultyRegistry, tmp_path: Path) -> Passes:
    """After a first pass of a round, which read every list."""
    passes = Passes(registry, tmp_path)
    counts, asked = passes.looks("api", "web", life=NOTHING)
    assert (counts, len(asked)) == ({"api": 10, "web": 120}, 13)
    return passes


def test_a_list_that_was_just_read_is_not_asked_for(passes: Passes) -> None:
    """Nobody told of it, so it stands, whatever the registry has meanwhile."""
    passes.registry.add("acme/api", "9.0.0")
    assert passes.looks() == ({"api": 10, "web": 120}, [])


def test_one_that_was_told_of_is_always_asked_for(passes: Passes) -> None:
    """And only that one; what it was told then stands for the next."""
    passes.registry.add("acme/api", "9.0.0")
    assert passes.looks("api") == ({"api": 11, "web": 120}, ["api", "api"])
    assert passes.looks() == ({"api": 11, "web": 120}, [])


def test_a_round_always_asks(passes: Passes) -> None:
    """With no life, nothing stands: of a long list the stretch that policies can take from is read anew."""
    passes.registry.add("acme/api", "9.0.0")
    counts, asked = passes.looks(life=NOTHING)
    assert (counts, len(asked)) == ({"api": 11, "web": 40}, 2 + 6)


def test_a_stretch_that_was_told_of_is_read_anew(passes: Passes) -> None:
    """Not the list of before, and not all of it."""
    passes.registry.add("acme/web", "main-99")
    counts, asked = passes.looks("web")
    assert counts == {"api": 10, "web": 41}
    assert (set(asked), len(asked)) == ({"web"}, 6)


def test_a_list_that_a_stretch_has_shown_to_be_old_does_not_stand(passes: Passes) -> None:
    """What was seen once is not unseen because the whole list was read before it came."""
    passes.registry.add("acme/web", "main-99")
    passes.looks("web")
    assert passes.looks()[0] == {"api": 10, "web": 41}


def test_a_list_that_a_stretch_agrees_with_stands(passes: Passes) -> None:
    """It is as true as it was."""
    passes.looks("web")
    assert passes.looks() == ({"api": 10, "web": 120}, [])


def test_what_the_operator_lets_stand_does_not_stand_against_a_hint(passes: Passes) -> None:
    """`tags_max_age` is for rounds."""
    passes.looks(configured=HOUR)
    passes.registry.add("acme/api", "9.0.0")
    assert passes.looks(life=NOTHING, configured=HOUR) == ({"api": 10, "web": 120}, [])
    assert passes.looks("api", life=NOTHING, configured=HOUR) == ({"api": 11, "web": 120}, ["api", "api"])


def test_a_list_that_a_person_confirms_is_read(passes: Passes) -> None:
    """Confirming is about what is there now."""
    _, asked = passes.looks(accepted=Accepted(lambda _: True))
    assert set(asked) == {"api", "web"}
