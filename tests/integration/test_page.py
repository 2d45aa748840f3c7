"""The page of the service, over a real socket: what everyone gets, and who gets anything."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tagwright.model import Access, Secret, Service
from tests.support.markup import mistakes
from tests.support.shown import shown
from tests.support.watched import API, estate, many

PATHS = ("/", "/?q=api&state=outdated", "/targets", "/history?days=90", f"/images/{API}")
TOKEN = "s3cret-töken"
BY_HEADER = Access(header="X-Forwarded-User", trusted_proxies=("127.0.0.1/32",))


def get(
    port: int, path: str, headers: Mapping[str, str] | None = None, method: str = "GET"
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers in lower case, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=dict(headers or {}))
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


def basic(password: str, user: str = "me") -> dict[str, str]:
    """As a browser says it."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_every_page_is_html_behind_a_strict_policy() -> None:
    """No script, no style but ours, nothing from elsewhere, in nobody's frame, kept by nobody."""
    with shown(estate()) as port:
        for path in PATHS:
            status, headers, body = get(port, path)
            assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8"), path
            assert headers["content-security-policy"] == (
                "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
                "frame-ancestors 'none'"
            )
            assert headers["referrer-policy"] == "no-referrer"
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "private, no-store"
            assert mistakes(body.decode()) == []
        assert get(port, "/page.css")[1]["content-type"] == "text/css; charset=utf-8"
        assert get(port, "/icon.svg")[1]["content-type"] == "image/svg+xml"


def test_it_only_reads() -> None:
    """There is no other method, and what is not there is a page that says so."""
    with shown(estate()) as port:
        assert {get(port, path, method="POST")[0] for path in PATHS} == {405}
        status, _, body = get(port, "/images/ghcr.io/acme/%3Cb%3E")
        assert (status, b"No such image" in body, b"&lt;b&gt;" in body) == (404, True, True)
        assert get(port, "/nowhere")[0] == 404


def test_programs_get_the_same_as_json() -> None:
    """Everything, with the verdict on every tag that is kept."""
    with shown(estate()) as port:
        status, headers, body = get(port, "/status.json")
        told = json.loads(body)
        assert (status, headers["content-type"]) == (200, "application/json")
        assert (told["schema"], told["summary"]["outdated"]) == ("tagwright/status/v1", 3)
        assert [ruling["tag"] for ruling in told["targets"][0]["images"][0]["rulings"]][:2] == ["3.0.0-rc.1", "2.5.0"]


def test_long_pages_are_packed_for_who_takes_that() -> None:
    """Ten thousand references are some kilobytes on the wire."""
    with shown(many(10_000)) as port:
        _, headers, body = get(port, "/", {"Accept-Encoding": "gzip"})
        assert headers["content-encoding"] == "gzip"
        assert len(body) < 20_000
        assert "content-encoding" not in get(port, "/", {"Accept-Encoding": "identity"})[1]


def test_a_token_opens_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a browser's password of any user, or as a bearer; without it nothing is told but that one is asked for."""
    monkeypatch.setenv("PAGE_TOKEN", TOKEN)
    with shown(estate(), Service(access=Access(token=Secret(env="PAGE_TOKEN")))) as port:
        for path in (*PATHS, "/status.json", "/images/none"):
            status, headers, body = get(port, path)
            assert (status, body) == (401, b"a token is asked for\n"), path
            assert headers["www-authenticate"].startswith('Basic realm="')
        for right in (
            basic(TOKEN),
            basic(TOKEN, "x"),
            basic(TOKEN, ""),
            {"Authorization": f"bearer {TOKEN}".encode().decode("latin-1")},
        ):
            assert get(port, "/", right)[0] == 200, right
        for path in ("/healthz", "/readyz"):
            assert get(port, path)[0] == 200, path


@pytest.mark.parametrize(
    "wrong",
    [basic("other"), basic(""), basic(TOKEN + "x"), basic(TOKEN[:-1]), {"Authorization": "Basic %%%"},
     {"Authorization": "Basic /////w=="}, {"Authorization": f"Digest {TOKEN!a}"}, {"Authorization": ""},
     {"Authorization": "Bearer"}, {"X-Forwarded-User": "root"}],
)  # fmt: skip
def test_nothing_else_does(wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is, it is refused without a word of the inside."""
    monkeypatch.setenv("PAGE_TOKEN", TOKEN)
    with shown(estate(), Service(access=Access(token=Secret(env="PAGE_TOKEN")))) as port:
        status, _, body = get(port, "/", wrong)
        assert (status, body) == (401, b"a token is asked for\n")


def test_a_token_that_is_not_there_admits_nobody(tmp_path: Path) -> None:
    """Neither who sends none nor who sends an empty one; a file is read anew, so that it may change."""
    file = tmp_path / "token"
    with shown(estate(), Service(access=Access(token=Secret(file=str(file))))) as port:
        assert get(port, "/")[0] == 503
        file.write_text("")
        assert (get(port, "/")[0], get(port, "/", basic(""))[0]) == (401, 401)
        file.write_text("one\n")
        assert get(port, "/", basic("one"))[0] == 200
        file.write_text("two\n")
        assert (get(port, "/", basic("one"))[0], get(port, "/", basic("two"))[0]) == (401, 200)


def test_a_user_whom_a_trusted_proxy_names_is_let_in() -> None:
    """The header of a trusted peer, unless it is empty."""
    with shown(estate(), Service(access=BY_HEADER)) as port:
        assert get(port, "/", {"X-Forwarded-User": "ada"})[0] == 200
        assert get(port, "/", {"X-Forwarded-User": ""})[0] == 403
        assert get(port, "/")[0] == 403
        assert get(port, "/healthz")[0] == 200


@pytest.mark.parametrize("trusted", [("10.0.0.0/8",), ("2001:db8::/32",), ("127.0.0.2/32",)])
def test_the_header_of_anybody_else_counts_for_nothing(trusted: tuple[str, ...]) -> None:
    """Nor does it help to say that one is the proxy, where another proxy is believed about addresses."""
    access = Access(header="X-Forwarded-User", trusted_proxies=trusted)
    with shown(estate(), Service(access=access, trusted_proxies=("127.0.0.0/8",))) as port:
        liar = {"X-Forwarded-User": "ada", "X-Forwarded-For": "10.0.0.1, 127.0.0.2"}
        assert get(port, "/", liar) == (403, get(port, "/", liar)[1], b"log in at the proxy before it\n")
