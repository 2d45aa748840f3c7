"""Who in CI may announce which images, told by the identity that an issuer (OpenID Connect) vouches for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class IssuerKind(StrEnum):
    """How an issuer names its claims."""

    GITHUB = "github"
    GITLAB = "gitlab"
    OIDC = "oidc"  # any other: rules name its claims themselves


@dataclass(frozen=True, slots=True)
class AnnounceRule:
    """Who may announce `images` (globs on the normalised name); every condition must hold.

    `repository` is exact, `refs` and `workflows` are globs of which one must fit; empty = not asked. `claims` are pairs
    of a claim's name and its allowed values. `source` is where the rule stands ("tagwright.yaml:12").
    """

    images: tuple[str, ...]
    repository: str = ""
    refs: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()
    environment: str = ""
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Announcer:
    """An issuer of tokens that is believed, for one audience, and whom of those it vouches for we listen to.

    `keys_url` is where its keys are when its discovery document does not say; `ca_file` holds certificates to trust.
    """

    issuer: str
    audience: str
    kind: IssuerKind = IssuerKind.OIDC
    keys_url: str = ""
    ca_file: str = ""
    rules: tuple[AnnounceRule, ...] = ()
