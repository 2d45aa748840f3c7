"""What a run asked of registries and forges: by the host that got the request, by image, and by the rule it was for."""

from __future__ import annotations

from dataclasses import dataclass

from tagwright.errors import Problem


@dataclass(frozen=True, slots=True)
class HostCost:
    """Requests that one host got, logins, retries and redirects included.

    `retries` of them asked again for what had failed, `limited` were answered 429 (too many requests). `waited` are
    the seconds that threads waited for this host's turn: a rate, a Retry-After, a pause before a retry. `remaining` is
    how many it still allows, as it said last.
    """

    host: str
    requests: int
    retries: int = 0
    limited: int = 0
    waited: float = 0.0
    remaining: int | None = None


@dataclass(frozen=True, slots=True)
class ImageCost:
    """Requests sent for one image repository, by its normalised name, to whichever host.

    Of them `lists` were for its list of tags, `tags` for what single tags are (digest, platforms, dates), `pushes` for
    when tags were pushed, by the registry's own API. A login is counted where it was first needed. `answered` is the
    endpoint that told its tags, where the configuration names endpoints; "" when none of them did.
    """

    image: str
    requests: int
    lists: int = 0
    tags: int = 0
    pushes: int = 0
    answered: str = ""


@dataclass(frozen=True, slots=True)
class RuleCost:
    """What the images of a rule cost; `source` as `explain` names it. An image of several rules counts for each."""

    source: str
    images: int
    requests: int


@dataclass(frozen=True, slots=True)
class Cost:
    """One run's requests to registries, the dearest first; `forges` are the hosts of forges that got any.

    `warnings` are the rules that cost more than they need.
    """

    hosts: tuple[HostCost, ...] = ()
    images: tuple[ImageCost, ...] = ()
    rules: tuple[RuleCost, ...] = ()
    warnings: tuple[Problem, ...] = ()
    forges: tuple[HostCost, ...] = ()

    @property
    def requests(self) -> int:
        """All that registries got."""
        return sum(host.requests for host in self.hosts)
