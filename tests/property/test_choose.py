"""What holds for every policy and every list of tags."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import semver
from hypothesis import example, given
from hypothesis import strategies as st

from tagwright import policies, version
from tagwright.choose import choose
from tagwright.decide import order
from tagwright.model import Candidate, Choice, Filter, PolicyKind, PolicySpec, Reason, Ruling, Verdict, Wanted
from tagwright.offer import Offer
from tagwright.policies import facts, makes
from tests.property import tags as make

Situation = tuple[str | None, list[Candidate]]
situations = make.situations()
WAITING = {Reason.TOO_YOUNG, Reason.MUTATED}
ABOVE_ALL = {Reason.SAME, Reason.OLDER, Reason.DOWNGRADE, Reason.OUTRANKED, Reason.NOT_COMPARABLE}


def answer(spec: PolicySpec, current: str | None, offered: list[Candidate]) -> Choice:
    """The choice among described tags."""
    choice = choose(spec, current, offered, make.NOW)
    assert isinstance(choice, Choice)
    return choice


def outcome(spec: PolicySpec, current: str | None, offered: list[Candidate]) -> tuple[Verdict, str | None]:
    """The verdict and the chosen tag."""
    choice = answer(spec, current, offered)
    return choice.verdict, choice.chosen.tag if choice.chosen else None


def by_date(candidate: Candidate, date: str) -> datetime | None:
    """The date `newest` goes by; nothing was created after it was pushed."""
    given = [one for one in (getattr(candidate, date), candidate.pushed) if one is not None]
    return None if getattr(candidate, date) is None else min(given)


class TestOrderOfTheList:
    """The order in which a registry lists tags does not matter."""

    @given(make.specs, situations, st.randoms(use_true_random=False))
    def test_shuffled(self, spec: PolicySpec, situation: Situation, chance: random.Random) -> None:
        """Shuffled, the choice is the same and so is every ruling."""
        current, offered = situation
        shuffled = list(offered)
        chance.shuffle(shuffled)
        assert outcome(spec, current, offered) == outcome(spec, current, shuffled)
        first, second = (answer(spec, current, some).rulings() for some in (offered, shuffled))
        assert {ruling.tag: ruling for ruling in first} == {ruling.tag: ruling for ruling in second}

    @given(
        st.permutations(["1.2.0", "v1.2.0", "1.2", "01.02.0", "v1.2", "1.2.0+b", "1.2.0+a"]),
        st.sampled_from(["*", ">=1", ">=v1"]),
        st.sampled_from([None, "1.1.0", "v1.1", "01.01.0", "latest"]),
    )
    def test_ties(self, shuffled: list[str], span: str, current: str | None) -> None:
        """One version spelled in many ways is one choice, however it is shuffled."""
        spec = PolicySpec(PolicyKind.SEMVER, span)
        first, second = (
            outcome(spec, current, [Candidate(tag) for tag in names]) for names in (shuffled, sorted(shuffled))
        )
        assert first == second
        assert first[0] is Verdict.UPDATE

    @given(make.specs, situations)
    def test_listed_twice(self, spec: PolicySpec, situation: Situation) -> None:
        """A tag listed twice is one tag."""
        current, offered = situation
        assert outcome(spec, current, offered) == outcome(spec, current, offered + offered)
        assert answer(spec, current, offered).rulings() == answer(spec, current, offered + offered).rulings()


class TestUnacceptableTags:
    """Adding a tag that cannot be taken changes no verdict, taking it away neither."""

    @given(make.specs, situations)
    def test_taken_away(self, spec: PolicySpec, situation: Situation) -> None:
        """Without the tags that were refused for themselves the outcome is the same."""
        current, offered = situation
        choice = answer(spec, current, offered)
        refused = {
            ruling.tag
            for ruling in choice.rulings()
            if ruling.reason is not None and ruling.reason not in WAITING and ruling.tag != current
        }
        left = [candidate for candidate in offered if candidate.tag not in refused]
        assert outcome(spec, current, offered) == outcome(spec, current, left)


class TestRulings:
    """Every tag offered has exactly one ruling, and exactly one of them is the chosen one when there is one."""

    @given(make.specs, situations)
    def test_complete(self, spec: PolicySpec, situation: Situation) -> None:
        """One ruling a tag, in the order offered; no reason on the chosen tag alone; a detail on every one."""
        current, offered = situation
        choice = answer(spec, current, offered)
        rulings = choice.rulings()
        assert [candidate.tag for candidate in offered] == [ruling.tag for ruling in rulings]
        assert ([choice.chosen.tag] if choice.chosen else []) == [one.tag for one in rulings if one.reason is None]
        assert all(ruling.detail for ruling in rulings)

    @given(make.specs, situations)
    def test_verdict(self, spec: PolicySpec, situation: Situation) -> None:
        """`current` means the current tag was chosen, `update` another, `none` and `pending` none at all."""
        current, offered = situation
        verdict, chosen = outcome(spec, current, offered)
        assert (chosen is None) == (verdict in (Verdict.NONE, Verdict.PENDING))
        assert (chosen is not None and chosen == current) == (verdict is Verdict.CURRENT)

    @given(make.specs, situations)
    def test_too_young(self, spec: PolicySpec, situation: Situation) -> None:
        """A tag that is too young says when it is not, and nothing else has such a time."""
        current, offered = situation
        for ruling in answer(spec, current, offered).rulings():
            assert (ruling.reason in WAITING) == (ruling.eligible is not None)
            assert ruling.eligible is None or ruling.eligible > make.NOW

    @given(make.specs, situations)
    def test_the_fast_winner_is_the_slow_one(self, spec: PolicySpec, situation: Situation) -> None:
        """The winner of the tight pass is the best of what the rulings leave, tag by tag."""
        current, offered = situation
        choice = answer(spec, current, offered)
        if choice.chosen is None or choice.chosen.tag == current:
            return
        for ruling in choice.rulings():
            if ruling.reason is Reason.OUTRANKED:
                pair = [one for one in offered if one.tag in (ruling.tag, choice.chosen.tag)]
                assert choice.chosen.tag in (outcome(spec, current, pair)[1], current)


class TestBursts:
    """`wait` only ever delays: the outcome is the one without it, or pending."""

    @given(make.specs, situations, st.integers(1, 100), st.randoms(use_true_random=False))
    def test_delay(self, spec: PolicySpec, situation: Situation, hours: int, chance: random.Random) -> None:
        """Of the tags that have an age the same is chosen, or none yet; in whatever order they are listed."""
        current, offered = situation
        aged = [one for one in offered if facts.clock(spec, one) or one.tag == current]
        waiting = replace(spec, wait=timedelta(hours=hours))
        now, later = outcome(spec, current, aged), outcome(waiting, current, aged)
        assert later in (now, (Verdict.PENDING, None))
        assert later == outcome(waiting, current, chance.sample(aged, len(aged)))

    @given(make.specs, situations, st.integers(1, 100))
    def test_complete(self, spec: PolicySpec, situation: Situation, hours: int) -> None:
        """Every tag has one ruling, and what waits says until when."""
        current, offered = situation
        choice = answer(replace(spec, wait=timedelta(hours=hours)), current, offered)
        rulings = choice.rulings()
        assert [candidate.tag for candidate in offered] == [ruling.tag for ruling in rulings]
        assert ([choice.chosen.tag] if choice.chosen else []) == [one.tag for one in rulings if one.reason is None]
        if choice.verdict is Verdict.PENDING:
            assert any(ruling.eligible for ruling in rulings)


class TestNeverBack:
    """No policy except where asked chooses a version lower than the current one."""

    @given(make.specs, situations)
    def test_by_the_policy(self, spec: PolicySpec, situation: Situation) -> None:
        """What is chosen stands above the current tag in the policy's own order, or is it."""
        current, offered = situation
        spec = replace(spec, allow_downgrade=False)
        policy, gates = policies.build(spec)
        _, chosen = outcome(spec, current, offered)
        if policy.dated or chosen is None or current is None or chosen == current:
            return
        seen = [gates.extract(tag) if gates.extract else tag for tag in (current, chosen)]
        old, new = (None if text is None else policy.position(text) for text in seen)
        assert old is None or new is None or new > old

    @given(st.sampled_from(["created", "pushed"]), situations)
    def test_by_date(self, date: str, situation: Situation) -> None:
        """Nothing older than the current tag is chosen, and nothing at all while its date is not known."""
        current, offered = situation
        _, chosen = outcome(PolicySpec(PolicyKind.NEWEST, date), current, offered)
        dates = {one.tag: by_date(one, date) for one in offered}
        if chosen is None or chosen == current or current not in dates:
            return
        old, new = dates[current], dates[chosen]
        assert old is not None
        assert new is not None
        assert new > old

    @given(make.versions, st.lists(make.versions, max_size=25, unique=True))
    def test_behind_a_filter_the_current_tag_does_not_match(self, current: str, offered: list[str]) -> None:
        """A version that the filter would not let in still is one to go up from."""
        spec = PolicySpec(PolicyKind.SEMVER, "*", filter=Filter(r"^(.+)-alpine$", "$1"))
        _, chosen = outcome(spec, current, [Candidate(tag) for tag in offered])
        old = version.parse(current.removesuffix("-alpine"))
        if chosen is None or chosen == current or old is None:
            return
        new = version.parse(chosen.removesuffix("-alpine"))
        assert new is not None
        assert new > old


class TestReadings:
    """Under `compatible` a branch, a variant and an architecture never change, and what is taken is newer."""

    @given(st.sampled_from(["patch", "minor", "major", "any"]), make.builds, st.lists(make.builds, max_size=25))
    def test_what_is_written_stays(self, level: str, current: str, offered: list[str]) -> None:
        """But for digits and commits, the chosen tag is spelled as the current one."""
        _, chosen = outcome(PolicySpec(PolicyKind.COMPATIBLE, level), current, [Candidate(tag) for tag in offered])
        if chosen is not None:
            assert _spelling(chosen) == _spelling(current)

    @given(make.builds, make.builds)
    def test_one_way(self, a: str, b: str) -> None:
        """Of two tags at most one is a step up from the other, and `order` says the same."""
        spec = PolicySpec(PolicyKind.COMPATIBLE, "any")
        up, down = (outcome(spec, x, [Candidate(x), Candidate(y)])[1] == y != x for x, y in ((a, b), (b, a)))
        assert not (up and down)
        if up or down:
            assert order(spec, a, b) == (1 if up else -1)

    @given(st.booleans(), make.tags, make.tags)
    @example(False, "1.2.3", "20240815.1.0")
    @example(True, "1.2beta2", "1712345678123.20240230")
    @example(False, "build-2724-08.x", "build-2024-08.x")
    @example(False, "v1.9.3-6064-08", "v1.2.3-2024-08")
    @example(False, "1.2.3-abc1234", "1.2.4-99999999999999999999")
    def test_of_one_make(self, prereleases: bool, current: str, tag: str) -> None:
        """What the expression of the current tag matches is, taken apart by itself, of the same make."""
        policy, _ = policies.build(PolicySpec(PolicyKind.COMPATIBLE, "any", prereleases=prereleases))
        if policy.ranker(current)(tag) is not None:
            mine, its = makes.read(current), makes.read(tag)
            assert mine is not None
            assert its is not None
            assert (mine.prefix, len(mine.numbers), mine.slots) == (its.prefix, len(its.numbers), its.slots)
            assert mine.is_calendar == its.is_calendar

    @given(make.builds, st.lists(make.builds, max_size=12))
    def test_reading(self, current: str, offered: list[str]) -> None:
        """The chosen ruling says what it was read as; it is what the current one was read as."""
        policy, _ = policies.build(PolicySpec(PolicyKind.COMPATIBLE, "any"))
        choice = answer(PolicySpec(PolicyKind.COMPATIBLE, "any"), current, [Candidate(tag) for tag in offered])
        for ruling in choice.rulings():
            if ruling.reason is None:
                reading = policy.reading(ruling.tag)
                assert policy.reading(current) == reading
                assert (f"read as {reading}" in ruling.detail) == bool(reading)

    @given(make.builds)
    def test_taken_apart_and_put_together(self, tag: str) -> None:
        """The pieces of a build are the tag, and the expression made of a tag matches it."""
        found = makes.read(tag)
        if found is None:
            return
        if not found.numbers:
            assert "".join(piece.text for piece in found.tail) == tag
        assert re.fullmatch("".join(makes.like(found, 0, bool(found.glued))), tag)


def _spelling(tag: str) -> str:
    """A tag without its digits and commits."""
    return re.sub("[0-9]+", "", re.sub(r"(?<![A-Za-z0-9])g?[0-9a-f]{7,40}(?![A-Za-z0-9])", "", tag))


class TestFactsAreLazy:
    """Facts are asked only of tags that could win, and asking for them ends."""

    @given(make.specs, situations)
    def test_ends_where_all_facts_lead(self, spec: PolicySpec, situation: Situation) -> None:
        """Asked step by step, the choice is the one that all facts give, and no tag is asked twice."""
        current, offered = situation
        facts = {candidate.tag: candidate for candidate in offered}
        offer = Offer([candidate.tag for candidate in offered])
        while isinstance(choice := choose(spec, current, offer, make.NOW), Wanted):
            assert choice.tags
            assert not set(choice.tags) & set(offer.known)
            offer = offer.with_facts(facts[tag] for tag in choice.tags)
        chosen = choice.chosen.tag if choice.chosen else None
        assert outcome(spec, current, offered) == (choice.verdict, chosen)
        assert answer(spec, current, offered).rulings() == choice.rulings()

    @given(make.specs, st.none() | make.tags, make.tag_lists)
    def test_offline(self, spec: PolicySpec, current: str | None, names: list[str]) -> None:
        """Offline nothing is asked, as if all had been asked and nothing told."""
        bare = choose(spec, current, [Candidate(tag) for tag in names], make.NOW, offline=True)
        assert isinstance(bare, Choice)
        told = answer(spec, current, [Candidate(tag, described=True) for tag in names])
        assert told.rulings() == bare.rulings()


class TestRanking:
    """A policy refuses exactly what its ranker leaves out, and says why."""

    @given(make.specs, st.none() | make.tags, make.tags)
    def test_refusal(self, spec: PolicySpec, current: str | None, tag: str) -> None:
        """What is ranked stands where `position` puts it; what is not has a reason of the policy's."""
        policy, _ = policies.build(spec)
        if policy.dated or spec.kind is PolicyKind.DIGEST:
            return
        place = policy.ranker(current)(tag)
        if place is not None:
            assert policy.position(tag) == place
        else:
            assert policy.refusal(tag, current).reason not in ABOVE_ALL - {Reason.OLDER, Reason.NOT_COMPARABLE}

    @given(st.sampled_from(["patch", "minor", "major", "any"]), st.booleans(), make.tags, make.tags)
    def test_compatible_explains_what_its_expression_matched(
        self, level: str, prereleases: bool, current: str, tag: str
    ) -> None:
        """The expression made for the current tag and the tag taken apart agree."""
        policy, _ = policies.build(PolicySpec(PolicyKind.COMPATIBLE, level, prereleases=prereleases))
        if policy.ranker(current)(tag) is None:
            assert policy.refusal(tag, current).detail
        else:
            with pytest.raises(AssertionError, match="is compatible with"):
                policy.refusal(tag, current)


_core = st.integers(0, 30) | st.integers(10**9, 10**12)
_identifier = st.integers(0, 30).map(str) | st.from_regex(r"[0-9]*[A-Za-z-][0-9A-Za-z-]{0,4}", fullmatch=True)
_tail = st.lists(_identifier, min_size=1, max_size=3).map(".".join)
semvers = st.builds(
    lambda core, pre, build: ".".join(map(str, core)) + (f"-{pre}" if pre else "") + (f"+{build}" if build else ""),
    st.tuples(_core, _core, _core),
    st.none() | _tail,
    st.none() | _tail,
)


def judged(a: str, b: str) -> int:
    """By the semver package, digits inside a word written equally wide, so that their text order is natural."""
    wide, other = (semver.Version.parse(_padded(text)) for text in (a, b))
    return wide.compare(other) or semver.Version.parse(a).compare(b)


def _padded(text: str) -> str:
    core, dash, rest = text.partition("-")
    ending, plus, build = rest.partition("+")
    words = (
        word if word.isdigit() else re.sub("[0-9]+", lambda run: run[0].zfill(8), word) for word in ending.split(".")
    )
    return f"{core}{dash}{'.'.join(words)}{plus}{build}"


class TestVersionOrder:
    """Versions order as SemVer orders them, digits inside a word as numbers; the judge is the semver package."""

    @given(semvers, semvers)
    @example("1.0.0-rc2", "1.0.0-rc10")
    @example("1.0.0-rc02", "1.0.0-rc2")
    @example("1.0.0-4-gabc1234", "1.0.0-14-gdef5678")
    @example("1.0.0-a-", "1.0.0-a1")
    @example("1.0.0-beta.11", "1.0.0-beta.2")
    @example("1.0.0-1", "1.0.0-a")
    @example("1.0.0-a", "1.0.0-a.0")
    def test_pairs(self, a: str, b: str) -> None:
        """Two versions compare as there."""
        ours, theirs = (version.parse(a), version.parse(b)), judged(a, b)
        assert ours[0] is not None
        assert ours[1] is not None
        assert theirs == (ours[0] > ours[1]) - (ours[0] < ours[1])

    @given(st.lists(semvers, min_size=1, max_size=20, unique=True))
    def test_newest(self, names: list[str]) -> None:
        """The tag chosen is as high as the highest release there."""
        releases = [one for one in map(semver.Version.parse, names) if not one.prerelease]
        choice = answer(PolicySpec(PolicyKind.SEMVER, "*"), None, [Candidate(tag) for tag in names])
        if not releases:
            assert choice.chosen is None
        else:
            assert choice.chosen is not None
            assert max(releases).compare(choice.chosen.tag) == 0


def test_ruling_is_what_people_read() -> None:
    """A ruling prints its reason as the closed set spells it."""
    ruling = Ruling("1", Reason.NOT_A_VERSION)
    assert f"{ruling.reason}" == "not-a-version"


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_every_kind_is_in_the_table(kind: PolicyKind) -> None:
    """A kind that can be configured can be built."""
    assert kind in policies.POLICIES
