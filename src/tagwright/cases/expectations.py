"""`choose FILE…`: cases that people keep beside their configuration, and what they expect of it.

    - name: a patch of the running minor is taken
      image: ghcr.io/acme/api          # ruled by the configuration: its rules, holds and windows …
      file: apps/api.yaml
      current: 1.2.0
      now: 2030-06-03T10:00+02:00
      tags: [1.2.0, 1.2.1, {tag: 1.3.0, pushed: 2030-06-03T07:00Z}]
      want: {verdict: update, tag: 1.2.1}
      why: {1.3.0: out-of-range}
    - name: any policy can be tried     # … or by a policy of its own
      policy: {semver: ^1.2}
      tags: [1.2.0, 2.0.0]
      want: {tag: 1.2.0}

Nothing is asked of a registry: a tag is known as far as its case says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tagwright import image, windows
from tagwright.cases.files import read
from tagwright.choose import choose
from tagwright.config import loading, rules
from tagwright.config.nodes import Place, suggestion
from tagwright.decide import decide
from tagwright.errors import ConfigError, ImageError, Problem
from tagwright.model import Case, Choice, Decision, Got, PolicySpec, Reference, Target, Tried

FILES = ("tagwright.yaml", loading.REPOSITORY_FILE)
"""The configurations that rule the images of cases where none is given."""


def tried(paths: Iterable[str], configuration: str | None, now: datetime) -> tuple[Tried, ...]:
    """Every case of these files. Raises ConfigError with all mistakes of all of them, and of the configuration."""
    files = [read(path) for path in paths]
    mistakes = [problem for _, problems in files for problem in problems]
    cases = [case for found, _ in files for case in found]
    try:
        targets = _targets(configuration) if any(case.policy is None for case in cases) else {}
    except ConfigError as error:
        targets, mistakes = {}, mistakes + list(error.problems)
    else:
        mistakes += [problem for case in cases if case.policy is None for problem in _unruled(case, targets)]
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return tuple(_tried(case, targets, case.now or now) for case in cases)


# ── what rules a case ──────────────────────────────────────────────────────


def _targets(configuration: str | None) -> dict[str, Target]:
    """By name, the targets of a configuration; "" is its top level, or a repository's own file."""
    path = Path(configuration or next((name for name in FILES if Path(name).is_file()), FILES[0]))
    if path.name == loading.REPOSITORY_FILE:
        try:
            return {"": loading.merge_repository(Target(""), path.read_bytes(), str(path))}
        except OSError as error:
            problem = Problem(str(path), "config", f"cannot be read: {error.strerror or error}", path=str(path))
            raise ConfigError((problem,)) from None
    loaded = loading.load(path)
    targets = {target.name: target for target in loaded.targets}
    return {**targets, "": next(iter(targets.values())) if len(targets) == 1 else loaded.everywhere}


def _unruled(case: Case, targets: dict[str, Target]) -> Iterable[Problem]:
    """The mistake of a case whose target or image cannot be."""
    at = Place(case.path, line=case.line)
    if case.target not in targets:
        at.key("target").mistake(f"got {case.target!r}, expected a target", suggestion(case.target, tuple(targets)))
    if not case.target and len(targets) > 2:
        known = ", ".join(sorted(filter(None, targets)))
        at.mistake(f"{case.name}: the configuration has several targets", f"say target: one of {known}")
    try:
        image.parse(f"{case.image}:{case.current}")
    except ImageError as error:
        at.key("current").mistake(error.message, error.hint)
    return at.mistakes


# ── judging ──────────────────────────────────────────────────────────────────


def _tried(case: Case, targets: dict[str, Target], now: datetime) -> Tried:
    got = _chosen(case, case.policy, now) if case.policy else _decided(case, targets[case.target], now)
    rulings = {ruling.tag: ruling.reason or "chosen" for ruling in got.rulings}
    want = case.want
    compared = [
        ("verdict", want.verdict, got.verdict),
        ("tag", want.tag, got.tag or ""),
        ("opening", _spelled(want.opening), _spelled(got.opening)),
        *((tag, reason, rulings.get(tag, "no ruling")) for tag, reason in case.why),
    ]
    missed = (
        (what, wanted or "none", found or "none") for what, wanted, found in compared if wanted not in (None, found)
    )
    return Tried(case, got, tuple(missed))


def _spelled(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _chosen(case: Case, policy: PolicySpec, now: datetime) -> Got:
    choice = choose(policy, case.current, case.tags, now, offline=True)
    assert isinstance(choice, Choice)  # offline, nothing is wanted
    tag = choice.chosen.tag if choice.chosen else None
    return Got(choice.verdict, tag, None, choice.detail, "the case's own policy", choice.rulings())


def _decided(case: Case, target: Target, now: datetime) -> Got:
    named = image.parse(f"{case.image}:{case.current}")
    seen = Reference(case.file, 0, 0, (0, 0), "case", case.name, named, str(named), ())
    ruled = rules.rule_for(seen, target, {})
    decision = decide(seen, ruled, case.tags, now)
    assert isinstance(decision, Decision)  # what is described is not asked for again
    decision = windows.gated(decision, now)
    detail, source = decision.detail, decision.ruled.source
    return Got(decision.verdict, decision.chosen, decision.opening, detail, source, decision.rulings())
