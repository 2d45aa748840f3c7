"""What is counted, what is told of how targets stand, and that labels stay few."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from tagwright.errors import Problem
from tagwright.metrics import LAST, PREFIX, Metrics
from tagwright.metrics.families import FAMILIES
from tagwright.metrics.standing import MOST_TARGETS
from tagwright.model import Change, Delivered, HostCost, ImageStatus, State, TargetReport, TargetStatus

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def image(current: str = "1.0.0", state: State = State.CURRENT, **more: object) -> ImageStatus:
    """A reference of one image."""
    given = {
        "image": "ghcr.io/acme/api", "path": "api.yaml", "line": 3, "current": current, "state": state,
        "verdict": "current", "allowed": "", "newest": "", "newest_reason": "", "newest_detail": "", "detail": "",
        "source": "", "policy": "", "since": NOW, **more,
    }  # fmt: skip
    return ImageStatus(**given)  # type: ignore[arg-type]


def status(*images: ImageStatus, name: str = "deploy", **more: object) -> TargetStatus:
    """A target that was looked at now."""
    given = {"looked": NOW, "seconds": 2.0, "succeeded": NOW, **more}
    return TargetStatus(name, "https://git.example.com/deploy", "main", "c0ffee", images=images, **given)  # type: ignore[arg-type]


def metrics(*changes: Change, received: datetime | None = None) -> Metrics:
    """What is told after these passes."""
    made = Metrics(lambda: NOW)
    for change in changes:
        made.posted(change, TargetReport(change.after.name), received)
    return made


def told(made: Metrics) -> dict[str, float]:
    """Every sample as Prometheus would read it: `name{label="value"}` without the prefix."""
    text = made.text("")[0].decode()
    return {_name(sample.name, sample.labels): sample.value for family in prometheus(text) for sample in family.samples}


def _name(name: str, labels: dict[str, str]) -> str:
    within = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return name.removeprefix(PREFIX) + (f"{{{within}}}" if within else "")


PUSHED = Delivered("all", "Update", "pushed", commit="abc", images=(("ghcr.io/acme/api", "1.0.0", "1.1.0"),))
OPENED = replace(PUSHED, outcome="opened", url="https://git.example.com/pull/1")


def test_counters_count() -> None:
    """A pass that delivered, one that did nothing and one that failed: each is seen once, with its commit."""
    failed = status(problems=(Problem("deploy", "git-denied", "no"),))
    made = metrics(Change(None, status(published=(PUSHED,))), Change(None, status()), Change(None, failed))
    found = told(made)
    results = [found[f'runs_total{{result="{one}"}}'] for one in ("updated", "unchanged", "failed")]
    assert results == [1, 1, 1]
    assert found["commits_total"] == 1
    assert found['problems_total{code="git-denied"}'] == 1
    assert (found["run_duration_seconds_count"], found["run_duration_seconds_sum"]) == (3, 6)


def test_what_was_delivered_before_is_not_counted_again() -> None:
    """A pull request that is as it was is neither opened nor a commit, however many passes find it."""
    again = Change(status(published=(OPENED,)), status(published=(replace(OPENED, outcome="unchanged", commit=""),)))
    found = told(metrics(Change(None, status(published=(OPENED,))), again, again))
    assert found['pull_request_outcomes_total{outcome="opened"}'] == 1
    assert found["commits_total"] == 1
    assert found['pull_requests{state="open",target="deploy"}'] == 1


def test_a_merge_and_a_refusal_are_seen_from_one_pass_to_the_next() -> None:
    """A pull request's version stands: merged. It was taken for a no: turned down. Two references are one of each."""
    proposed = image(state=State.OUTDATED, allowed="1.1.0", pull_request=OPENED.url, published=NOW - HOUR)
    two = (proposed, replace(proposed, line=9))
    merged = tuple(replace(one, current="1.1.0", state=State.CURRENT, pull_request="") for one in two)
    refused = tuple(replace(one, verdict="rejected", state=State.HELD, pull_request="") for one in two)
    found = told(metrics(Change(status(*two), status(*merged)), Change(status(*two), status(*refused))))
    assert found['pull_request_outcomes_total{outcome="merged"}'] == 1
    assert found['pull_request_outcomes_total{outcome="turned-down"}'] == 1
    assert found['lead_time_seconds_sum{begin="pushed",end="merged"}'] == 3600


def test_lead_time_is_from_the_webhook_and_from_the_push() -> None:
    """The webhook came 30 s ago, the image was pushed an hour ago; its commit is now."""
    after = status(image("1.1.0", allowed="1.1.0", published=NOW - HOUR), published=(PUSHED,))
    found = told(metrics(Change(None, after), received=NOW - timedelta(seconds=30)))
    assert found['lead_time_seconds_sum{begin="received",end="delivered"}'] == 30
    assert found['lead_time_seconds_sum{begin="pushed",end="delivered"}'] == 3600


def test_a_webhook_that_changed_nothing_has_no_lead_time() -> None:
    """Else every hint without an update would look like a quick delivery."""
    found = told(metrics(Change(None, status(image())), received=NOW - HOUR))
    assert not [name for name in found if name.startswith("lead_time_seconds_count")]


@pytest.mark.parametrize(
    ("one", "seconds"),
    [
        (image(state=State.OUTDATED, allowed="1.1.0", published=NOW - 3 * HOUR), 3 * 3600),
        (image(state=State.PENDING, allowed="1.1.0", since=NOW - 2 * HOUR), 2 * 3600),
        (image(state=State.HELD, allowed="1.1.0", since=NOW - HOUR), 3600),
        (image(state=State.CURRENT, allowed="1.0.0", published=NOW - HOUR), 0),
        (image(state=State.HELD, allowed="1.0.0", since=NOW - HOUR), 0),
        (image(state=State.UNMANAGED, since=NOW - HOUR), 0),
        (image(state=State.OUTDATED, allowed="1.1.0", published=NOW + HOUR), 0),
    ],
)
def test_lag_is_how_long_what_is_allowed_has_been_out(one: ImageStatus, seconds: float) -> None:
    """Since its push, else since we saw it; nothing where the allowed one stands, and never below nothing."""
    found = told(metrics(Change(None, status(one))))
    assert found['image_release_lag_seconds{quantile="1",target="deploy"}'] == seconds


def test_states_are_counted_to_nothing() -> None:
    """A state that no reference is in is told as 0, so that an alert has something to compare with."""
    found = told(metrics(Change(None, status(image(), image(state=State.HELD)))))
    counts = {state: found[f'images{{state="{state}",target="deploy"}}'] for state in State}
    assert counts == {**dict.fromkeys(State, 0.0), State.CURRENT: 1, State.HELD: 1}


def test_a_target_that_is_gone_leaves_nothing() -> None:
    """No series of it stays behind to be alerted about."""
    made = metrics(Change(None, status(image(), name="old")), Change(None, status(image(), name="new")))
    made.know([status(image(), name="new")])
    names = "\n".join(told(made))
    assert 'target="new"' in names
    assert 'target="old"' not in names


def test_labels_are_few_whatever_comes() -> None:
    """Of more targets, hosts and codes than the bound, the rest is one series, and nothing is lost from the sums."""
    made = Metrics(lambda: NOW)
    for number in range(MOST_TARGETS + 20):
        one = status(image(state=State.OUTDATED), name=f"t{number:04}", looked=NOW - number * HOUR)
        made.posted(Change(None, one), TargetReport(one.name))
    made.asked([HostCost(f"h{number}.example.com", 2, remaining=1) for number in range(200)])
    found = told(made)
    outdated = {name: value for name, value in found.items() if re.match(r'images\{state="outdated"', name)}
    assert (len(outdated), sum(outdated.values())) == (MOST_TARGETS + 1, MOST_TARGETS + 20)
    assert outdated['images{state="outdated",target="other"}'] == 20
    last = (NOW - (MOST_TARGETS + 19) * HOUR).timestamp()
    assert found['last_run_timestamp_seconds{target="other"}'] == last
    hosts = [value for name, value in found.items() if name.startswith("registry_requests_total")]
    assert (len(hosts), sum(hosts)) == (51, 400)
    assert len([name for name in found if name.startswith("registry_ratelimit_remaining")]) == 51


NAMES = st.text(min_size=1, max_size=20)


@given(name=NAMES, tag=NAMES, host=NAMES)
def test_no_label_is_an_image_a_tag_or_an_address(name: str, tag: str, host: str) -> None:
    """Whatever the names are, what is told can be read again, and holds neither images nor tags nor URLs."""
    made = Metrics(lambda: NOW)
    one = status(image(tag, State.OUTDATED, allowed=f"{tag}-new"), name=name, published=(OPENED,))
    made.posted(Change(None, one), TargetReport(name))
    made.asked([HostCost(host, 1)])
    allowed = {name, host, "other"}
    text = made.text("application/openmetrics-text;version=1.0.0")[0].decode()
    names = re.findall(r"^# TYPE (\S+)", text, re.M)
    assert len(names) == len(set(names)) > 10
    for read, accept in ((prometheus, ""), (openmetrics, "application/openmetrics-text;version=1.0.0")):
        for family in read(made.text(accept)[0].decode()):
            for sample in family.samples:
                own = FAMILIES.get(_base(sample.name))
                assert own, sample.name
                assert set(sample.labels) - {"le"} <= set(own.labels)
                free = {sample.labels[key] for key in ("target", "host") if key in sample.labels}
                assert free <= allowed


def _base(name: str) -> str:
    short = re.sub(r"_(bucket|count|sum|created)$", "", name.removeprefix(PREFIX))
    return short if short in FAMILIES else f"{short}_total"


@pytest.mark.parametrize("accept", ["text/plain; version=x", "application/openmetrics-text; version=1.x", ";;=,q=é"])
def test_a_version_that_is_none_is_answered_in_plain_text(accept: str) -> None:
    """Anybody may ask, for whatever they like, and none of it is a bug of ours."""
    body, media = Metrics().text(accept)
    assert media.startswith("text/plain; version=0.0.4")
    assert b"tagwright_build_info" in body


def test_openmetrics_is_told_to_who_asks_for_it() -> None:
    """And Prometheus' own text to anybody else."""
    made = metrics(Change(None, status()))
    body, media = made.text("application/openmetrics-text; version=1.0.0")
    assert media.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")
    assert made.text("text/html")[1].startswith("text/plain")


def test_nothing_is_shared_between_two() -> None:
    """No registry of the whole process is touched, so two in one process count each their own."""
    before = {family.name for family in REGISTRY.collect()}
    one, other = metrics(Change(None, status())), Metrics(lambda: NOW)
    assert 'runs_total{result="unchanged"}' in told(one)
    assert 'runs_total{result="unchanged"}' not in told(other)
    assert {family.name for family in REGISTRY.collect()} == before


def test_a_file_holds_no_counters(tmp_path: Path) -> None:
    """What one process counted is told as gauges of the last run; how targets stand is told under the usual names."""
    file = tmp_path / "tagwright.prom"
    made = metrics(Change(None, status(image(), published=(PUSHED,))))
    made.asked([HostCost("ghcr.io", 7)])
    made.write(file)
    families = {family.name: family for family in prometheus(file.read_text("utf-8"))}
    assert {family.type for family in families.values()} == {"gauge"}
    assert families[f"{LAST}commits"].samples[0].value == 1
    assert families[f"{LAST}registry_requests"].samples[0].labels == {"host": "ghcr.io"}
    assert families[f"{PREFIX}last_success_timestamp_seconds"].samples[0].value == NOW.timestamp()
    assert [path.name for path in tmp_path.iterdir()] == ["tagwright.prom"]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_metric_is_in_the_readme(name: str) -> None:
    """With its kind, its labels and its words, as they are."""
    family = FAMILIES[name]
    labels = ", ".join(f"`{label}`" for label in family.labels)
    row = f"| `{name}` | {family.kind} | {labels} | {family.help.rstrip('.')} |"
    assert row in (ROOT / "README.md").read_text("utf-8")


def names_in(expression: str) -> set[str]:
    """The metrics that an expression of PromQL asks for."""
    return set(re.findall(r"\btagwright_\w+", expression))


def test_the_alerts_ask_for_metrics_there_are() -> None:
    """By name and by label: an alert on a name that is misspelt never fires."""
    rules = yaml.safe_load((ROOT / "config" / "prometheus" / "alerts.yaml").read_text("utf-8"))
    (group,) = rules["groups"]
    assert len(group["rules"]) >= 4
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smhd]", rule["for"])
        asked = {name.removeprefix(PREFIX) for name in names_in(rule["expr"])}
        assert asked
        known = {_base(name): FAMILIES.get(_base(name)) for name in asked}
        assert all(known.values()), asked - {name for name, one in known.items() if one}
        labels = {label for family in known.values() if family for label in family.labels}
        assert set(re.findall(r"(\w+)=~?\"", rule["expr"])) <= labels
        assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= labels


def test_the_queue_is_asked_when_somebody_asks() -> None:
    """Its depth is that of the moment."""
    made, waiting = Metrics(lambda: NOW), [3]
    ask: Callable[[], tuple[int, float]] = lambda: (waiting[0], 1.5)  # noqa: E731
    made.watch(ask)
    waiting[0] = 5
    assert (told(made)["queue_targets"], told(made)["queue_wait_seconds"]) == (5, 1.5)
