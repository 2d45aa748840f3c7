"""What Prometheus can ask: counters of what passes did, and how every target stands.

    families.py    every metric: its kind, its words, its labels
    delivered.py   what a pass delivered, as figures
    standing.py    how targets stand, as samples

The only import of prometheus_client, and a registry of our own beside its global one. Labels are bounded: a target, a
host, a code of a problem; never an image, a tag or an address. What is beyond the bound is `other`. How targets stand
is told of those that are known at the moment of asking, so that a target that is gone leaves nothing.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, write_to_textfile
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from tagwright import __version__
from tagwright.metrics import delivered
from tagwright.metrics.families import FAMILIES
from tagwright.metrics.standing import OTHER, samples
from tagwright.model import Change, HostCost, TargetReport, TargetStatus

PREFIX, LAST = "tagwright_", "tagwright_last_run_"
_MOST = {"host": 50, "code": 100, "name": 100}
"""Values of a label; a registry may lead us to as many hosts as it likes."""


class Metrics(Collector):
    """The metrics of one process. Safe to use from many threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._lock, self._now = Lock(), now
        self._targets: dict[str, TargetStatus] = {}
        self._waiting: Callable[[], tuple[int, float]] = lambda: (0, 0.0)
        self._seen: dict[str, set[str]] = {label: set() for label in _MOST}
        self._counters = {name: Counter(*_told(name), registry=self.registry) for name in _of_kind("counter")}
        self._remaining = Gauge(*_told("registry_ratelimit_remaining"), registry=self.registry)
        self._histograms = {
            name: Histogram(*_told(name), registry=self.registry, buckets=FAMILIES[name].buckets)
            for name in _of_kind("histogram")
        }
        self.registry.register(self)

    # ── what is counted ──

    def posted(self, change: Change, report: TargetReport, received: datetime | None = None) -> None:
        """A pass over a target ended. `received` is when the webhook came that it was for."""
        self._add("runs_total", 1, result=delivered.result(change))
        self._histograms["run_duration_seconds"].observe(change.after.seconds)
        self._add("push_retries_total", report.retries, reason="branch-moved")
        for problem in change.after.problems:
            self._add("problems_total", 1, code=problem.code)
        self._add("commits_total", delivered.commits(change))
        for outcome, count in delivered.proposals(change).items():
            self._add("pull_request_outcomes_total", count, outcome=outcome)
        for begin, end, seconds in delivered.lead_times(change, received):
            self._histograms["lead_time_seconds"].labels(begin, end).observe(seconds)
        with self._lock:
            self._targets[change.after.name] = change.after

    def asked(self, registries: Iterable[HostCost], forges: Iterable[HostCost] = ()) -> None:
        """What hosts were sent since the last call."""
        for kind, hosts in (("registry", registries), ("forge", forges)):
            for one in hosts:
                self._add(f"{kind}_requests_total", one.requests, host=one.host)
                self._add(f"{kind}_retries_total", one.retries, host=one.host)
                self._add(f"{kind}_limited_total", one.limited, host=one.host)
                self._add(f"{kind}_throttled_seconds_total", one.waited, host=one.host)
                if one.remaining is not None:
                    self._remaining.labels(self._bounded("host", one.host)).set(one.remaining)

    def hooked(self, source: str, result: str) -> None:
        """A webhook came in: the kind of its sender, and what became of it, each one of a few words."""
        self._add("webhook_requests_total", 1, source=source, result=result)

    def notified(self, name: str, result: str, count: int = 1) -> None:
        """Notices were "sent", or "failed"."""
        self._add("notifications_total", count, name=name, result=result)

    def _add(self, metric: str, amount: float, **labels: str) -> None:
        if amount > 0:
            counter = self._counters[metric]
            bounded = {label: self._bounded(label, value) for label, value in labels.items()}
            (counter.labels(**bounded) if bounded else counter).inc(amount)

    def _bounded(self, label: str, value: str) -> str:
        """The value, or `other` where there were too many before it."""
        if label not in _MOST:
            return value
        with self._lock:
            seen = self._seen[label]
            if len(seen) < _MOST[label]:
                seen.add(value)
            return value if value in seen else OTHER

    # ── how things stand ──

    def know(self, statuses: Iterable[TargetStatus]) -> None:
        """These are the targets there are, as far as they are known; others are gone."""
        with self._lock:
            self._targets = {one.name: one for one in statuses}

    def watch(self, waiting: Callable[[], tuple[int, float]]) -> None:
        """Whom to ask how many targets wait for a pass, and how many seconds the first of them does."""
        self._waiting = waiting

    def collect(self) -> Iterator[Metric]:
        """The gauges, at this moment."""
        with self._lock:
            known = tuple(self._targets.values())
        count, seconds = self._waiting()
        found = [
            ("build_info", (__version__, platform.python_version()), 1.0),
            ("queue_targets", (), float(count)),
            ("queue_wait_seconds", (), seconds),
            *samples(known, self._now()),
        ]
        families: dict[str, GaugeMetricFamily] = {}
        for name, labels, value in found:
            if name not in families:
                families[name] = GaugeMetricFamily(PREFIX + name, FAMILIES[name].help, labels=FAMILIES[name].labels)
            families[name].add_metric(labels, value)
        yield from families.values()

    # ── how it is told ──

    def text(self, accept: str) -> tuple[bytes, str]:
        """All of it and its media type, as somebody accepts it: OpenMetrics, or Prometheus' own text."""
        try:
            encode, media = choose_encoder(accept)
        except TypeError:  # a version that is no number
            encode, media = choose_encoder("")
        return encode(self.registry), media

    def write(self, path: Path) -> None:
        """All of it for node_exporter's textfile collector, written whole. Raises OSError.

        A process that ends counts nothing that the next one goes on with, so counters become gauges of the last run.
        """
        registry = CollectorRegistry()
        registry.register(_LastRun(self.registry))
        if path.exists() and not path.is_file():  # a device, a pipe: nothing to put another file in the place of
            path.write_bytes(generate_latest(registry))
        else:
            write_to_textfile(str(path), registry)


class _LastRun(Collector):
    """The same with counters and histograms as gauges: what one process counted is no counter to the next."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for family in self._registry.collect():
            if family.type == "gauge":
                yield family
                continue
            told: dict[str, Metric] = {}
            for sample in family.samples:
                if not sample.name.endswith(("_created", "_bucket")):
                    name = LAST + sample.name.removeprefix(PREFIX).removesuffix("_total")
                    of_run = told.setdefault(name, Metric(name, f"In the last run. {family.documentation}", "gauge"))
                    of_run.add_sample(name, sample.labels, sample.value)
            yield from told.values()


def _of_kind(kind: str) -> Iterator[str]:
    return (name for name, family in FAMILIES.items() if family.kind == kind)


def _told(name: str) -> tuple[str, str, tuple[str, ...]]:
    return PREFIX + name, FAMILIES[name].help, FAMILIES[name].labels
