"""Whose turn it is: on a clock of our own."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from tagwright.registries.web.pace import Pace, Paces, Urgency


class Hands:
    """A clock that goes on only while somebody waits; `waits` are the seconds of each wait."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def pause(self, event: threading.Event, seconds: float | None) -> None:
        assert seconds is not None, "nobody would ever wake it"
        self.waits.append(round(seconds, 3))
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(4, lambda: self.now, self.pause)


def turns(pace: Pace, number: int) -> list[float]:
    """So many requests, one after the other; the seconds each waited."""
    waited = []
    for _ in range(number):
        waited.append(round(pace.enter(), 3))
        pace.leave()
    return waited


def test_without_a_limit_nobody_waits() -> None:
    """The common case costs no wait at all."""
    assert turns(Hands().pace(), 5) == [0] * 5


def test_turns_come_no_closer_than_the_strictest_limit() -> None:
    """Ten a second after four a second changes nothing, and 0 is no limit."""
    pace = Hands().pace()
    for per_second in (4, 10, 0):
        pace.limit(per_second)
    assert turns(pace, 3) == [0, 0.25, 0.25]


def test_a_hold_is_obeyed_and_slows_down_once() -> None:
    """Sixteen who are told at once wait the longest time told, and then go half as fast, not a 65,536th."""
    pace = Hands().pace()
    for seconds in (5, 1, 3):
        pace.hold(seconds)
    assert turns(pace, 3) == [5, 0.05, 0.05]


def test_who_is_told_again_goes_slower_still_but_never_below_once_a_second() -> None:
    """Each further word after the first wait halves the speed."""
    hands = Hands()
    pace = hands.pace()
    for _ in range(9):
        pace.hold(1)
        hands.now += 1.5
    assert turns(pace, 3) == [0, 1, 1]


def test_speed_comes_back_after_a_calm() -> None:
    """Half of the slowness every thirty seconds; the configured limit stays."""
    hands = Hands()
    pace = hands.pace()
    pace.limit(100)
    for _ in range(9):
        pace.hold(1)
        hands.now += 1.5
    speeds = []
    for _ in range(8):
        speeds.append(turns(pace, 2)[1])
        hands.now += 30
    assert speeds == [1, 0.5, 0.25, 0.125, 0.062, 0.031, 0.016, 0.01]


def test_a_rest_is_no_reproach() -> None:
    """Who waits for a new allowance goes on as fast as before."""
    pace = Hands().pace()
    pace.rest(7)
    assert turns(pace, 3) == [7, 0, 0]


def test_what_little_is_left_is_spread_until_there_is_more() -> None:
    """Twenty requests for ten seconds go at two a second, and afterwards as fast as before."""
    hands = Hands()
    pace = hands.pace()
    pace.spread(20, 10)
    assert turns(pace, 3) == [0, 0.5, 0.5]
    hands.now += 10
    turns(pace, 1)
    assert turns(pace, 2) == [0, 0]
    pace.spread(1, 21600)
    assert turns(pace, 2) == [0, 1]


class Line:
    """Threads that wait at a pace with one slot, on a clock that stands until time is up; `order` is theirs."""

    def __init__(self) -> None:
        self.now, self.order = 100.0, list[str]()
        self.waiting, self.time_is_up = threading.Semaphore(0), threading.Event()
        self.pace = Pace(1, lambda: self.now, self._pause)

    def _pause(self, event: threading.Event, seconds: float | None) -> None:
        self.waiting.release()
        while not event.wait(0.01):
            if self.time_is_up.is_set() and seconds is not None:
                self.now += seconds
                return

    def comes(self, name: str, urgency: Urgency) -> None:
        self.pace.enter(urgency)
        self.order.append(name)
        self.pace.leave()


def test_the_urgent_go_first_and_others_in_the_order_they_came() -> None:
    """What a webhook brought is asked before the scheduled pass that waits for the same host."""
    line = Line()
    line.pace.enter()
    with ThreadPoolExecutor(5) as threads:
        for name, urgency in (
            ("pass 1", Urgency.SCHEDULED),
            ("pass 2", Urgency.SCHEDULED),
            ("webhook 1", Urgency.NOW),
            ("pass 3", Urgency.SCHEDULED),
            ("webhook 2", Urgency.NOW),
        ):
            threads.submit(line.comes, name, urgency)
            line.waiting.acquire()
        line.pace.leave()
    assert line.order == ["webhook 1", "webhook 2", "pass 1", "pass 2", "pass 3"]


def test_who_waits_for_the_rate_lets_the_urgent_pass() -> None:
    """Also while it is time, and not a slot, that is waited for."""
    line = Line()
    line.pace.limit(1)
    line.comes("first", Urgency.SCHEDULED)
    with ThreadPoolExecutor(2) as threads:
        for name, urgency in (("pass", Urgency.SCHEDULED), ("webhook", Urgency.NOW)):
            threads.submit(line.comes, name, urgency)
            line.waiting.acquire()
        line.time_is_up.set()
    assert line.order == ["first", "webhook", "pass"]


def test_no_more_are_under_way_than_there_are_slots() -> None:
    """Whoever of many comes at once; and all get their turn."""
    pace, lock = Pace(3), threading.Lock()
    under_way, most = [0], [0]

    def come(_: int) -> None:
        pace.enter()
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.001)
        with lock:
            under_way[0] -= 1
        pace.leave()

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(come, range(100)))
    assert most[0] == 3


# ── among all workers ────────────────────────────────────────────────────────


class Table(Hands):
    """Workers at one table, on one clock: the turns they took, and what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.next, self.said = 0.0, list[tuple[float, float]]()

    def turn(self, interval: float, pause: float) -> float:
        """As `Budget.turn` at a host."""
        self.said.append((round(interval, 3), pause))
        turn = max(self.next, self.now)
        self.next = max(turn + interval, self.now + pause)
        return turn - self.now

    def worker(self) -> Pace:
        return Pace(4, lambda: self.now, self.pause, self.turn)


def test_workers_take_turns() -> None:
    """Three at four a second together ask as often as one alone would."""
    table = Table()
    workers = [table.worker() for _ in range(3)]
    for worker in workers:
        worker.limit(4)
    begun = table.now
    for _ in range(4):
        for worker in workers:
            turns(worker, 1)
    assert table.now - begun == 11 * 0.25


def test_a_worker_alone_is_not_slower_for_asking_the_others() -> None:
    """Its turns come as they would without a budget."""
    table = Table()
    worker, alone = table.worker(), Hands().pace()
    for pace in (worker, alone):
        pace.limit(4)
    assert turns(worker, 6) == turns(alone, 6)


def test_who_is_told_to_wait_tells_the_others() -> None:
    """A pause and a rest are everybody's; each wait counts as waited for."""
    table = Table()
    one, other = table.worker(), table.worker()
    one.hold(5)
    assert turns(other, 1) == [5]
    one.rest(3)
    assert turns(other, 1) == [3]
    assert (0.0, 5) in table.said
    assert (0.0, 3) in table.said


def test_what_is_left_is_spread_over_all_workers() -> None:
    """Each was told that 20 requests are left for 10 seconds: together they make 20."""
    table = Table()
    workers = [table.worker() for _ in range(2)]
    for worker in workers:
        worker.spread(20, 10)
    begun = table.now
    for _ in range(10):
        for worker in workers:
            turns(worker, 1)
    assert table.now - begun == 19 * 0.5


def test_while_one_waits_for_all_workers_nobody_behind_it_takes_a_turn() -> None:
    """So that whoever is more urgent, and comes meanwhile, goes next. Shortly before it does: the way costs nothing."""
    table = Table()
    table.next = table.now + 7
    worker = table.worker()
    worker.enter()
    assert len(table.said) == 1
    table.now -= 7
    worker.enter()
    assert table.waits == [7, 6.95, 0.05], "the second waited here, before it took a turn"


def test_a_host_has_one_pace_whoever_asks() -> None:
    """By its address; another port is another host."""
    paces = Paces()
    assert paces.of("ghcr.io") is paces.of("ghcr.io")
    assert paces.of("ghcr.io") is not paces.of("ghcr.io:5000")
