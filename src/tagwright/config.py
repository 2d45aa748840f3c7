"""Configuration: YAML text -> frozen `Config`, with every mistake at once, each at its line.

    load(path)                      the operator's file
    merge_repository(target, …)     a target's own .tagwright.yaml: it can tighten, never loosen
    policy_spec(mapping, where)     one policy, from JSON or flags
    schema()                        JSON Schema of both files, for editors
    rule_for(reference, …)          which policy rules a reference (rules.py)

The keys themselves are declared in `options.py`. What a target says overrides what the
file says at its top: `rules` and `defaults` as a whole, `files` and `delivery` key by key.
Paths of files (keys, certificates, local repositories) count from the file's folder.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagwright import holds, options, windows
from tagwright.errors import ConfigError, Problem
from tagwright.globs import selects
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
    Target,
    Windows,
)
from tagwright.nodes import Node, Place
from tagwright.policy_options import policy_spec
from tagwright.rules import bindings_of, holds_beside, marker_policy, rule_for
from tagwright.shapes import duration

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node as YamlNode

__all__ = [
    "bindings_of",
    "duration",
    "forge_kind",
    "holds_beside",
    "load",
    "marker_policy",
    "merge_repository",
    "own_references",
    "policy_spec",
    "rule_for",
    "schema",
    "selects",
]

REPOSITORY_FILE = ".tagwright.yaml"
_WHOLE = ("rules", "defaults", "references", "allow_repository_config")  # a target's word replaces the file's
_MOST_NODES = 200_000  # a file of aliases can stand for more values than there is memory
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
        holds=(*values.get("holds", ()), *target.holds),
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
    return options.FILE.read(_parse(data, at), at) or ({}, at)


# ── YAML ─────────────────────────────────────────────────────────────────────


def _parse(data: bytes, at: Place) -> Node:
    """The document as nodes with lines; duplicate keys are mistakes. Raises ConfigError where it is no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        root = YAML(typ="safe", pure=True).compose(data.decode("utf-8-sig"))
        return Node({}) if root is None else _node(root, at, iter(range(_MOST_NODES)))
    except UnicodeDecodeError:
        problem = Problem(at.file, "config", "is no UTF-8 text", path=at.file)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        alias = error.context in ("while scanning an alias", "while scanning an anchor")
        hint = "put quotes around a text that begins with * or &" if alias else ""
        said = f"is no YAML: {_without_quotes(error.problem)}"
        problem = Problem(at.file, "config", said, hint, path=at.file, line=line)
    except (YAMLError, RecursionError):
        problem = Problem(at.file, "config", "is no YAML that can be read", path=at.file)
    except StopIteration:
        problem = Problem(at.file, "config", f"holds more than {_MOST_NODES} values", path=at.file)
    raise ConfigError((problem,))


def _without_quotes(problem: str | None) -> str:
    """What the parser says, without the name it quotes: an alias or tag can be a mistyped secret."""
    return (problem or "it ends in the middle").partition(" '")[0]


def _node(found: YamlNode, at: Place, budget: Any, line: int = 0) -> Node:
    from ruamel.yaml.nodes import ScalarNode, SequenceNode

    next(budget)
    line = line or found.start_mark.line + 1
    if isinstance(found, SequenceNode):
        return Node(tuple([_node(item, at, budget) for item in found.value]), line)
    if isinstance(found, ScalarNode):
        return Node(found.value, line, plain=not found.style)
    keys: dict[str, Node] = {}
    for key, value in found.value:
        key_line = key.start_mark.line + 1
        if key.id != "scalar" or key.value in keys:
            what = "a key stands twice" if key.id == "scalar" else "a key that is no text"
            replace(at, line=key_line).mistake(
                what, f"first on line {keys[key.value].line}" if key.id == "scalar" else ""
            )
        else:
            keys[key.value] = _node(value, at, budget, key_line)
    return Node(keys, line)


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
    return Config(tuple(t for t, _ in named), tuple(r for r, _ in registries), tuple(dict.fromkeys(warnings)))


def _scoped(base: Target, values: dict[str, Any], at: Place) -> Target:
    """What the top level or a target says, over what holds already: files and delivery key by key."""
    inside, rules = _windows(base.windows, values)
    own = {**{key: values[key] for key in _WHOLE if key in values}, "windows": inside}
    own["holds"] = (*values.get("holds", ()), *base.holds)
    if rules:
        own["rules"] = rules
    given = values.get("delivery", {})
    files = replace(base.files, **values.get("files", {}))
    target = replace(base, **own, files=files, delivery=replace(base.delivery, **_moded(given)))
    _check_rules(target.rules, given.get("group", ""), at)
    return target


def _windows(around: Windows, values: dict[str, Any]) -> tuple[Windows, tuple[Rule, ...]]:
    """The windows of a scope with those around it, and its rules with theirs in the scope's time zone."""
    inside = windows.joined((around, _in_zone(options.windows(values), around)))
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
        access=replace(access, token=access.token or forge.token),
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
