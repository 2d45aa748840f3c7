"""What can be said of CI that announces images: which issuers of tokens are believed, and who may announce what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tagwright import globs
from tagwright.config import checks
from tagwright.config.nodes import Node, Place, looks_secret
from tagwright.config.shapes import Choice, FilePath, Keys, Many, OneOrMany, Option, Shape, Text
from tagwright.config.window_options import IMAGES
from tagwright.hosts import is_loopback
from tagwright.model import Announcer, AnnounceRule, IssuerKind

_ISSUERS = {"github": "https://token.actions.githubusercontent.com", "gitlab": "https://gitlab.com"}
_LINE = Text()


class ClaimValues:
    """A mapping of claims' names to the value each must have, or a list of which one will do."""

    _values: Shape = OneOrMany(_LINE)

    def read(self, node: Node, at: Place) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
        if not isinstance(node.value, dict) or not node.value:
            at.wrong(node, "a mapping of claims, such as {repository_id: 123456}")
            return None
        at = replace(at, inside=node.value)
        if any(looks_secret(name) for name in node.value):
            at.mistake("a key that looks like a secret")
            return None
        read = {name: self._values.read(value, at.key(name)) for name, value in node.value.items()}
        return tuple((name, values) for name, values in read.items() if values)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "minProperties": 1, "additionalProperties": self._values.schema()}


def _build_rule(values: dict[str, Any], at: Place) -> AnnounceRule:
    if not values.get("repository") and not values.get("claims") and not at.marred():
        at.mistake("says neither repository nor claims", "say who may announce these images")
    named: dict[str, Any] = {"images": tuple(globs.image_pattern(pattern) for pattern in values.pop("images"))}
    plural = {f"{key}s": values.pop(key) for key in ("ref", "workflow") if key in values}
    return AnnounceRule(**named, **plural, **values, source=f"{at.file}:{at.line}")


_RULE = Keys(
    {
        "images": Option(IMAGES, "globs on the normalised names of the images that may be announced"),
        "repository": Option(_LINE, "whose jobs may: owner/name on GitHub, group/project on GitLab; exact"),
        "ref": Option(
            OneOrMany(Text("a glob such as refs/heads/main", checks.file_glob)),
            "globs of refs; a pull request's only where one begins with refs/pull/; absent = any branch or tag",
        ),
        "workflow": Option(
            OneOrMany(Text("such as .github/workflows/release.yaml", checks.file_glob)),
            "the workflow's file in that repository; or whole, with its @ref, for one that others share (globs)",
        ),
        "environment": Option(_LINE, "the deployment environment of the job; exact"),
        "claims": Option(ClaimValues(), "further claims and the value each must have, such as repository_id"),
    },
    build=_build_rule,
    required=("images",),
)


def _build_announcer(values: dict[str, Any], at: Place) -> Announcer | None:
    kind = IssuerKind(values["kind"])
    issuer = values.get("issuer", _ISSUERS.get(kind, ""))
    if not issuer:
        at.mistake("'issuer' is missing", "only github and gitlab have one that is known")
        return None
    for rule in values["rules"]:
        if kind is IssuerKind.OIDC and (rule.repository or rule.refs or rule.workflows or rule.environment):
            at.mistake("rules of kind: oidc know claims alone", "say claims: {name: value}")
    return Announcer(**{**values, "kind": kind, "issuer": issuer})


def _secure(text: str) -> str:
    parts = checks.split(text)
    clear = parts and parts.scheme == "http" and not is_loopback(parts.hostname or "")
    return checks.url(text) or ("an address with https, for whoever sits between could put in keys" if clear else "")


_SECURE = Text("an address such as https://gitlab.example.com", _secure)

ANNOUNCER = Keys(
    {
        "kind": Option(Choice(tuple(IssuerKind)), "how it names its claims"),
        "issuer": Option(
            _SECURE, "who signs the tokens, exactly as they say (iss); absent = github.com's, gitlab.com's"
        ),
        "audience": Option(_LINE, "whom the tokens must be for, exactly (aud), such as the address of this service"),
        "keys_url": Option(_SECURE, "where its keys are; absent = as its discovery document says, on its own host"),
        "ca_file": Option(FilePath(), "certificates to trust, PEM"),
        "rules": Option(Many(_RULE), "who may announce which images; nobody else may"),
    },
    build=_build_announcer,
    required=("kind", "audience", "rules"),
)
