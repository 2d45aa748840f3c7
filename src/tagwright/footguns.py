"""What a configuration may say and hardly means. Warnings, never mistakes: each with what to write instead.

Of one policy alone (`of_policy`), of rules in their order (`shadowed`), of a target (`of_target`), of the service
(`of_service`), of what stands in a repository (`of_reference`), and of the tags that a registry offers (`of_tags`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from tagwright import globs, policies, version
from tagwright.errors import PolicyError, Problem
from tagwright.hosts import is_loopback
from tagwright.model import Mode, PolicyKind, PolicySpec, Reference, Rule, Service, Target
from tagwright.ranges import parse_range

MUTABLE = frozenset({
    "latest", "main", "master", "stable", "edge", "nightly", "dev", "develop", "development", "snapshot", "head",
    "trunk", "canary",
})  # fmt: skip
"""Tags that everybody moves."""

_FLUX_WHOLE = r"\..*\."  # what the reader of ImagePolicies puts before every semver range
_ANYTHING = frozenset({"*", "**", "re:", "re:.*", "re:^.*$", "re:.+", "re:^.+$", "re:^", "re:$"})
_OPEN_START = re.compile(r"(?:\(\?[a-zA-Z]+\))?\(*(?:\^|\\A|\.\*)")
_OPEN_END = re.compile(r"(?:\$|\\z|\.\*|\.\+)\)*$")
_STARS = re.compile(r"\*\*/?|\*")
_LITERAL = re.compile(r"\^((?:[\w-]|\\\.)+)\$")

Said = tuple[str, str, str]
"""Code, message and hint."""


def of_policy(spec: PolicySpec) -> Iterator[Problem]:
    """What is wrong with a policy, whatever it rules."""
    path, _, line = spec.source.rpartition(":")
    for look in (_range, _newest, _filter, _extract, _age, _downgrade, _nothing):
        for code, message, hint in look(spec):
            yield Problem(path, code, message, hint, path, int(line or 0))


def _range(spec: PolicySpec) -> Iterator[Said]:
    if spec.kind is not PolicyKind.SEMVER:
        return
    try:
        spans = parse_range(spec.argument).spans
    except PolicyError:  # which is a mistake, and told as one
        return
    if empty := [span for span in spans if span.low >= span.high]:
        what = "no version can be in it" if len(empty) == len(spans) else "a part of it holds no version"
        yield "range-empty", f"semver: {spec.argument}: {what}", 'write the lower end first: ">1 <2"; "||" means or'
    if spec.prereleases and any(span.high[0] == float("inf") and not any(span.low[:3]) for span in spans):
        message = f"semver: {spec.argument!r} with prereleases: true takes every prerelease of every coming version"
        yield "prereleases-unbounded", message, 'bound it: semver: "^1", or leave prereleases out'


def _newest(spec: PolicySpec) -> Iterator[Said]:
    if spec.kind is PolicyKind.NEWEST and not (spec.filter or spec.allow):
        message = f"newest: {spec.argument} without filter or allow takes whatever was made last, of any branch"
        yield "newest-unbounded", message, "say which tags are meant: filter: {pattern: '^main-'}"


def _filter(spec: PolicySpec) -> Iterator[Said]:
    pattern = spec.filter.pattern if spec.filter else ""
    if not pattern or pattern == _FLUX_WHOLE or _OPEN_START.match(pattern) or _OPEN_END.search(pattern):
        return
    message = f"the filter {pattern!r} has no anchor, so it matches anywhere in a tag"
    yield "filter-unanchored", message, f"write '^{pattern}$', or .* where anything may stand"


def _extract(spec: PolicySpec) -> Iterator[Said]:
    """An extract that orders nothing: without a group, under a policy that does not read it, or left out."""
    if spec.filter is None:
        return
    extract, pattern = spec.filter.extract, spec.filter.pattern
    if extract and "$" not in extract:
        message = f"extract {extract!r} names no group, so every tag looks the same"
        yield "extract-constant", message, "name what orders the tags: $1, or $ts for (?P<ts>…)"
    elif extract and spec.kind in (PolicyKind.NEWEST, PolicyKind.DIGEST):
        message = f"{spec.kind}: {spec.argument} does not look at extract {extract!r}"
        yield "extract-unused", message, "leave extract out, or use numerical, semver, calver or alphabetical"
    elif not extract and spec.kind is PolicyKind.NUMERICAL and re.search(r"\((?!\?[:a-zA-Z])|\(\?P?<", pattern):
        message = f"numerical sees the whole tag: the filter {pattern!r} has a group, and no extract names it"
        yield "extract-missing", message, "add extract: '$1', or the group's name"


def _age(spec: PolicySpec) -> Iterator[Said]:
    if spec.minimum_age and spec.kind is PolicyKind.DIGEST:
        message = f"minimum_age starts anew whenever {spec.argument} is pushed: one that moves often never gets old"
        yield "age-of-moving-tag", message, "follow versions (semver, compatible), or leave minimum_age out"


def _downgrade(spec: PolicySpec) -> Iterator[Said]:
    if spec.allow_downgrade and spec.kind is PolicyKind.NEWEST:
        message = f"newest: {spec.argument} with allow_downgrade goes back as soon as the newest tag is deleted"
        yield "newest-downgrade", message, "leave allow_downgrade out: `set --allow-downgrade` goes back once"


def _nothing(spec: PolicySpec) -> Iterator[Said]:
    """Allow and ignore that leave no tag."""
    everything = next((glob for glob in spec.ignore if glob in _ANYTHING), "")
    literals = [match[1].replace("\\.", ".") for match in map(_LITERAL.fullmatch, spec.allow) if match]
    refused = bool(spec.allow) and all(f"re:{pattern}" in spec.ignore for pattern in spec.allow)
    if literals and len(literals) == len(spec.allow):
        refused = refused or all(_refused(spec, tag) for tag in literals)
    if everything or refused:
        what = f"ignore has {everything!r}" if everything else "ignore takes away all that allow lets in"
        yield "rule-without-effect", f"{what}: no tag is left", "a hold leaves a reference alone, with a reason"


def _refused(spec: PolicySpec, tag: str) -> bool:
    try:
        return policies.build(spec)[1].refuse(tag) is not None
    except PolicyError:
        return False


# ── rules in their order ─────────────────────────────────────────────────────


def shadowed(rules: Sequence[Rule]) -> Iterator[Problem]:
    """Rules that can never match, because one before them takes all that they name."""
    for at, rule in enumerate(rules):
        first = next((one for one in rules[:at] if _takes(one.images, rule.images) and _files(one, rule)), None)
        if first and not (rule.name and ":" in rule.name):  # one that a Flux marker may name
            where = f"{first.path}:{first.line}" if first.path != rule.path else f"line {first.line}"
            message = f"the rule for {', '.join(rule.images)} never matches: the one on {where} comes before it"
            yield Problem(rule.path, "rule-shadowed", message, "put the narrower rule first", rule.path, rule.line)


def _files(first: Rule, second: Rule) -> bool:
    return not first.files or (bool(second.files) and _takes(first.files, second.files))


def _takes(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Does everything that the second globs match also match the first, as far as samples can tell?"""
    matches = globs.compile(first)
    return all(pattern in first or all(map(matches, _samples(pattern))) for pattern in second)


def _samples(pattern: str) -> list[str]:
    """Names that a glob matches, with nothing, a word that no glob holds, and several parts where its stars stand."""
    if re.search(r"[?\[{]", pattern):
        return [""]  # which no glob of names matches but **, so that nothing is said
    return [_STARS.sub(partial(_filled, *words), pattern) for words in (("", ""), ("\0", "\0"), ("\0-\0", "\0/\0/\0"))]


def _filled(one: str, many: str, star: re.Match[str]) -> str:
    slash = "/" if star[0].endswith("/") and many else ""
    return f"{many}{slash}" if star[0].startswith("**") else one


# ── targets and what stands in them ──────────────────────────────────────────


def of_target(target: Target) -> Iterator[Problem]:
    """Policies under which an unreviewed commit would be a leap."""
    if target.delivery.mode is not Mode.COMMIT or target.folder:
        return
    specs = [rule.policy for rule in (*target.own_rules, *target.rules)]
    for spec in (*specs, *filter(None, (target.own_defaults, target.defaults))):
        if spec.kind is PolicyKind.COMPATIBLE and spec.argument in ("major", "any"):
            path, _, line = spec.source.rpartition(":")
            message = f"compatible: {spec.argument} with delivery.mode: commit puts a new major version live unseen"
            hint = "use mode: pull-request, or compatible: minor"
            yield Problem(path, "unreviewed-major", message, hint, path, int(line or 0))


def of_service(service: Service) -> Iterator[Problem]:
    """A page that everyone on a network may read."""
    if service.access is None and not is_loopback(service.listen):
        message = f"the page at {service.listen} shows the names of targets and images to everyone who reaches it"
        hint = "say who may see it: serve.access: {token_env: …}, or leave it to a NetworkPolicy"
        yield Problem("serve.access", "open-page", message, hint)


def of_reference(reference: Reference, spec: PolicySpec | None) -> Iterator[Problem]:
    """A tag that moves, which says nothing of what runs."""
    tag = reference.image.tag or "latest"
    if reference.image.digest or not reference.image.name or tag not in MUTABLE or reference.locked:
        return
    if spec and spec.pin_digest:
        return
    message = f"{reference.image} stands at a tag that moves, so Git does not say what runs"
    hint = f"pin it: policy: {{digest: {tag}, pin_digest: true}}"
    yield Problem(reference.path, "mutable-tag", message, hint, reference.path, reference.line)


# ── tags that a registry offers ──────────────────────────────────────────────


def of_tags(spec: PolicySpec, image: str, tags: Iterable[str]) -> Iterator[Problem]:
    """A range that no tag satisfies, and one whose highest tag is a bare number."""
    if spec.kind is not PolicyKind.SEMVER:
        return
    policy, gates = policies.build(spec)
    rank = policy.ranker(None)
    every = list(tags)
    left = [tag for tag in every if not gates.refuse(tag)]
    seen = [(tag, text) for tag in left if (text := gates.extract(tag) if gates.extract else tag) is not None]
    inside = [(place, tag, text) for tag, text in seen if (place := rank(text)) is not None]
    path, _, line = spec.source.rpartition(":")
    if not inside:
        message = f"no tag of {image} is in {spec.argument!r}"
        hint = f"the highest is {_highest(seen)}" if _highest(seen) else "none of them is a version"
        if not seen:
            hint = f"filter, allow and ignore leave none of its {len(every)} tags" if every else "it has no tag"
        yield Problem(path or image, "range-unsatisfied", message, hint, path, int(line or 0))
        return
    _, tag, text = max(inside)
    dotted = next((one for _, one, other in sorted(inside, reverse=True) if "." in other), "")
    if re.fullmatch(r"v?[0-9]+", text) and (not dotted or len(text) > 4):
        what = f"outranks {dotted}" if dotted else "is a bare number, as all are"
        message = f"{image}: in {spec.argument!r} the highest tag {tag} {what}"
        hint = "numbers are for numerical, dates for calver; an upper bound or a filter keeps them out of semver"
        yield Problem(path or image, "numeric-tags", message, hint, path, int(line or 0))


def _highest(seen: list[tuple[str, str]]) -> str:
    known = [(place, tag) for tag, text in seen if (place := version.parse(text)) is not None]
    return max(known)[1] if known else ""
