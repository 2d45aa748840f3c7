"""Who somebody in CI is, by the claims of the token, and which images that one may announce. Pure.

    GitHub   https://docs.github.com/en/actions/reference/security/oidc
    GitLab   https://docs.gitlab.com/ci/secrets/id_token_authentication/

A job that runs for a pull request runs what a stranger wrote, and its claims may look like those of the main branch:
with GitHub's `pull_request_target` the ref is that of the base branch, and GitLab names the source branch, which may
be a fork's `main`. Such jobs are listened to only where a rule says so: by a ref of pull requests, or by naming the
event among its claims. GitLab's jobs must run for a protected ref, unless the rule names `ref_protected`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tagwright import globs
from tagwright.model import AnnounceRule, IssuerKind

_PULLS = ("refs/pull/", "refs/merge-requests/")
_EVENT = {IssuerKind.GITHUB: "event_name", IssuerKind.GITLAB: "pipeline_source"}
_FOREIGN = ("pull_request", "merge_request", "external_pull_request")


@dataclass(frozen=True, slots=True)
class Caller:
    """A job, as its issuer tells of it. `workflow` is whole ("acme/api/.github/workflows/ci.yaml@refs/heads/main")."""

    kind: IssuerKind
    claims: Mapping[str, Any]
    repository: str = ""
    ref: str = ""
    workflow: str = ""

    def claim(self, name: str) -> str | None:
        """A claim as text, as it would be written in a configuration; None when it is not there, or is no scalar."""
        value = self.claims.get(name)
        if isinstance(value, bool):
            return str(value).lower()
        return str(value) if isinstance(value, str | int) else None


def caller(kind: IssuerKind, claims: Mapping[str, Any]) -> Caller:
    """Who speaks, in the words of the issuer's kind."""
    plain = Caller(kind, claims)
    if kind is IssuerKind.GITHUB:
        workflow = plain.claim("job_workflow_ref") or plain.claim("workflow_ref") or ""
        return Caller(kind, claims, plain.claim("repository") or "", plain.claim("ref") or "", workflow)
    if kind is IssuerKind.GITLAB:
        workflow = plain.claim("ci_config_ref_uri") or ""
        return Caller(kind, claims, plain.claim("project_path") or "", _gitlab_ref(plain), workflow)
    return plain


def misfit(rule: AnnounceRule, who: Caller) -> str:
    """The first condition of a rule that does not hold, for our log; "" when all hold."""
    return next(_misfits(rule, who), "")


def _misfits(rule: AnnounceRule, who: Caller) -> Iterator[str]:
    if rule.repository and rule.repository != who.repository:
        yield f"repository is {who.repository!r}"
    if rule.refs and not globs.compile(rule.refs)(who.ref):
        yield f"ref is {who.ref!r}"
    if rule.workflows and not any(_is_workflow(wanted, who) for wanted in rule.workflows):
        yield f"workflow is {who.workflow!r}"
    if rule.environment and rule.environment != who.claim("environment"):
        yield f"environment is {who.claim('environment')!r}"
    for name, values in rule.claims:
        if who.claim(name) not in values:
            yield f"{name} is {who.claim(name)!r}"
    yield from _unasked(rule, {name for name, _ in rule.claims}, who)


def _unasked(rule: AnnounceRule, named: set[str], who: Caller) -> Iterator[str]:
    """What no rule allows by saying nothing of it."""
    event = _EVENT.get(who.kind, "")
    of_pulls = any(ref.startswith(_PULLS) for ref in rule.refs)
    if who.ref.startswith(_PULLS) and not of_pulls:
        yield f"ref is {who.ref!r}, a pull request's, which the rule does not name"
    if (who.claim(event) or "").startswith(_FOREIGN) and not of_pulls and event not in named:
        yield f"{event} is {who.claim(event)!r}, which the rule does not name"
    if who.kind is IssuerKind.GITLAB and "ref_protected" not in named and who.claim("ref_protected") != "true":
        yield f"ref_protected is {who.claim('ref_protected')!r}, and the rule does not name it"


def _is_workflow(wanted: str, who: Caller) -> bool:
    """A whole name with its @ref (globs), or the path of a file in the caller's own repository, at any ref."""
    if "@" in wanted:
        return globs.compile((wanted,))(who.workflow)
    file = who.workflow.partition("@")[0]
    if who.kind is IssuerKind.GITLAB:  # host/group/project//path
        place, _, path = file.partition("//")
        return path == wanted and bool(who.repository) and place.endswith(f"/{who.repository}")
    return file == f"{who.repository}/{wanted}"


def _gitlab_ref(who: Caller) -> str:
    """`ref_path`, which GitLab tells since 16.0; before, the short name and what it is of."""
    short, folder = who.claim("ref"), {"branch": "heads", "tag": "tags"}.get(who.claim("ref_type") or "", "")
    return who.claim("ref_path") or (f"refs/{folder}/{short}" if short and folder else "")
