"""What senders send means what they say it means: webhooks.yaml, the peers' own table, and recorded deliveries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright.model.hints import Asked, Hint, Moved, Pushed
from tagwright.webhooks import SENDERS, Unreadable, hints, message

HERE = Path(__file__).parent
TABLE = yaml.safe_load((HERE / "webhooks.yaml").read_text("utf-8"))


def heard(kind: str, payload: bytes, headers: Mapping[str, str] | None = None, registry: str = "") -> tuple[Hint, ...]:
    """What a body hints at."""
    lowered = {name.lower(): value for name, value in (headers or {}).items()}
    return hints(kind, message(payload, lowered, registry))


def said(hint: Hint) -> str:
    """A hint as the table writes it."""
    if isinstance(hint, Pushed):
        tags = f":{','.join(hint.tags)}" if hint.tags else ""
        return f"{hint.image}{tags}{f'@{hint.digest}' if hint.digest else ''}"
    if isinstance(hint, Moved):
        return f"branch {hint.branch} of {hint.addresses[0]}"
    assert isinstance(hint, Asked)
    return f"{hint.user} asks {hint.command} in #{hint.number} of {hint.addresses[0]}"


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one['kind']}: {one['name']}") for one in TABLE])
def test_a_payload_as_its_vendor_documents_it(case: dict[str, Any]) -> None:
    """It hints at what the table says, and at nothing else."""
    body = json.dumps(case["payload"]).encode()
    if case.get("refused"):
        with pytest.raises(Unreadable):
            heard(case["kind"], body, case.get("headers"), case.get("registry", ""))
        return
    found = heard(case["kind"], body, case.get("headers"), case.get("registry", ""))
    assert [said(hint) for hint in found] == case["hints"]


def test_every_sender_has_a_line() -> None:
    """A kind without a documented payload is a guess."""
    assert {one["kind"] for one in TABLE if one.get("hints")} == set(SENDERS)


def test_recorded_deliveries_of_a_real_registry(shared: Path) -> None:
    """Of pushes of layers, manifests and an index, a pull and deletes only the tags that were pushed are hints."""
    recorded = (shared / "recorded/docker-registry-2.8-notifications.jsonl").read_text("utf-8").splitlines()
    found: list[Hint] = []
    for line in recorded:
        delivery = json.loads(line)
        found += heard("distribution", json.dumps(delivery["body"]).encode(), delivery["headers"])
    assert [(hint.image, hint.tags) for hint in found if isinstance(hint, Pushed)] == [
        ("127.0.0.1:17005/team/web", ("2.0.0",)),
        ("127.0.0.1:17005/team/web", ("2.1.0",)),
    ]
