"""What holds for policies that go by dates: asking for few of them changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tagwright.choose import choose
from tagwright.model import Candidate, Choice, PolicyKind, PolicySpec, Reason, Wanted
from tagwright.offer import Offer
from tests.property import tags as make

hours = st.integers(0, 60)


@st.composite
def images(draw: st.DrawFn) -> Candidate:
    """An image with a push and, mostly, a date, usually before it."""
    pushed = make.NOW - timedelta(hours=draw(hours))
    created = draw(st.none() | st.integers(-3, 40).map(lambda before: pushed - timedelta(hours=before)))
    platforms = draw(st.sampled_from([("linux/amd64",), ("linux/arm64",)]))
    return Candidate(draw(make.tags), "sha256:a", created, pushed, platforms, described=True)


offers = st.lists(images(), min_size=1, max_size=10, unique_by=lambda candidate: candidate.tag)
specs = st.builds(
    PolicySpec,
    st.just(PolicyKind.NEWEST),
    st.just("created"),
    ignore=st.sampled_from([(), ("v*",)]),
    minimum_age=st.sampled_from([None, timedelta(hours=20)]),
    wait=st.sampled_from([None, timedelta(hours=4)]),
    platforms=st.sampled_from([(), ("linux/amd64",)]),
    allow_downgrade=st.booleans(),
)


def lazily(spec: PolicySpec, current: str | None, offered: list[Candidate]) -> tuple[Choice, list[str]]:
    """The choice when only pushes are known at first and the rest is described when asked for; and what was asked."""
    full = {candidate.tag: candidate for candidate in offered}
    offer = Offer([*full], [Candidate(candidate.tag, pushed=candidate.pushed) for candidate in offered])
    asked: list[str] = []
    while isinstance(choice := choose(spec, current, offer, make.NOW), Wanted):
        assert choice.tags
        assert not set(choice.tags) & set(asked), "nothing is asked twice"
        asked += choice.tags
        offer = offer.with_facts(full[tag] for tag in choice.tags)
    return choice, asked


class TestLazyDates:
    """Dates are asked of the tags that could still win, and the outcome is that of knowing all."""

    @given(specs, offers, st.data())
    def test_the_same_is_chosen(self, spec: PolicySpec, offered: list[Candidate], data: st.DataObject) -> None:
        """Verdict and chosen tag; and every tag has one ruling, the refused ones refused both ways."""
        current = data.draw(st.none() | st.sampled_from([candidate.tag for candidate in offered]))
        everything = choose(spec, current, offered, make.NOW)
        assert isinstance(everything, Choice)
        choice, _ = lazily(spec, current, offered)
        assert (choice.verdict, choice.chosen) == (everything.verdict, everything.chosen)
        rulings = choice.rulings()
        assert [ruling.tag for ruling in rulings] == [candidate.tag for candidate in offered]
        assert [ruling.tag for ruling in rulings if ruling.reason is None] == [
            ruling.tag for ruling in everything.rulings() if ruling.reason is None
        ]

    @given(offers, st.data())
    def test_the_order_of_the_list_is_nothing_to_it(self, offered: list[Candidate], data: st.DataObject) -> None:
        """Shuffled, the same is asked and the same chosen."""
        spec = PolicySpec(PolicyKind.NEWEST, "created")
        current = data.draw(st.none() | st.sampled_from([candidate.tag for candidate in offered]))
        shuffled = data.draw(st.permutations(offered))
        assert lazily(spec, current, offered)[0].chosen == lazily(spec, current, shuffled)[0].chosen


def test_few_are_asked() -> None:
    """A thousand nightly builds, the current one among the last: four are described, and the others say why not."""
    built = [make.NOW - timedelta(days=number, minutes=5) for number in range(1000)]
    offered = [
        Candidate(f"nightly-{number}", "sha256:a", date, date + timedelta(minutes=5), described=True)
        for number, date in enumerate(built)
    ]
    choice, asked = lazily(PolicySpec(PolicyKind.NEWEST, "created"), "nightly-2", offered)
    assert choice.chosen
    assert choice.chosen.tag == "nightly-0"
    assert len(asked) <= 4
    reasons = {ruling.tag: ruling.reason for ruling in choice.rulings()}
    assert (reasons["nightly-1"], reasons["nightly-2"]) == (Reason.OUTRANKED, Reason.SAME)
    assert {reasons[f"nightly-{number}"] for number in range(3, 1000)} == {Reason.OLDER}


def test_one_that_might_be_as_late_is_asked() -> None:
    """Built and pushed in the same moment, two tags are equal, and the later name wins, as when all is known."""
    offered = [Candidate(tag, "sha256:a", make.NOW, make.NOW, described=True) for tag in ("b1", "b2")]
    spec = PolicySpec(PolicyKind.NEWEST, "created")
    for order in (offered, offered[::-1]):
        choice, asked = lazily(spec, None, order)
        assert choice.chosen
        assert (choice.chosen.tag, sorted(asked)) == ("b2", ["b1", "b2"])


def test_what_has_no_push_is_asked_at_once() -> None:
    """Without a bound any tag could win."""
    offered = [Candidate("a", pushed=make.NOW), Candidate("b"), Candidate("c")]
    assert choose(PolicySpec(PolicyKind.NEWEST, "created"), None, offered, make.NOW) == Wanted(("b", "c"))


def test_no_image_is_newer_than_its_push() -> None:
    """A publisher that dates an image into the future does not win by it where the registry knows better."""
    early, late = make.NOW - timedelta(days=2), make.NOW - timedelta(days=1)
    honest = Candidate("honest", created=late, pushed=late, described=True)
    boasting = Candidate("boasting", created=make.NOW + timedelta(days=9), pushed=early, described=True)
    spec = PolicySpec(PolicyKind.NEWEST, "created")
    choice = choose(spec, None, [boasting, honest], make.NOW)
    assert isinstance(choice, Choice)
    assert choice.chosen == honest
    told = choose(spec, None, [replace(boasting, pushed=None), honest], make.NOW)
    assert isinstance(told, Choice)
    assert told.chosen
    assert told.chosen.tag == "boasting"
