"""Dialogues of other tools, observed at a registry: each is ours too, request for request, but where we do better."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from tagwright.config.loading import load
from tagwright.credentials import Wallet
from tagwright.errors import ConfigError, RegistryError
from tagwright.model import RegistryCredentials, RegistrySettings, Secret
from tagwright.registries import Registries, address, open_registries
from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry, answer_json, refusal
from tagwright.registries.login.tokens import Login
from tagwright.registries.web.connections import Ask
from tagwright.registries.web.http import Trust, Web
from tagwright.registries.web.origin import parse
from tests.support.registry import QUICK, FaultyRegistry, authorization

TAGS = ("1.0.0", "1.1.0")
SCOPE = "repository:acme/app:pull"
LOGINS = {
    "token": RegistryCredentials(token=Secret(env="T")),
    "username": RegistryCredentials(username=Secret(env="U"), password=Secret(env="P")),
}


@dataclass(frozen=True)
class Server:
    """What the registry of a situation does. `challenge` is its 401, with {realm}; `wants` what opens it, "" for none.

    `token` is what its token server answers, `tags` what lists of tags do instead of being given, `other` that a
    difference is meant, with the reason.
    """

    challenge: str = ""
    wants: str = ""
    token: int = 200
    tags: Answer | None = None
    other: str = ""

    def __call__(self, asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path == "/token":
            return answer_json({"token": "TOK1"}) if self.token == 200 else refusal(self.token, "DENIED")
        if self.wants and asked.headers.get("authorization") != self.wants:
            header = self.challenge.format(realm=f"http://{asked.headers['host']}/token")
            return refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", header),) if header else ())
        return self.tags if self.tags and asked.path.endswith("/tags/list") else onward(asked)


BEARER = f'Bearer realm="{{realm}}",service="reg.example.com",scope="{SCOPE}"'
TOKEN = "Bearer TOK1"
BASIC = authorization("me", "pw")
ELSEWHERE = (("Link", '<http://registry.invalid/v2/acme/app/tags/list?last=1.0.0>; rel="next"'),)
HALF = "a list that goes on elsewhere is a problem, not half a list"
PASSING = "what passes is asked again, and is a problem in the end"
SERVERS = {
    "anonymous, no auth needed": Server(),
    "bearer challenge, token rule: Bearer is sent to the token realm": Server(BEARER, TOKEN),
    "bearer challenge without service": Server(f'Bearer realm="{{realm}}",scope="{SCOPE}"', TOKEN),
    "bearer challenge with a wrong scope (user/image) on the probe": Server(
        'Bearer realm="{realm}",service="s",scope="repository:user/image:pull"', TOKEN
    ),
    "two challenges in one header (Bearer then Basic)": Server(
        'Bearer realm="{realm}",service="container_registry",scope="*",Basic realm="{realm}"', TOKEN
    ),
    "bearer realm that is no URL: credentials are used directly": Server('Bearer realm="registry"', BASIC),
    "basic challenge with user+password": Server('Basic realm="registry"', BASIC),
    "basic challenge, no credentials": Server('Basic realm="registry"', BASIC),
    "token realm answers 401": Server(BEARER, TOKEN, token=401),
    "token realm answers 403": Server(BEARER, TOKEN, token=403),
    "401 without www-authenticate": Server("", "nothing"),
    "unknown repository (404)": Server(tags=refusal(404, "NAME_UNKNOWN")),
    "429 on tags": Server(tags=refusal(429, "TOOMANYREQUESTS"), other=PASSING),
    "500 on tags": Server(tags=refusal(500, "UNKNOWN"), other=PASSING),
    "paging by Link (relative)": Server(other="how lists page has a suite of its own"),
    "paging by Link to another origin is refused": Server(
        tags=Answer(200, b'{"name": "acme/app", "tags": ["1.0.0"]}', ELSEWHERE), other=HALF
    ),
    "digest of a tag, nothing pinned yet": Server(other="a digest is asked for alone, without a ping"),
}


@contextmanager
def asking(server: Server, credentials: list[dict[str, str]]) -> Iterator[tuple[EmbeddedRegistry, Registries]]:
    """The registry of a situation, and our client with the same credentials."""
    given = credentials[0] if credentials else {}
    login = next((LOGINS[key] for key in given if key in LOGINS), RegistryCredentials())
    environ = {"T": given.get("token", ""), "U": given.get("username", ""), "P": given.get("password", "")}
    with FaultyRegistry(server) as registry:
        for tag in TAGS:
            registry.add("acme/app", tag)
        settings = (RegistrySettings(registry.host, credentials=login),)
        with open_registries(settings, environ, patience=QUICK) as registries:
            yield registry, registries


def theirs(situation: dict[str, Any]) -> list[tuple[str, dict[str, str], str]]:
    """What they asked for the list: path, query and authorization; the probe that they send twice once, no ping."""
    asked = []
    for one in situation["requests"]:
        parts = urlsplit(one["url"])
        if parts.path.endswith(("/tags/list", "/token")):
            who = (one["authorization"] or "").replace("Basic base64(me:pw)", BASIC)
            query = dict(parse_qsl(parts.query)) if parts.path == "/token" else {}
            asked.append((parts.path, query, who.replace("Basic base64(me:bad)", authorization("me", "bad"))))
    first = [one for number, one in enumerate(asked) if number == 0 or one != asked[number - 1]]
    return first[: 1 + next((at for at, one in enumerate(first) if one[0].endswith("/list") and one[2]), len(first))]


def test_dialogues_are_those_that_were_observed(shared: Path) -> None:
    """The same requests with the same authorization in the same order; a result where they have one, a problem where
    they have none."""
    situations = json.loads((shared / "vectors/renovate-auth.json").read_text())["observed"]
    assert {one["name"] for one in situations} <= SERVERS.keys()
    judged = [one for one in situations if not SERVERS[one["name"]].other]
    assert len(judged) >= 10
    for situation in judged:
        with asking(SERVERS[situation["name"]], situation.get("credentials") or []) as (registry, registries):
            member, repository = registries.for_image(f"{registry.host}/acme/app")
            if situation["result"]:
                assert list(member.tags(repository).tags) == situation["result"]["tags"], situation["name"]
            else:
                with pytest.raises(RegistryError):
                    member.tags(repository)
            ours = [
                (one.path, dict(one.query) if one.path == "/token" else {}, one.headers.get("authorization", ""))
                for one in registry.requests
            ]
        if "404" not in situation["name"]:
            assert ours == theirs(situation), situation["name"]


def test_where_a_dialogue_differs_there_is_no_half_list() -> None:
    """A Link to another origin, and lists that pass: problems here, an image without updates there."""
    for name, server in SERVERS.items():
        if server.tags:
            with asking(server, []) as (registry, registries):
                member, repository = registries.for_image(f"{registry.host}/acme/app")
                with pytest.raises(RegistryError):
                    member.tags(repository)
                assert {one.headers["host"] for one in registry.requests} == {registry.host}, name


def test_what_the_image_updater_has_for_registries(shared: Path, tmp_path: Path) -> None:
    """A host that nobody configured is asked by https; two entries for nothing are a mistake; and after a 401 or a 403
    credentials are read anew, without its `credsexpire`. How its annotations name secrets is its own."""
    entries = json.loads((shared / "vectors/argo-misc.json").read_text())
    kinds = {entry["kind"]: entry for entry in entries}
    select = kinds["registry-select"]
    assert str(address(select["image"].partition("/")[0], None)[0]) == select["expect"]["api_url"]
    names = [entry["name"] for entry in yaml.safe_load(kinds["registries-conf"]["yaml"])["registries"]]
    assert len(names) == 2
    file = tmp_path / "tagwright.yaml"
    file.write_text("version: 1\nregistries: [{insecure: false}, {insecure: false}]\ntargets: []\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert sum("'prefix' is missing" in problem.message for problem in caught.value.problems) == 2
    statuses = {entry["status"] for entry in entries if entry["kind"] == "auth-error" and entry["expect"]}
    assert statuses == {401, 403}
    for status in statuses:
        assert renewed(status) == 200


def renewed(status: int) -> int:
    """Ask with a password that is refused so, and was changed since it was read."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        who = asked.headers.get("authorization")
        if who == authorization("u", "new"):
            return onward(asked)
        challenge = (("WWW-Authenticate", 'Basic realm="r"'),)
        return refusal(status if who else 401, "DENIED", challenge)

    now = [0.0]
    environ = {"U": "u", "P": "old"}
    settings = RegistrySettings("r", credentials=LOGINS["username"])
    wallet = Wallet("r", settings, environ, lambda: now[0])
    wallet.find()
    environ["P"] = "new"
    now[0] += 60
    with FaultyRegistry(fault) as registry, closing(Web(Trust(), {})) as web:
        registry.add("acme/app", "1")
        login = Login(web, parse(registry.url)[0], wallet)
        return login.ask(Ask("GET", "/v2/acme/app/tags/list"), "acme/app").status
