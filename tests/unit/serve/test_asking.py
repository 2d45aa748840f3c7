"""The registries that passes share, and those that they must not."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest

from tagwright.model import Config, HostCost, Target
from tagwright.registries import Registries, open_registries
from tagwright.registries.kept import Reuse
from tagwright.serve.agenda import Errand
from tagwright.serve.asking import Asking

NOW = datetime(2031, 5, 1, 12, tzinfo=UTC)
CONFIG = Config()
API, WEB = "ghcr.io/acme/api", "ghcr.io/acme/web"


class Counter:
    """Registries, and which of them are open, with what each may reuse."""

    def __init__(self) -> None:
        self.now = NOW
        self.open: list[tuple[Registries, Reuse]] = []
        self.closed = 0
        self.asking = Asking(self._opens, lambda: self.now, self._spent)

    def _opens(self, config: Config, reuse: Reuse, *, urgent: bool) -> Registries:
        registries = open_registries((), {}, urgent=urgent, reuse=reuse)
        self.open.append((registries, reuse))
        return registries

    def _spent(self, hosts: Iterable[HostCost]) -> None:
        self.closed += 1

    def fresh(self, registries: Registries, image: str) -> bool:
        """Whether an image is read anew there."""
        (reuse,) = [reuse for one, reuse in self.open if one is registries]
        return reuse.fresh(image)


@pytest.fixture
def counter() -> Counter:
    """Nothing open yet."""
    return Counter()


def errand(name: str, *images: str, round: int = 0, since: datetime | None = NOW, whole: bool = False) -> Errand:
    """An errand to a target."""
    return Errand(Target(name), frozenset(images), whole=whole, round=round, since=since)


def test_a_round_shares_until_it_is_over(counter: Counter) -> None:
    """Nothing is reused there of what earlier passes read, and it is asked for at leisure."""
    with counter.asking.registries(CONFIG, errand("one", round=1, since=None, whole=True)) as one:
        pass
    with counter.asking.registries(CONFIG, errand("two", round=1, since=None, whole=True)) as two:
        assert one is two
    assert counter.closed == 0
    counter.asking.over(1)
    assert (counter.closed, len(counter.open)) == (1, 1)


def test_hints_share_while_one_of_them_runs(counter: Counter) -> None:
    """One push, many targets: what they were told of is asked for once, the rest is reused."""
    with ExitStack() as stack:
        found = {
            stack.enter_context(counter.asking.registries(CONFIG, errand(str(number), API))) for number in range(9)
        }
        other = stack.enter_context(counter.asking.registries(CONFIG, errand("other", WEB)))
        (shared,) = {*found, other}
        assert (counter.fresh(shared, API), counter.fresh(shared, WEB)) == (True, True)
        assert not counter.fresh(shared, "ghcr.io/acme/third")
    assert (counter.closed, len(counter.open)) == (1, 1)


def test_what_was_told_later_is_asked_for_later(counter: Counter) -> None:
    """The first may have asked before the second was told: it gets registries of its own, as does the next."""
    with counter.asking.registries(CONFIG, errand("one", API)) as one:
        counter.now += timedelta(seconds=2)
        with counter.asking.registries(CONFIG, errand("two", API, since=NOW + timedelta(seconds=1))) as two:
            assert one is not two
            with counter.asking.registries(CONFIG, errand("three", API, since=NOW)) as three:
                assert three is two
        assert counter.closed == 1
    assert counter.closed == 2


def test_a_round_that_was_hinted_at_shares_nothing(counter: Counter) -> None:
    """Neither with its round, which may have asked before, nor with hints, which read less."""
    with (
        counter.asking.registries(CONFIG, errand("one", round=1, since=None, whole=True)) as one,
        counter.asking.registries(CONFIG, errand("two", API)) as two,
        counter.asking.registries(CONFIG, errand("three", API, round=1, whole=True)) as three,
    ):
        assert len({one, two, three}) == 3
        assert counter.fresh(three, WEB)


def test_another_configuration_asks_in_its_own_way(counter: Counter) -> None:
    """Its registries may be others."""
    with (
        counter.asking.registries(CONFIG, errand("one", API)) as one,
        counter.asking.registries(Config(targets=(Target("two"),)), errand("two", API)) as two,
    ):
        assert one is not two
