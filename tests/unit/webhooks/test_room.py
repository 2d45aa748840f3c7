"""What a sender is answered at /hooks/NAME, and what is looked at for it."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tagwright.announce.google import pusher
from tagwright.errors import UsageError
from tagwright.model import Config, Secret, Service, Target, Webhook
from tagwright.model.hooked import SENDERS
from tagwright.serve.web import hooks
from tests.support.asgi import Reply, post
from tests.support.hooked import BEFORE, SECRET, Room, hook
from tests.support.issuer import AUDIENCE, KEYS, issuer
from tests.vectors.test_webhooks import TABLE

JSON = {"Content-Type": "application/json"}
IMAGE = json.dumps({"image": "ghcr.io/acme/api:1.4.2"}).encode()


def signed(digest: str, name: str, prefix: str = "") -> Callable[[bytes, str], dict[str, str]]:
    return lambda body, secret: {name: prefix + hmac.new(secret.encode(), body, getattr(hashlib, digest)).hexdigest()}


def bearer(_: bytes, secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


SIGNS: dict[str, Callable[[bytes, str], dict[str, str]]] = {
    "github": signed("sha256", "X-Hub-Signature-256", "sha256="),
    "gitea": signed("sha256", "X-Gitea-Signature"),
    "nexus": signed("sha1", "X-Nexus-Webhook-Signature"),
    "jfrog": signed("sha256", "X-JFrog-Event-Auth"),
    "gitlab": lambda _, secret: {"X-Gitlab-Token": secret},
    **dict.fromkeys(("harbor", "ecr", "acr", "distribution", "cloudevents", "cdevents", "json"), bearer),
}
IN_URL = ("docker-hub", "quay", "aliyun")
KINDS = [kind for kind in SENDERS if kind != "gar"]


def payload(kind: str) -> tuple[bytes, dict[str, str], str]:
    """A documented payload of a kind that hints at something, its headers, and the hook's registry."""
    case = next(one for one in TABLE if one["kind"] == kind and one.get("hints"))
    return json.dumps(case["payload"]).encode(), case.get("headers", {}), case.get("registry", "")


def send(room: Room, kind: str, secret: str, way: str = "path") -> Reply:
    """A delivery that proves itself by a secret."""
    body, headers, _ = payload(kind)
    if kind in IN_URL:
        path, query = (f"/hooks/{kind}/{secret}", "") if way == "path" else (f"/hooks/{kind}", f"secret={secret}")
        return post(room.app, path, body, JSON | headers, query)
    return post(room.app, f"/hooks/{kind}", body, JSON | headers | SIGNS[kind](body, secret))


def room_of(kind: str, **given: Any) -> Room:
    registry = payload(kind)[2]
    return Room((hook(kind, registry=registry, **given),), (TARGET,))


TARGET = Target("deploy", "https://gitlab.example.com/acme/deploy.git", branch="main")


@pytest.mark.parametrize("kind", KINDS)
def test_a_sender_that_proves_itself_is_heard(kind: str) -> None:
    """202, and what it names is looked at."""
    room = room_of(kind)
    answered = send(room, kind, SECRET)
    assert (answered.status, answered.json.keys()) == (202, {"images", "targets"})
    assert room.noted.images or room.noted.targets


@pytest.mark.parametrize("kind", KINDS)
def test_a_sender_that_does_not_is_not(kind: str) -> None:
    """401 for a wrong secret and for none, with words that say nothing; nothing is looked at."""
    room = room_of(kind)
    body, headers, _ = payload(kind)
    for answered in (send(room, kind, "wrong"), post(room.app, f"/hooks/{kind}", body, JSON | headers)):
        assert answered.status == 401
        assert SECRET not in answered.body.decode()
    assert (room.noted.images, room.noted.targets) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_while_a_secret_is_changed_both_count(kind: str) -> None:
    """The one before is taken as long as it is named, and no longer."""
    assert send(room_of(kind, previous_secret=Secret(env="BEFORE")), kind, BEFORE).status == 202
    assert send(room_of(kind, previous_secret=Secret(env="BEFORE")), kind, SECRET).status == 202
    assert send(room_of(kind), kind, BEFORE).status == 401


@pytest.mark.parametrize("kind", IN_URL)
def test_a_secret_in_the_query(kind: str) -> None:
    """Both places in the address are taken of those who can do nothing else."""
    assert send(room_of(kind), kind, SECRET, "query").status == 202
    assert send(room_of(kind), kind, "wrong", "query").status == 401


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in IN_URL])
def test_who_has_a_header_has_no_secret_in_the_address(kind: str) -> None:
    """An address is written into logs on its way."""
    body, headers, _ = payload(kind)
    room = room_of(kind)
    assert post(room.app, f"/hooks/{kind}/{SECRET}", body, JSON | headers, f"secret={SECRET}").status == 401


def test_a_header_that_the_configuration_names() -> None:
    """It holds the secret instead of the usual one."""
    room = Room((hook("json", header="X-Hook-Token"),))
    assert post(room.app, "/hooks/json", IMAGE, JSON | {"X-Hook-Token": SECRET}).status == 202
    assert post(room.app, "/hooks/json", IMAGE, JSON | {"Authorization": SECRET}).status == 401


def test_whoever_needs_no_proof_is_heard_so_often() -> None:
    """By explicit choice anybody is heard; one address only so many times, then 429 with when to come again."""
    room = Room((hook("json", unauthenticated=True), hook("json", "safe")))
    answers = [post(room.app, "/hooks/json", IMAGE, JSON) for _ in range(30)]
    assert {one.status for one in answers} == {202, 429}
    assert int(answers[-1].headers["retry-after"]) > 0
    assert post(room.app, "/hooks/safe", IMAGE, JSON | {"Authorization": SECRET}).status == 202


@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_whoever_needs_no_proof_commands_nothing(kind: str) -> None:
    """A comment names its author, and anybody could name one who may write; their commits would be gone."""
    case = next(one for one in TABLE if one["kind"] == kind and one["name"] == "somebody asks for a rebase")
    body, headers = json.dumps(case["payload"]).encode(), JSON | case.get("headers", {})
    host = "git" if kind == "gitea" else kind
    target = Target("deploy", f"https://{host}.{'com' if kind == 'github' else 'example.com'}/acme/deploy.git")
    for open_to_all, targets in ((True, 0), (False, 1)):
        room = Room((hook(kind, unauthenticated=open_to_all),), (target,))
        answered = post(room.app, f"/hooks/{kind}", body, headers | SIGNS[kind](body, SECRET))
        assert (answered.status, answered.json["targets"]) == (202, targets)


def test_a_sender_that_proves_itself_is_never_told_to_wait() -> None:
    """However often it sends."""
    room = Room((hook("json"),))
    assert {post(room.app, "/hooks/json", IMAGE, JSON | {"Authorization": SECRET}).status for _ in range(200)} == {202}


def test_what_is_no_webhook() -> None:
    """An unknown name, another method, a form, too much, and what is no JSON each have their own status."""
    room, proof = Room((hook("json"),)), {"Authorization": SECRET}
    assert post(room.app, "/hooks/other", IMAGE, JSON | proof).status == 404
    got = post(room.app, "/hooks/json", b"", method="GET")
    assert (got.status, got.headers["allow"]) == (405, "POST")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert post(room.app, "/hooks/json", b"payload=%7B%7D", form | proof).status == 415
    assert post(room.app, "/hooks/json", b"x" * ((1 << 20) + 1), JSON | proof).status == 413
    assert post(room.app, "/hooks/json", b"{", JSON | proof).status == 400
    assert post(room.app, "/hooks/json", b"[" * 100_000, JSON | proof).status == 400
    assert room.noted.images == []


def test_what_cannot_be_placed_is_told() -> None:
    """The sender's log says what to configure; whoever does not prove itself learns nothing of it."""
    body = json.dumps(next(one["payload"] for one in TABLE if one["name"] == "no origin and no registry")).encode()
    room = Room((hook("jfrog"),))
    answered = post(room.app, "/hooks/jfrog", body, JSON | {"X-JFrog-Event-Auth": SECRET})
    assert answered.status == 400
    assert "`registry`" in answered.json["error"]
    assert post(room.app, "/hooks/jfrog", b"{", JSON).status == 401


@pytest.mark.parametrize("kind", ["github", "gitea", "nexus"])
def test_a_signed_body_does_something_once_a_day(kind: str) -> None:
    """Whoever overheard it may send it again: 202, and nothing is looked at; a day later it is news."""
    room = room_of(kind)
    send(room, kind, SECRET)
    once = (list(room.noted.images), list(room.noted.targets))
    room.now += timedelta(hours=23)
    assert send(room, kind, SECRET).json == {"images": 0, "targets": 0, "repeated": True}
    assert (room.noted.images, room.noted.targets) == once
    room.now += timedelta(hours=2)
    send(room, kind, SECRET)
    assert len(room.noted.images) + len(room.noted.targets) == 2 * (len(once[0]) + len(once[1]))


def test_the_same_event_of_jfrog_is_news() -> None:
    """It has neither id nor time: a tag that goes back and forth looks the same."""
    room = room_of("jfrog")
    assert [send(room, "jfrog", SECRET).json["images"] for _ in range(2)] == [1, 1]


def test_a_body_that_was_refused_may_come_again() -> None:
    """Only what was acted on is a replay."""
    body, headers, _ = payload("github")
    room = room_of("github")
    assert post(room.app, "/hooks/github", body, JSON | headers).status == 401
    assert send(room, "github", SECRET).json["images"] == 1


def test_event_grid_is_told_its_code() -> None:
    """Its handshake is answered with 200 and the code, to who proves itself alone."""
    told = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "512d38b6"}}]
    room, body = Room((hook("acr"),)), json.dumps(told).encode()
    answered = post(room.app, "/hooks/acr", body, JSON | {"Authorization": SECRET})
    assert (answered.status, answered.json) == (200, {"validationResponse": "512d38b6"})
    assert post(room.app, "/hooks/acr", body, JSON).status == 401


def test_a_code_that_cannot_be_said_is_no_greeting(caplog: pytest.LogCaptureFixture) -> None:
    """Half a character is passed over like any other event, and is no bug of ours."""
    told = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "\ud800"}}]
    answered = post(Room((hook("acr"),)).app, "/hooks/acr", json.dumps(told).encode(), JSON | {"Authorization": SECRET})
    assert (answered.status, answered.json) == (202, {"images": 0, "targets": 0})
    assert not caplog.records


def test_a_package_with_too_many_qualifiers_is_passed_over() -> None:
    """It is no purl that anybody writes."""
    purl = "pkg:oci/api?" + "&".join(["a=b"] * 51)
    told = {"context": {"type": "dev.cdevents.artifact.published.0.2.0"}, "subject": {"id": purl}}
    room = Room((hook("cdevents"),))
    answered = post(room.app, "/hooks/cdevents", json.dumps(told).encode(), JSON | {"Authorization": SECRET})
    assert (answered.status, room.noted.images) == (202, [])


def test_who_sends_cloudevents_may_ask_first() -> None:
    """Event Grid asks by OPTIONS, and is let send; that is no login, and nobody else is let."""
    room, asks = Room((hook("acr"), hook("harbor"))), {"WebHook-Request-Origin": "eventgrid.azure.net"}
    answered = post(room.app, "/hooks/acr", b"", asks, method="OPTIONS")
    assert (answered.status, answered.headers["webhook-allowed-origin"]) == (200, "eventgrid.azure.net")
    assert post(room.app, "/hooks/acr", b"[]", JSON).status == 401
    assert post(room.app, "/hooks/harbor", b"", asks, method="OPTIONS").status == 405
    assert post(room.app, "/hooks/none", b"", asks, method="OPTIONS").status == 405
    assert post(room.app, "/hooks/acr", b"", {"WebHook-Request-Origin": "<b>"}, method="OPTIONS").status == 405
    assert post(room.app, "/hooks/acr", b"", {}, method="OPTIONS").status == 405


@pytest.mark.parametrize(("kind", "headers", "body"), [
    ("github", {"X-GitHub-Event": "ping"}, {"zen": "Keep it logically awesome."}),
    ("acr", {}, {"action": "ping"}),
])  # fmt: skip
def test_a_ping_is_thanked(kind: str, headers: dict[str, str], body: dict[str, str]) -> None:
    """The sender shows its test as delivered."""
    sent = json.dumps(body).encode()
    answered = post(Room((hook(kind),)).app, f"/hooks/{kind}", sent, JSON | headers | SIGNS[kind](sent, SECRET))
    assert (answered.status, answered.json) == (202, {"images": 0, "targets": 0})


def test_what_became_of_each_is_counted() -> None:
    """By the kind of the sender and the result; an unknown name is nobody's."""
    room, proof = Room((hook("json", "a"), hook("json", "b"))), {"Authorization": SECRET}
    for name, body, headers in (
        ("a", IMAGE, proof), ("b", IMAGE, proof), ("a", IMAGE, {}), ("a", b"{", proof), ("none", IMAGE, proof),
    ):  # fmt: skip
        post(room.app, f"/hooks/{name}", body, JSON | headers)
    told = room.house.metrics.text("")[0].decode()
    counted = {line for line in told.splitlines() if line.startswith("tagwright_webhook_requests_total")}
    assert counted == {
        'tagwright_webhook_requests_total{result="taken",source="json"} 2.0',
        'tagwright_webhook_requests_total{result="refused",source="json"} 1.0',
        'tagwright_webhook_requests_total{result="unreadable",source="json"} 1.0',
    }


def test_no_secret_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """Neither one in the address nor one in a header, right or wrong, at any level."""
    caplog.set_level(logging.DEBUG)
    for kind in KINDS:
        for secret in (SECRET, "wr0ng-secret"):
            send(room_of(kind), kind, secret)
            send(room_of(kind), kind, secret, "query")
    assert caplog.records
    assert not any(secret in record.getMessage() for record in caplog.records for secret in (SECRET, "wr0ng-secret"))


def test_a_secret_that_is_not_there_is_told_at_the_start_and_lets_nobody_in() -> None:
    """A start fails with its name; where it goes away later, everybody is refused."""
    hooked = hook("json")
    with pytest.raises(UsageError, match=r"webhook json: .* S is not set"):
        hooks.check(Config(service=Service(webhooks=(hooked,))), {})
    room = Room((hooked,), environ={"S": ""})
    assert post(room.app, "/hooks/json", IMAGE, JSON | {"Authorization": "Bearer "}).status == 401


def test_google_says_whose_subscription_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the token of the configured service account is taken, for the configured audience, as a bearer's."""
    body, email = payload("gar")[0], "push@acme.iam.gserviceaccount.com"
    with issuer() as google:
        checker = lambda environ, audience, email: pusher(audience, email, environ, google.url, google.url + KEYS)  # noqa: E731
        monkeypatch.setattr(hooks, "_pusher", checker)
        room = Room((Webhook("gar", "gar", audience=AUDIENCE, email=email),))
        mine = google.token({"email": email, "email_verified": True})
        other = google.token({"email": "other@acme.iam.gserviceaccount.com", "email_verified": True})
        for token, status in ((f"Bearer {mine}", 202), (f"Bearer {other}", 401), (mine, 401), ("", 401)):
            answered = post(room.app, "/hooks/gar", body, JSON | ({"Authorization": token} if token else {}))
            assert answered.status == status
        assert room.noted.images == ["us-east1-docker.pkg.dev/p/r/hello"]


def test_basic_authorisation_of_event_bridge() -> None:
    """A connection of EventBridge can have a user and a password."""
    login = b64encode(f"hooks:{SECRET}".encode()).decode()
    body, _, _ = payload("ecr")
    assert post(room_of("ecr").app, "/hooks/ecr", body, JSON | {"Authorization": f"Basic {login}"}).status == 202
