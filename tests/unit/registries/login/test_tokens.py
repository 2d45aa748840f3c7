"""Challenges, and how long a token is used."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tagwright.credentials import Credentials, Found, Wallet
from tagwright.errors import RegistryDenied
from tagwright.registries.embedded import Answer, Asked, answer_json, refusal
from tagwright.registries.login import token_server, tokens
from tagwright.registries.login.challenges import Challenge, challenges
from tagwright.registries.login.tokens import Login
from tagwright.registries.web.connections import Ask, Reply
from tagwright.registries.web.http import Trust, Web
from tagwright.registries.web.origin import Origin, parse
from tests.support.registry import FaultyRegistry, authorization


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], ()),
        (["Basic"], (Challenge("basic"),)),
        (['Basic realm="a b"'], (Challenge("basic", "a b"),)),
        (["Negotiate YII==, Basic realm=r"], (Challenge("negotiate"), Challenge("basic", "r"))),
        (["Negotiate, NTLM, Basic realm=r"], (Challenge("negotiate"), Challenge("ntlm"), Challenge("basic", "r"))),
        (["Negotiate", 'Basic realm="r"'], (Challenge("negotiate"), Challenge("basic", "r"))),
        (
            ['Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push"'],
            (Challenge("bearer", "https://a/t", "s", "repository:a/b:pull,push"),),
        ),
        (
            ['Bearer realm="https://a/t" , scope=x, Basic realm="r", charset="UTF-8"'],
            (Challenge("bearer", "https://a/t", "", "x"), Challenge("basic", "r")),
        ),
        ([r'Basic realm="say \"hi\", Bearer realm=x"'], (Challenge("basic", 'say "hi", Bearer realm=x'),)),
        (
            ['Bearer realm = "https://a/t",error="invalid_token"'],
            (Challenge("bearer", "https://a/t", error="invalid_token"),),
        ),
        (['realm="https://a/t"'], ()),
        (['Bearer realm="unclosed'], (Challenge("bearer"),)),
    ],
)
def test_every_challenge_of_every_header_is_read(headers: list[str], expected: tuple[Challenge, ...]) -> None:
    """RFC 9110: several challenges in one header or in several, quoted or not."""
    assert challenges(headers) == expected


@pytest.fixture
def web() -> Iterator[Web]:
    opened = Web(Trust(), {})
    yield opened
    opened.close()


@dataclass
class Purse(Wallet):
    """Holds what it is given, and the next of it when it is asked again."""

    held: list[Credentials | None]
    place = "a purse"

    def find(self, repository: str = "") -> Found | None:
        return Found(self.held[0], "a purse") if self.held[0] else None

    def again(self, repository: str = "") -> Found | None:
        if len(self.held) > 1:
            self.held.pop(0)
        return self.find()


def asked(login: Login, repository: str = "acme/api") -> int:
    return login.ask(Ask("GET", f"/v2/{repository}/tags/list"), repository).status


@pytest.mark.parametrize(
    ("life", "used"),
    [
        (300, 289),
        (60, 49),
        (None, 49),
        (8, 5.9),
        ("300", 289),
        (0, 49),
        (-5, 49),
        ("soon", 49),
        ([], 49),
        (1e400, 49),
        (10**400, 49),
        ("nan", 49),
        (10**9, 86_389),
    ],
)
def test_a_token_is_used_until_shortly_before_its_end(web: Web, life: Any, used: float) -> None:
    """expires_in seconds less ten, or less a quarter when it is short; sixty when the server says nothing usable, and
    a day at most."""
    now = [1000.0]
    given = [f"t{number}" for number in range(9)]
    said = {} if life is None else {"expires_in": life}
    server = Server(lambda _: {"token": given.pop(0), **said})
    with FaultyRegistry(server) as registry:
        registry.add("acme/api", "1")
        login = Login(web, parse(registry.url)[0], Purse([None]), clock=lambda: now[0])
        asked(login)
        now[0] += used
        asked(login)
        assert len(server.forms) == 1
        now[0] += 2
        asked(login)
        assert len(server.forms) == 2
        assert [one.headers.get("authorization") for one in registry.requests if one.path != "/token"] == [
            None, "Bearer t0", "Bearer t0", "Bearer t1"
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("issued", "date", "used"),
    [
        ("2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 00:01:40 GMT", 189),
        ("2026-01-01T00:05:00Z", "Thu, 01 Jan 2026 00:00:00 GMT", 289),
        ("yesterday", "Thu, 01 Jan 2026 00:00:00 GMT", 289),
        ("2026-01-01T00:00:00", "Thu, 01 Jan 2026 00:01:40 GMT", 289),
        (None, "Thu, 01 Jan 2026 00:00:00 GMT", 289),
    ],
)
def test_a_token_that_was_kept_by_the_server_ends_sooner(issued: str | None, date: str, used: float) -> None:
    """expires_in counts from issued_at, by the server's own clock: what ours says does not matter."""
    headers = HTTPMessage()
    headers["Date"] = date
    reply = Reply(Origin("https", "r", 443), 200, headers, b"")
    life = token_server._life({"expires_in": 300, "issued_at": issued}, reply)
    assert life - 11 == used


class Server:
    """A token server as a fault: `gives` makes its answer of the form or query it was sent; `post` what POST gets."""

    def __init__(self, gives: Callable[[dict[str, str]], Any], post: int = 200) -> None:
        self.gives, self.post = gives, post
        self.forms: list[tuple[str, str, dict[str, str], str]] = []
        self.valid: set[str] = set()

    def __call__(self, asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path in ("/token", "/oauth2/exchange"):
            form = dict(parse_qsl(asked.body.decode())) or dict(asked.query)
            self.forms.append((asked.method, asked.path, form, asked.headers.get("authorization", "")))
            if asked.method == "POST" and self.post != 200:
                return refusal(self.post, "UNSUPPORTED")
            answer = self.gives(form)
            self.valid |= {answer.get("token", ""), answer.get("access_token", "")}
            return answer_json(answer) if answer else refusal(401, "UNAUTHORIZED")
        if asked.headers.get("authorization", "").removeprefix("Bearer ") in self.valid - {""}:
            return onward(asked)
        realm = f'Bearer realm="http://{asked.headers["host"]}/token",service="s"'
        return refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", realm),))


@contextmanager
def logging_in(
    server: Server, *held: Credentials | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[Login]:
    """A login at a registry with acme/api and acme/web behind a token server."""
    with FaultyRegistry(server) as registry, closing(Web(Trust(), {})) as web:
        for name in ("acme/api", "acme/web", "acme/db"):
            registry.add(name, "1")
        yield Login(web, parse(registry.url)[0], Purse(list(held)), clock)


def test_an_identity_token_is_exchanged_by_post() -> None:
    """docker's identitytoken goes in a form's body (OAuth 2), never in an address."""
    server = Server(lambda form: {"access_token": "a"} if form["refresh_token"] == "id-s3cret" else {})
    with logging_in(server, Credentials(identity="id-s3cret")) as login:
        assert asked(login) == 200
    ((method, _, form, authorization),) = server.forms
    assert (method, authorization) == ("POST", "")
    assert form == {
        "grant_type": "refresh_token",
        "refresh_token": "id-s3cret",
        "client_id": "tagwright",
        "service": "s",
        "scope": "repository:acme/api:pull",
    }


def test_the_newest_identity_token_is_used_and_the_first_when_that_is_refused() -> None:
    """An answer may replace the identity token; one that is then refused is no denial while ours is good."""
    good = {"first"}

    def gives(form: dict[str, str]) -> dict[str, str]:
        if form["refresh_token"] not in good:
            return {}
        good.add("second")
        return {"access_token": f"t{len(server.forms)}", "refresh_token": "second"}

    server = Server(gives)
    with logging_in(server, Credentials(identity="first")) as login:
        asked(login)
        asked(login, "acme/web")
        good.discard("second")
        good_again = asked(login, "acme/db")
    assert [form["refresh_token"] for _, _, form, _ in server.forms] == ["first", "second", "second", "first"]
    assert good_again == 200


@pytest.mark.parametrize("status", [404, 405])
def test_a_token_server_without_post_is_asked_by_get(status: int) -> None:
    """As containerd does: the identity token is the password of a user without a name."""
    server = Server(lambda _: {"token": "t"}, post=status)
    with logging_in(server, Credentials(identity="id")) as login:
        assert asked(login) == 200
    assert [(method, sent) for method, _, _, sent in server.forms] == [("POST", ""), ("GET", authorization("", "id"))]


def test_a_token_of_entra_is_exchanged_once_for_an_identity() -> None:
    """An Azure registry makes an identity token of it; further tokens come of that."""

    def gives(form: dict[str, str]) -> dict[str, str]:
        if form["grant_type"] == "access_token":
            return {"refresh_token": "id"}
        return {"access_token": f"t{len(server.forms)}"}

    server = Server(gives)
    with logging_in(server, Credentials(entra="aad-s3cret")) as login:
        asked(login)
        asked(login, "acme/web")
    assert [path for _, path, _, _ in server.forms] == ["/oauth2/exchange", "/token", "/token"]
    assert server.forms[0][2] == {"grant_type": "access_token", "service": "s", "access_token": "aad-s3cret"}
    assert [form.get("refresh_token") for _, _, form, _ in server.forms] == [None, "id", "id"]


def test_the_same_token_for_two_scopes_is_used_for_a_third() -> None:
    """Nothing is asked to learn it, and other credentials do not get it."""
    server = Server(lambda _: {"token": "of-the-user"})
    with logging_in(server, Credentials("u", "p"), None) as login:
        costs = []
        for name in ("acme/api", "acme/web", "acme/db"):
            before = len(server.forms)
            assert asked(login, name) == 200
            costs.append(len(server.forms) - before)
        assert costs == [1, 1, 0]
        login._wallet.again()
        asked(login, "acme/new")
    assert [sent for _, _, _, sent in server.forms] == [authorization("u", "p")] * 2 + [""]


def test_a_lent_token_that_does_not_open_the_door_is_replaced_by_the_repositorys_own() -> None:
    """What was learned is no faith: a 401, 403 or 404 with a lent token is asked again with one's own."""
    private = {"acme/db"}

    def gives(form: dict[str, str]) -> dict[str, str]:
        return {"token": "own" if "acme/db" in form["scope"] else "all"}

    def hidden(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if any(name in asked.path for name in private) and asked.headers.get("authorization") == "Bearer all":
            return refusal(404, "NAME_UNKNOWN")
        return onward(asked)

    server = Server(gives)
    with FaultyRegistry(hidden, server) as registry, closing(Web(Trust(), {})) as web:
        for name in ("acme/api", "acme/web", "acme/db"):
            registry.add(name, "1")
        login = Login(web, parse(registry.url)[0], Purse([None]))
        assert [asked(login, name) for name in ("acme/api", "acme/web", "acme/db", "acme/db")] == [200] * 4
        assert len(registry.requests) == 3 + 2 + 3 + 1


def test_refused_credentials_are_read_anew_once() -> None:
    """A secret that was changed while we run opens the door; one that was not is no second refusal."""
    wanted = authorization("u", "new")
    server = Server(lambda _: {"token": "t"} if server.forms[-1][3] == wanted else {})
    with logging_in(server, Credentials("u", "old"), Credentials("u", "new")) as login:
        assert asked(login) == 200
        assert len(server.forms) == 2
    server = Server(lambda _: {})
    with logging_in(server, Credentials("u", "old"), Credentials("u", "old")) as login:
        with pytest.raises(RegistryDenied, match="refuses our credentials"):
            asked(login)
        assert len(server.forms) == 1


def test_credentials_that_were_given_meanwhile_are_found() -> None:
    """A stranger who was refused looks again whether there is a login now."""
    wanted = authorization("u", "p")
    server = Server(lambda _: {"token": "t"} if server.forms[-1][3] == wanted else {})
    with logging_in(server, None, Credentials("u", "p")) as login:
        assert asked(login) == 200
    assert [sent for _, _, _, sent in server.forms] == ["", wanted]


def test_a_straight_token_goes_to_the_registry_alone() -> None:
    """docker's registrytoken is for the registry: no token server sees it."""
    server = Server(lambda _: {"token": "never"})
    server.valid.add("r3g")
    with logging_in(server, Credentials(straight="r3g")) as login:
        assert asked(login) == 200
    assert server.forms == []


def test_the_first_question_shows_all_others_the_way() -> None:
    """Twelve at once: one challenge, and a token for each."""
    server = Server(lambda form: {"token": form["scope"].replace(":", "-").replace("/", "-")})
    with FaultyRegistry(server) as registry, closing(Web(Trust(), {})) as web:
        names = [f"acme/{number}" for number in range(12)]
        for name in names:
            registry.add(name, "1")
        login = Login(web, parse(registry.url)[0], Purse([None]))
        with ThreadPoolExecutor(12) as threads:
            assert set(threads.map(lambda name: asked(login, name), names)) == {200}
        assert len(registry.requests) == 1 + 12 + 12


def test_what_a_good_token_lacks_is_said() -> None:
    """A scope that our credentials do not give is named, with where they come from; so is one that a 403 tells."""

    def wanting(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path == "/token":
            return answer_json({"token": "good"})
        sent = asked.headers.get("authorization")
        error = ',error="insufficient_scope"' if sent else ""
        realm = f'Bearer realm="http://{asked.headers["host"]}/token",scope="repository:acme/api:pull"{error}'
        status = 403 if "web" in asked.path and sent else 401
        return refusal(status, "DENIED", (("WWW-Authenticate", realm),))

    for name, words in (
        ("acme/api", "wants repository:acme/api:pull, which our credentials (a purse)"),
        ("acme/web", "forbids us to read acme/web: it wants repository:acme/api:pull"),
    ):
        with FaultyRegistry(wanting) as registry, closing(Web(Trust(), {})) as web:
            login = Login(web, parse(registry.url)[0], Purse([Credentials("u", "p")]))
            with pytest.raises(RegistryDenied) as caught:
                asked(login, name)
        assert words in caught.value.message
        assert "a purse" in f"{caught.value.message} {caught.value.hint}"


def test_a_registry_known_for_it_is_asked_with_one_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """ghcr.io: from the second repository on a request each, though the tokens differ."""
    monkeypatch.setattr(tokens, "_UNIVERSAL", ("127.0.0.1",))
    server = Server(lambda _: {"token": f"t{len(server.forms)}"})
    with logging_in(server, None) as login:
        assert [asked(login, name) for name in ("acme/api", "acme/web", "acme/db")] == [200] * 3
    assert len(server.forms) == 1


def test_lists_and_manifests_may_want_different_scopes() -> None:
    """Azure's registries want metadata_read for a list and pull for a manifest: each way is remembered."""
    needed = {"list": "repository:{}:metadata_read", "1": "repository:{}:pull"}

    def scoped(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        if asked.path == "/token":
            return answer_json({"access_token": asked.query["scope"].replace(":", "-").replace("/", "-")})
        name = "/".join(asked.path.split("/")[2:4])
        scope = needed[asked.path.rpartition("/")[2]].format(name)
        if asked.headers.get("authorization") == f"Bearer {scope.replace(':', '-').replace('/', '-')}":
            return onward(asked)
        realm = f'Bearer realm="http://{asked.headers["host"]}/token",service="s",scope="{scope}"'
        return refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", realm),))

    with FaultyRegistry(scoped) as registry, closing(Web(Trust(), {})) as web:
        login = Login(web, parse(registry.url)[0], Purse([None]))
        costs = []
        for name in ("acme/api", "acme/web"):
            registry.add(name, "1")
            for target in (f"/v2/{name}/tags/list", f"/v2/{name}/manifests/1"):
                before = len(registry.requests)
                assert login.ask(Ask("GET", target), name).status == 200
                costs.append(len(registry.requests) - before)
    assert costs == [3, 3, 2, 2]


def test_a_request_prints_without_what_it_carries() -> None:
    """Neither credentials nor requests show a secret when they are printed."""
    carried = Credentials("u", "p4ss", "t0ken", "id3ntity"), Ask("GET", "/", {}, "Basic s3cret", b"s3cret")
    printed = repr(carried)
    assert not [secret for secret in ("p4ss", "t0ken", "id3ntity", "s3cret") if secret in printed]
