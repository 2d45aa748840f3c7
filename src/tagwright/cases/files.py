"""Files of cases, as `expectations` tells them: text -> cases, with all their mistakes at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tagwright.config import checks
from tagwright.config.documents import document
from tagwright.config.nodes import Node, Place, is_nothing, suggestion
from tagwright.config.policy_options import POLICY
from tagwright.config.shapes import Choice as OneOf
from tagwright.config.shapes import Keys, Many, Option, Text
from tagwright.errors import ConfigError, Problem
from tagwright.model import Candidate, Case, Reason, Verdict, Want


class _Instant:
    """A date and time as RFC 3339 writes it, or a date; without a zone it is UTC."""

    def read(self, node: Node, at: Place) -> datetime | None:
        try:
            moment = datetime.fromisoformat(node.value if isinstance(node.value, str) else "")
        except ValueError:
            at.wrong(node, "a date such as 2030-01-02T03:04:05Z")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class _Nothing(Text):
    """A tag, or null for none: ""."""

    def read(self, node: Node, at: Place) -> str | None:
        return "" if is_nothing(node) else Text.read(self, node, at)


class _Offered:
    """A tag's name, or a mapping with what is known of it."""

    def read(self, node: Node, at: Place) -> Candidate | None:
        if not isinstance(node.value, dict):
            name = _TAG.read(node, at)
            return Candidate(name, described=True) if name else None
        found: Candidate | None = _CANDIDATE.read(node, at)
        return found

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [_TAG.schema(), _CANDIDATE.schema()]}


class _Reasons:
    """Why each of some tags was not taken: a mapping of tags to reasons."""

    def read(self, node: Node, at: Place) -> tuple[tuple[str, str], ...] | None:
        if not isinstance(node.value, dict):
            at.wrong(node, "a mapping of tags to reasons, such as {2.0.0: out-of-range}")
            return None
        for tag, reason in node.value.items():
            if reason.value not in _REASONS:
                where = replace(at.key(tag), line=reason.line)
                where.wrong(reason, "a reason", suggestion(str(reason.value), _REASONS))
        return tuple((tag, str(reason.value)) for tag, reason in node.value.items())

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"enum": list(_REASONS)}}


_REASONS = tuple(str(reason) for reason in Reason)
_TAG = Text("a tag", checks.tag)
_CANDIDATE = Keys(
    {
        "tag": Option(_TAG, "its name"),
        "digest": Option(Text("sha256:…"), "what it points at"),
        "created": Option(_Instant(), "when the publisher says it was built"),
        "pushed": Option(_Instant(), "when the registry got it"),
        "first_seen": Option(_Instant(), "when it was first seen"),
        "before": Option(Text("sha256:…"), "what it pointed at before"),
        "platforms": Option(Many(Text("such as linux/amd64", checks.platform)), "what it runs on"),
    },
    build=lambda values, _at: Candidate(**values, described=True),
    required=("tag",),
)
_WANT = Keys(
    {
        "verdict": Option(OneOf(tuple(str(verdict) for verdict in Verdict)), "what becomes of the reference"),
        "tag": Option(_Nothing("a tag, or null"), "the tag that is taken, or stays; null = none"),
        "opening": Option(_Instant(), "when what is pending may be written"),
    },
    build=lambda values, _at: Want(**values),
)


def _build_case(values: dict[str, Any], at: Place) -> Case | None:
    if not values.get("want") and not values.get("why") and not at.marred():
        at.mistake("expects nothing", "say want: {verdict: update, tag: 1.3.0}, or why: {2.0.0: out-of-range}")
    if "image" in values and "current" not in values and not at.marred():
        at.mistake("'current' is missing", "the tag at which the configuration meets the image")
    tags = {candidate.tag for candidate in values["tags"]}
    for tag, _ in values.get("why", ()):
        if tag not in tags:
            at.key("why").mistake(f"{tag!r} is none of the tags", suggestion(tag, tuple(tags)))
    absent = {"policy": None, "current": None, "now": None, "image": "", "file": "", "target": ""}
    given: dict[str, Any] = {**absent, "want": Want(), "why": (), **values}
    return Case(path=at.file, line=at.line, **given)


_CASE = Keys(
    {
        "name": Option(Text("a name"), "what people call it"),
        "policy": Option(POLICY, "the policy to try"),
        "image": Option(Text("an image's name", checks.bound_image), "the image that the configuration rules"),
        "file": Option(Text("a path"), "the file it stands in"),
        "target": Option(Text("a name"), "the target whose rules count"),
        "current": Option(Text("a tag"), "the tag, perhaps with a digest, that stands now"),
        "tags": Option(Many(_Offered()), "what the registry offers"),
        "now": Option(_Instant(), "the moment of the decision; absent = now"),
        "want": Option(_WANT, "what is expected"),
        "why": Option(_Reasons(), "why tags are not taken"),
    },
    build=_build_case,
    required=("name", "tags"),
    one_of=("policy", "image"),
)
_FILE = Keys({"cases": Option(Many(_CASE), "the cases")}, build=lambda values, _at: values, required=("cases",))


def read(path: str) -> tuple[tuple[Case, ...], tuple[Problem, ...]]:
    """The cases of a file, and its mistakes."""
    at = Place(path)
    try:
        node = document(Path(path).read_bytes(), at)
    except OSError as error:
        return (), (Problem(path, "config", f"cannot be read: {error.strerror or error}", path=path),)
    except ConfigError as error:
        return (), error.problems
    if isinstance(node.value, tuple):
        cases = _FILE.options["cases"].shape.read(node, at)
    else:
        cases = (_FILE.read(node, at) or {}).get("cases", ())
    if not cases and not at.mistakes:
        at.mistake("holds no case", "a list of {name, policy or image, current, tags, want, why}")
    return cases or (), at.sorted()
