"""Configuration: YAML text -> frozen `Config`, with every mistake at once, each at its line.

    load(path)                      the operator's file
    merge_repository(target, …)     a target's own .tagwright.yaml: it can tighten, never loosen
    schema()                        JSON Schema of both files, for editors

The keys themselves are declared in `options.py`. What a target says overrides what the
file says at its top: `rules` and `defaults` as a whole, `files` and `delivery` key by key.
Paths of files (keys, certificates, local repositories) count from the file's folder.
"""

from __future__ import annotations

import os.path
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tagwright import holds, windows
from tagwright.config import options, window_options
from tagwright.config.documents import document
from tagwright.config.nodes import Place
from tagwright.errors import ConfigError, Problem
from tagwright.model import (
    Binding,
    Config,
    Delivery,
    FileSelection,
    ForgeSettings,
    GitAccess,
    Mode,
    PolicyKind,
    Rule,
    Service,
    Target,
    Windows,
)

REPOSITORY_FILE = ".tagwright.yaml"
_WHOLE = ("rules", "defaults", "references", "allow_repository_config")  # a target's word replaces the file's
_MOST_BYTES = 65_536  # of a repository's file: the parser takes seconds for what is written to slow it down


def load(path: Path) -> Config:
    """The operator's file. Raises ConfigError with all its mistakes."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError((Problem(str(path), "config", f"cannot be read: {reason}", path=str(path)),)) from None
    values, at = _read(data, Place(str(path)))
    config = _config(values, at)
    if at.mistakes:
        raise ConfigError(at.sorted())
    return config


def merge_repository(target: Target, text: bytes, path: str = REPOSITORY_FILE) -> Target:
    """The target with its repository's own file laid over it. Raises ConfigError with all its mistakes.

    Its rules are asked before the operator's and its defaults before the operator's, but the gates
    of the operator's rule for the same reference hold for them too (`rules.rule_for`); its
    `files` narrow the operator's; labels, reviewers and assignees are added.
    """
    if len(text) > _MOST_BYTES:
        raise ConfigError((Problem(path, "config", f"is longer than {_MOST_BYTES} bytes", path=path),))
    values, at = _read(text, Place(path, repository=True))
    inside, rules = _windows(target.windows, values)
    given: dict[str, Any] = values.get("delivery", {})
    _check_rules((*rules, *target.rules), given.get("group", ""), at)
    if at.mistakes:
        raise ConfigError(at.sorted())
    files: dict[str, Any] | None = values.get("files")
    return replace(
        target,
        own_rules=rules,
        own_defaults=values.get("defaults"),
        files=FileSelection(**files, within=target.files) if files else target.files,
        delivery=_tightened(target.delivery, given),
        assumed=target.assumed and not rules and "defaults" not in values,
        references=(*values.get("references", ()), *target.references),
        windows=inside,
        holds=tuple(dict.fromkeys((*values.get("holds", ()), *target.holds))),
    )


def own_references(text: bytes) -> tuple[Binding, ...]:
    """The `references` of a repository's own file; none where it has a mistake, which `merge_repository` tells."""
    try:
        return merge_repository(Target(""), text).references
    except ConfigError:
        return ()


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of tagwright.yaml; .tagwright.yaml is a subset."""
    whole = options.FILE.schema()
    own = whole["properties"]["targets"]["items"]["properties"]
    own.update({key: {"$ref": f"#/properties/{key}"} for key in own if key in whole["properties"]})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tagwright configuration", **whole}


def forge_kind(repository: str) -> str:
    """The kind of forge a Git address points at, by its host: "github", "gitlab", "gitea", or "" where unknown."""
    host = _host(repository)
    if host == "github.com" or host.startswith("github.") or host.endswith(".ghe.com"):
        return "github"
    if host == "gitlab.com" or host.startswith("gitlab."):
        return "gitlab"
    return "gitea" if host == "codeberg.org" or host.startswith(("gitea.", "forgejo.")) else ""


def _host(repository: str) -> str:
    """The host of a URL or of scp's user@host:path; "" for a local path."""
    scheme, found, rest = repository.partition("://")
    if found:
        authority = "" if scheme == "file" else rest.partition("/")[0]
    else:
        authority = repository.partition(":")[0] if ":" in repository.partition("/")[0] else ""
    return authority.rpartition("@")[2].partition(":")[0].lower()


def _read(data: bytes, at: Place) -> tuple[dict[str, Any], Place]:
    """What could be read of a file, key by key, and its place, where the mistakes are."""
    return options.FILE.read(document(data, at), at) or ({}, at)


# ── the operator's file ──────────────────────────────────────────────────────


def _config(values: dict[str, Any], at: Place) -> Config:
    registries = values.get("registries", ())
    _once("prefix", ((registry.prefix, place) for registry, place in registries))
    everywhere = _scoped(Target(""), values, at)
    named = [(_target(everywhere, own, place), place) for own, place in values.get("targets", ())]
    _once("name", ((target.name, place) for target, place in named))
    warnings = [warning for target, place in named for warning in _warnings(target, place)]
    if not named:
        warnings = [Problem(at.file, "no-targets", "names no target, so nothing will be done", path=at.file)]
    targets = tuple(_kept_apart([target for target, _ in named]))
    service: Service = values.get("serve", Service())
    told = values.get("notifications", ())
    _once("name", ((notification.name, place) for notification, place in told))
    return Config(
        targets,
        tuple(r for r, _ in registries),
        tuple(dict.fromkeys(warnings)),
        everywhere,
        service,
        tuple(notification for notification, _ in told),
    )


def _kept_apart(targets: list[Target]) -> Iterator[Target]:
    """Targets of one branch propose the same image each on a branch of its own, lest they overwrite each other.

    A target that names no branch may be of any.
    """
    alike = Counter(one for target in targets for one in (_address(target), (_address(target), target.branch)))
    for target in targets:
        address, same = _address(target), alike[_address(target), target.branch]
        others = alike[address, ""] if target.branch else alike[address] - same
        shared = same > 1 or others > 0
        yield replace(target, delivery=replace(target.delivery, apart=target.name)) if shared else target


def _address(target: Target) -> str:
    return target.repository.rstrip("/").removesuffix(".git")


def _scoped(base: Target, values: dict[str, Any], at: Place) -> Target:
    """What the top level or a target says, over what holds already: files and delivery key by key."""
    inside, rules = _windows(base.windows, values)
    own = {**{key: values[key] for key in _WHOLE if key in values}, "windows": inside}
    own["holds"] = tuple(dict.fromkeys((*values.get("holds", ()), *base.holds)))
    if rules:
        own["rules"] = rules
    given = values.get("delivery", {})
    files = replace(base.files, **values.get("files", {}))
    target = replace(base, **own, files=files, delivery=replace(base.delivery, **_moded(given)))
    _check_rules(target.rules, given.get("group", ""), at)
    return target


def _windows(around: Windows, values: dict[str, Any]) -> tuple[Windows, tuple[Rule, ...]]:
    """The windows of a scope with those around it, and its rules with theirs in the scope's time zone."""
    inside = windows.joined((around, _in_zone(window_options.windows(values), around)))
    rules: tuple[Rule, ...] = values.get("rules", ())
    return inside, tuple(replace(rule, windows=_in_zone(rule.windows, inside)) for rule in rules)


def _in_zone(own: Windows, around: Windows) -> Windows:
    """What does not name its time zone takes that of its schedule, else the innermost one around it."""
    zone = next((one.timezone for one in (*own.schedules, *reversed(around.schedules)) if one.timezone), "UTC")
    return Windows(
        tuple(replace(schedule, timezone=zone) for schedule in own.schedules),
        tuple(windows.in_zone(freeze, zone) for freeze in own.freezes),
    )


def _moded(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "mode": Mode(given["mode"])} if "mode" in given else given


def _target(everywhere: Target, values: dict[str, Any], at: Place) -> Target:
    scoped = _scoped(everywhere, values, at)
    repository: str = values["repository"]
    if "://" not in repository and not _host(repository):
        repository = os.path.normpath(os.path.join(os.path.dirname(at.file), os.path.expanduser(repository)))
    forge: ForgeSettings = values.get("forge", ForgeSettings())
    access: GitAccess = values.get("access", GitAccess())
    return replace(
        scoped,
        name=values.get("name") or _last_part(repository),
        repository=repository,
        branch=values.get("branch", ""),
        forge=replace(forge, kind=forge.kind or forge_kind(repository)),
        access=access
        if access.token
        else replace(access, token=forge.token, username=access.username or forge.username),
    )


def _last_part(repository: str) -> str:
    return repository.rstrip("/").removesuffix(".git").rstrip("/").replace(":", "/").rpartition("/")[2]


def _once(key: str, named: Iterable[tuple[str, Place]]) -> None:
    """Note a mistake at every entry whose name another had before."""
    seen: dict[str, int] = {}
    for name, place in named:
        if name in seen:
            place.mistake(f"{key} {name!r} stands twice", f"first on line {seen[name]}")
        seen.setdefault(name, place.line)


def _check_rules(rules: tuple[Rule, ...], group: str, at: Place) -> None:
    """Names are said once; `group` is a way to group, or a label that some rule gives."""
    _once("name", ((rule.name, replace(at, path="rules", line=rule.line)) for rule in rules if rule.name))
    known = (*options.GROUPS, *(rule.group for rule in rules if rule.group))
    if group and group not in known:
        at.key("delivery").key("group").mistake(f"got {group!r}, expected {', '.join(known)} (a rule's group)")


def _warnings(target: Target, at: Place) -> Iterator[Problem]:
    """What is allowed but hardly meant."""
    for rule in target.rules:
        if rule.policy.kind is PolicyKind.DIGEST and not rule.policy.pin_digest:
            message = f"digest: {rule.policy.argument} writes only where a digest stands already"
            yield Problem(at.file, "digest-unpinned", message, "pin_digest: true writes tag@digest", at.file, rule.line)
    yield from _never_open(target, at)
    yield from holds.expired(target, (), datetime.now(UTC))
    if target.delivery.mode is Mode.PULL_REQUEST and not target.forge.kind:
        message = f"target {target.name}: no forge is known for its repository, so no pull request can be opened"
        yield Problem(at.file, "forge-unknown", message, "say forge.kind, or delivery.mode: commit", at.file, at.line)


def _never_open(target: Target, at: Place) -> Iterator[Problem]:
    """Windows that exclude each other, so that nothing would ever be written."""
    now = datetime.now(UTC)
    inside = {target.windows: (at.line, f"target {target.name}")}
    for rule in target.rules:
        inside.setdefault(windows.joined((target.windows, rule.windows)), (rule.line, "the rule"))
    for closed, (line, who) in inside.items():
        if windows.opening(closed, now) is None:
            message = f"{who}: no opening within a year, so nothing it rules will be written"
            yield Problem(at.file, "never-open", message, "schedules add up: look for two that exclude", at.file, line)
            return


# ── the repository's file ────────────────────────────────────────────────────


def _tightened(delivery: Delivery, given: dict[str, Any]) -> Delivery:
    """The operator's delivery with the repository's wishes: people and labels are added, never taken away."""
    wishes = {**given, "draft": delivery.draft or given.get("draft", False)}
    for key in ("labels", "reviewers", "assignees"):
        wishes[key] = tuple(dict.fromkeys((*getattr(delivery, key), *given.get(key, ()))))
    return replace(delivery, **wishes)
