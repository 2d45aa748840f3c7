"""The room of webhooks without the rest of the house: what it would have looked at is written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from starlette.applications import Starlette

from tagwright.model import Config, Secret, Service, Target, Webhook
from tagwright.serve.house import House
from tagwright.serve.web import health, hooks
from tagwright.serve.web.edge import Edge

SECRET, BEFORE = "test-secret", "the-one-before"
ENVIRON = {"S": SECRET, "BEFORE": BEFORE}


@dataclass
class Noted:
    """Stands where the agenda does."""

    images: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)

    def hint(self, images: Iterable[str], told: datetime | None = None) -> int:
        self.images += images
        return len(self.images)

    def due(self, names: Iterable[str], asked: Iterable[str] = (), told: datetime | None = None) -> int:
        self.targets += (found := list(names))
        return len(found)


class Unseen:
    """Stands where the board does: nothing was looked at yet."""

    def of(self, target: Target) -> None:
        return None


@dataclass
class Room:
    """The application with these webhooks, at a time that a test sets."""

    webhooks: tuple[Webhook, ...]
    targets: tuple[Target, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    now: datetime = datetime(2026, 1, 10, 12, tzinfo=UTC)
    noted: Noted = field(default_factory=Noted)

    def __post_init__(self) -> None:
        config = Config(targets=self.targets, service=Service(webhooks=self.webhooks))
        self.house = House(config, cast(Any, self.noted), cast(Any, Unseen()), lambda: self.now)
        inside = Starlette(routes=[*health.routes(self.house), *hooks.routes(self.house, self.environ)])
        self.app = Edge(inside, self.house.strangers)


def hook(kind: str, name: str = "", **given: Any) -> Webhook:
    """A webhook of a kind, with the secret of the room unless it has none."""
    named = {} if given.get("unauthenticated") else {"secret": Secret(env="S")}
    return Webhook(name or kind, kind, **{**named, **given})
