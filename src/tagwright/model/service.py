"""How the service works: when it looks, where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.model.announced import Announcer
    from tagwright.model.configured import Secret
    from tagwright.model.hooked import Webhook


@dataclass(frozen=True, slots=True)
class Access:
    """Who may see the page: whoever knows the `token`, or whom a proxy says that it knows.

    The proxy writes the user's name to the `header`, which counts only from a peer in `trusted_proxies` (networks).
    `metrics`: and the same for /metrics.
    """

    token: Secret | None = None
    header: str = ""
    trusted_proxies: tuple[str, ...] = ()
    metrics: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """`tagwright serve`: it listens at `listen` ("host:port"), people reach it at `url` ("" = not said).

    It looks at every target each `interval`, or at the minutes that `schedule` names (five fields of cron each, on the
    wall clock of `timezone`), up to `jitter` later, so that many do not all ask at once (None = a tenth of the
    interval; a minute with a schedule). `grace` is how long a pass that is under way may take once it is told to stop.
    `trusted_proxies` are networks whose word on a client's address is believed; `announce` says who in CI may announce
    images, `access` who may see the page (None = everyone).
    """

    listen: str = "127.0.0.1:8080"
    url: str = ""
    interval: timedelta = timedelta(minutes=5)
    jitter: timedelta | None = None
    schedule: tuple[str, ...] = ()
    timezone: str = "UTC"
    grace: timedelta = timedelta(seconds=25)
    trusted_proxies: tuple[str, ...] = ()
    announce: tuple[Announcer, ...] = ()
    access: Access | None = None
    webhooks: tuple[Webhook, ...] = ()


AS_EVER = Service()
"""Where nobody says anything of it."""
