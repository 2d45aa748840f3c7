"""Webhooks of Argo CD Image Updater's table mean the same here, save where webhook_differences.yaml says why not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from tagwright import image
from tagwright.model.hints import Pushed
from tagwright.webhooks import Unreadable, hints, message
from tests.support.asgi import Reply, post
from tests.support.hooked import Room, hook

DIFFERENCES = yaml.safe_load((Path(__file__).parent / "webhook_differences.yaml").read_text("utf-8"))
KINDS = {
    "docker": "docker-hub", "docker.io": "docker-hub", "ghcr": "github", "ghcr.io": "github", "harbor": "harbor",
    "quay": "quay", "acr": "acr", "aliyun": "aliyun", "cloudevents": "cloudevents",
}  # fmt: skip
HEADERS = {"cloudevents": "X-Webhook-Secret"}  # where the peer takes it


def sent(case: dict[str, Any], name: str, room: Room) -> Reply:
    """The case's request at the address of a webhook."""
    body = case["payload"].encode() or b"x" * case.get("payload_size_bytes", 0)
    return post(room.app, f"/hooks/{name}", body, case["headers"], urlencode(case["query"]), case["method"])


def validate(case: dict[str, Any]) -> bool:
    """The sender is let in, or is not."""
    kind = KINDS[case["registry_kind"]]
    given = {"header": HEADERS[kind]} if kind in HEADERS and case["secret"] else {}
    room = Room((hook(kind, unauthenticated=not case["secret"], **given),))
    accepted = sent(case, kind, room).status not in (401, 405, 415)
    return accepted is case["expect"]["accepted"]


def parse(case: dict[str, Any]) -> bool:
    """The payload names that tag of that image, or nothing."""
    headers = {name.lower(): value for name, value in case["headers"].items()}
    headers.setdefault("x-github-event", "package")
    try:
        found = hints(KINDS[case["registry_kind"]], message(case["payload"].encode(), headers))
    except Unreadable:
        found = ()
    wanted = case["expect"]["event"]
    if wanted is None or not wanted["registry"]:  # a hint at no registry is none
        return found == ()
    digest = wanted["digest"] if image.DIGEST.fullmatch(wanted["digest"]) else ""
    return found == (Pushed(f"{wanted['registry']}/{wanted['repository']}", (wanted["tag"],), digest),)


def route(case: dict[str, Any]) -> bool:
    """What the peer tells by a type, we tell by the address."""
    room = Room(tuple(hook(KINDS[one], unauthenticated=True) for one in case["handlers"]))
    told = case["query"].get("type") or case["headers"].get("X-Registry-Type", "")
    answered = sent(case, KINDS.get(told, "none"), room)
    if "type" in case["expect"]:
        return bool(answered.status == 202)
    wanted = case["expect"]["event"]
    return room.noted.images == ([f"{wanted['registry']}/{wanted['repository']}"] if wanted else [])


def http(case: dict[str, Any]) -> bool:
    """The answer's status; what is taken is 202 here, as it is looked at later."""
    room = Room(tuple(hook(KINDS[one], unauthenticated=True) for one in case["handlers"]))
    name = KINDS.get(case["query"].get("type", ""), "docker-hub" if case["method"] == "GET" else "none")
    if case["path"] == "/healthz":
        return bool(post(room.app, "/healthz", b"", method="GET").status == case["expect"]["status"])
    wanted = int(case["expect"]["status"])
    return sent(case, name, room).status == {200: 202}.get(wanted, wanted)


def match(case: dict[str, Any]) -> bool:
    """The images that an event is about."""
    event = image.normalise(f"{case['event']['registry']}/{case['event']['repository']}")
    kept = [one["alias"] for one in case["images"] if image.parse(one["image"]).normalised == event]
    return bool(kept == case["expect"]["kept"])


STAGES = {"validate": validate, "parse": parse, "route": route, "http": http, "match": match}


@pytest.mark.parametrize("stage", STAGES)
def test_the_peers_table(shared: Path, stage: str) -> None:
    """Every entry agrees but the listed differences, and those all still differ."""
    table = json.loads((shared / "vectors/argo-webhooks.json").read_text("utf-8"))
    cases = [case for case in table if case["stage"] == stage]
    named = {f"{stage}: {kind + ': ' if (kind := case['registry_kind']) else ''}{case['name']}": case for case in cases}
    assert cases
    assert len(named) == len(cases)
    differ = {name for name, case in named.items() if not STAGES[stage](case)}
    assert differ == {name for name in DIFFERENCES if name.startswith(f"{stage}: ")}
