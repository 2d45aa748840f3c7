"""The agenda under any order of hints, rounds, passes and reloads."""

from __future__ import annotations

from datetime import datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tagwright.model import Service
from tagwright.serve.agenda import Errand
from tagwright.serve.timetable import Timetable
from tests.support.agendas import Desk

NAMES = ["one", "two", "three"]
IMAGES = [f"ghcr.io/acme/{letter}" for letter in "abcde"]


class Working(RuleBasedStateMachine):
    """Nothing that was told is forgotten: a pass that begins later reads that image anew. One pass per target."""

    errands = Bundle("errands")

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(NAMES, most=4)
        self.uses = {name: set(IMAGES[at : at + 3]) for at, name in enumerate(NAMES)}
        self.desk.settled(**self.uses)
        self.open: dict[tuple[str, str], datetime] = {}  # what was told and no pass has begun for
        self.running: set[str] = set()

    @rule(images=st.sets(st.sampled_from(IMAGES), min_size=1))
    def somebody_hints(self, images: set[str]) -> None:
        """Targets that use them are told."""
        told = {(name, image) for name in NAMES for image in images if image in self.uses[name]}
        for one in told:
            self.open.setdefault(one, self.desk.now)
        assert self.desk.agenda.hint(images) == len({name for name, _ in told})

    @rule(seconds=st.sampled_from([0.1, 1, 31, 4000]))
    def time_goes_by(self, seconds: float) -> None:
        """A little, or past a round."""
        self.desk.waits(seconds=seconds)

    @rule(target=errands)
    def a_worker_takes(self) -> Errand | None:
        """An errand covers what was told before it began."""
        errand = self.desk.agenda.ready()
        if errand is None:
            return None
        name = errand.target.name
        assert name not in self.running
        self.running.add(name)
        for told in [one for one in self.open if one[0] == name]:
            assert errand.whole or told[1] in errand.hinted
            del self.open[told]
        return errand

    @rule(errand=consumes(errands), delivered=st.sets(st.sampled_from(IMAGES)), drop=st.sets(st.sampled_from(IMAGES)))
    def a_worker_ends(self, errand: Errand | None, delivered: set[str], drop: set[str]) -> None:
        """And may have seen that the target uses other images now."""
        if errand is None:
            return
        name = errand.target.name
        self.uses[name] = set(IMAGES) - drop
        self.desk.agenda.uses(name, self.uses[name])
        self.desk.agenda.done(errand, delivered)
        self.running.discard(name)

    @rule()
    def the_configuration_is_read_again(self) -> None:
        """And says the same."""
        self.desk.agenda.change(self.desk.targets, Timetable(Service(), lambda: 0.5))

    @rule()
    def all_is_done(self) -> None:
        """With every worker back and time enough, nothing that was told is left."""
        if not self.running:
            self.desk.waits(seconds=1)
            for errand in self.desk.passes(delivered=True):
                for told in [one for one in self.open if one[0] == errand.target.name]:
                    assert errand.whole or told[1] in errand.hinted
                    del self.open[told]
            assert not self.open

    @invariant()
    def what_waits_is_bounded(self) -> None:
        """However much comes in."""
        state = self.desk.agenda.state()
        assert state["images"] <= 4
        assert state["waiting"] <= len(NAMES)


Working.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestWorking = Working.TestCase
