"""What goes wrong between us and a registry: never half a list, never 'no update', never a secret told."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import pytest

from tagwright.errors import (
    Problem,
    RegistryError,
    RegistryUnreachable,
    RepositoryUnknown,
    UsageError,
)
from tagwright.lookup import describe, lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import Answer, answer_json, refusal
from tagwright.registries.web.patience import Patience
from tests.support import certificates
from tests.support.real_registry import docker_registry, free_port
from tests.support.registry import (
    QUICK,
    TAGS,
    client,
    instead,
    listed,
    paged,
    paths,
    running,
    slow,
    trickling,
    without,
)

# ── half lists ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "link",
    [
        '<{target}>; rel="next"',
        "<{target}>;rel=next",
        '<http://{host}{target}>; rel="next"',
        '<https://elsewhere.example/x>; rel="first", <{target}>; title="a, b"; rel="next"',
    ],
)
def test_pages_are_followed_to_the_end(link: str) -> None:
    """Relative and absolute links lead on, however they are quoted and whatever other links stand beside them."""
    with running(paged(3, link)) as registry:
        assert listed(registry) == TAGS


@pytest.mark.parametrize(
    "link",
    [
        '<http://elsewhere.example{target}>; rel="next"',
        '<http://127.0.0.2:1{target}>; rel="next"',
        '{target}; rel="next"',
        '<{target}; rel="next"',
        '<http://[oops/>; rel="next"',
        '<ftp://{host}{target}>; rel="next"',
        '<http://user:pw@{host}{target}>; rel="next"',
        '<{target}&x=é>; rel="next"',
        '<{target}&x= y>; rel="next"',
        '</v2/acme/api/tags/list?n=999>; rel="next"',
    ],
)
def test_a_list_that_cannot_be_followed_to_its_end_is_no_list(link: str) -> None:
    """A link to another host, one that cannot be read, and one that leads back: the list is a problem, not a part."""
    with running(paged(3, link)) as registry, pytest.raises(RegistryError, match=r"not whole|in circles"):
        listed(registry)


def test_more_tags_than_are_judged_are_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list beyond the limit is a problem that says both numbers; one at the limit is read."""
    with running() as registry, client(registry.host) as registries:
        name = f"{registry.host}/acme/api"
        monkeypatch.setattr("tagwright.lookup.MOST_TAGS", len(TAGS))
        assert isinstance(lookup([name], registries)[name], TagList)
        monkeypatch.setattr("tagwright.lookup.MOST_TAGS", len(TAGS) - 1)
        found = lookup([name], registries)[name]
    assert isinstance(found, Problem)
    assert (found.code, "has 10 tags, and at most 9" in found.message) == ("too-many-tags", True)


PAGE_FAULTS = {
    "a page is missing": refusal(404, "NAME_UNKNOWN"),
    "a page fails": refusal(500, "UNKNOWN"),
    "a page breaks off": Answer(
        200, b'{"name":"acme/api","tags":["1.0', (("Content-Length", "400"), ("Connection", "close"))
    ),
    "a page breaks off where it could end": Answer(
        200, b'{"name":"acme/api","tags":["6.6.6"]}', (("Content-Length", "400"), ("Connection", "close"))
    ),
    "a page is no JSON": Answer(200, b"<html>welcome</html>"),
    "a page is no object": answer_json(["1.0.0"]),
    "tags are no texts": answer_json({"name": "acme/api", "tags": [1.0, None]}),
    "tags are an object": answer_json({"name": "acme/api", "tags": {"1.0.0": {}}}),
    "a page is about another repository": answer_json({"name": "acme/other", "tags": ["6.6.6"]}),
    "a page is nested without end": Answer(200, b"[" * 100_000),
    "a page is forbidden": refusal(403, "DENIED"),
    "a page redirects in circles": Answer(302, b"", (("Location", "/v2/acme/api/tags/list?last=1.0.4"),)),
    "a page redirects to nowhere": Answer(302, b"", (("Location", "gopher://x/"),)),
    "a page is empty text": Answer(200, b""),
    "a page is a teapot": Answer(418, b"{}"),
}


@pytest.mark.parametrize("where", ["tags/list", "last="])
@pytest.mark.parametrize("fault", PAGE_FAULTS)
def test_any_page_that_fails_fails_the_list(fault: str, where: str) -> None:
    """The first page or a later one: no fault of a page is ever a shorter list."""
    with running(instead(where, PAGE_FAULTS[fault]), paged(5)) as registry, pytest.raises(RegistryError):
        listed(registry)


def test_a_server_that_cuts_at_n_without_a_link_is_asked_for_all() -> None:
    """crane's registry cuts the list at `n` and says nothing: exactly a page of tags is asked again without `n`."""
    many = tuple(f"1.{number:04}" for number in range(1500))
    with running() as registry:
        digest = registry.add("acme/api", "0")
        registry.remove("acme/api", "0")
        for tag in TAGS:
            registry.remove("acme/api", tag)
        for tag in many:
            registry.point("acme/api", tag, digest)
        registry.faults.append(without("Link"))
        assert listed(registry) == many


def test_a_server_that_knows_no_n_is_asked_without() -> None:
    """zuul-registry answers 404 to any `n`; the repository is there all the same, and the next is asked without."""
    with running(instead(r"\?n=", Answer(404, b"<html>"))) as registry:
        registry.add("acme/web", "1")
        registry.add("acme/app", "1")
        names = [f"{registry.host}/acme/{name}" for name in ("api", "web", "app")]
        with client(registry.host) as registries:
            for name in names:
                assert isinstance(lookup([name], registries)[name], TagList)
            assert registries.requests == 4


@pytest.mark.parametrize("body", [b'{"name":"acme/api","tags":null}', b'{"name":"acme/api","tags":[]}', b"{}"])
def test_an_empty_repository_has_no_tags(body: bytes) -> None:
    """null, no list and an empty list are what empty repositories answer: no tags, and no problem."""
    with running(instead("tags/list", Answer(200, body))) as registry:
        assert listed(registry) == ()


def test_what_is_no_tag_is_not_offered() -> None:
    """Digests among the tags (zuul-registry), and tags that could forge a line: the grammar decides."""
    offered = ["1.0.0", "sha256:" + "a" * 64, "1.0\n- evil", "", ".x", "-x", "a" * 129, "b" * 128, "_ok", "é"]
    with running(instead("tags/list", answer_json({"tags": offered}))) as registry:
        assert listed(registry) == ("1.0.0", "b" * 128, "_ok")


def test_an_endless_answer_is_cut_off() -> None:
    """A body over the limit is an error, not memory."""
    endless = instead("tags/list", Answer(200, b" " * (17 << 20)))
    with running(endless) as registry, pytest.raises(RegistryError, match="more than 16 MiB"):
        listed(registry)


# ── what passes, and what does not ───────────────────────────────────────────


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 522])
def test_what_passes_is_waited_for(status: int) -> None:
    """Two refusals that pass, then the list."""
    with running(instead("tags/list", refusal(status, "TOOMANYREQUESTS"), times=2)) as registry:
        assert listed(registry) == TAGS
        assert len(registry.requests) == 3


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_obeyed(form: str) -> None:
    """As a number or as a date: nobody asks before."""
    value = "1" if form == "seconds" else formatdate(time.time() + 1.9, usegmt=True)
    with running(instead("tags/list", refusal(429, "X", (("Retry-After", value),)), times=1)) as registry:
        started = time.monotonic()
        assert listed(registry) == TAGS
        assert time.monotonic() - started >= 0.7


def test_a_wait_beyond_patience_is_not_waited_for_and_not_asked_again() -> None:
    """Retry-After of an hour: a problem at once, of every image there, with one request."""
    refused = instead("tags/list", refusal(429, "TOOMANYREQUESTS", (("Retry-After", "3600"),)))
    with running(refused) as registry, client(registry.host) as registries:
        for name in ("api", "web", "app"):
            found = lookup([f"{registry.host}/acme/{name}"], registries)[f"{registry.host}/acme/{name}"]
            assert isinstance(found, Problem)
            assert "asks to wait 3600 s" in found.message
            away = datetime.fromisoformat(found.retry_at) - datetime.now(UTC)
            assert timedelta(minutes=59) < away < timedelta(minutes=61)
            assert found.retry_at.replace("T", " ").replace("Z", " UTC") in found.hint
        assert len(registry.requests) == 1


def test_patience_ends() -> None:
    """500 for ever is a RegistryUnreachable after the last try; when to come back nobody said."""
    with running(instead("tags/list", refusal(500, "UNKNOWN"))) as registry:
        with pytest.raises(RegistryUnreachable, match="500 again and again") as refused:
            listed(registry)
        assert len(registry.requests) == QUICK.tries
        assert (refused.value.retry_at, refused.value.hint) == ("", "try again later")


@pytest.mark.parametrize("value", ["9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_beyond_all_reason_is_a_year(value: str) -> None:
    """However far a registry sends us away, the problem says a time."""
    away = instead("tags/list", refusal(503, "X", (("Retry-After", value),)))
    with running(away) as registry, pytest.raises(RegistryUnreachable, match="asks to wait 316") as refused:
        listed(registry)
    assert datetime.fromisoformat(refused.value.retry_at) > datetime.now(UTC) + timedelta(days=365)


def test_a_silent_host_is_a_problem_in_time() -> None:
    """A host that accepts and says nothing costs its time limit, not for ever; its neighbour is not delayed by it."""
    patience = Patience(tries=1, timeout=0.3)
    with running(slow(1.0)) as silent, running() as lively:
        names = [f"{silent.host}/acme/api", f"{lively.host}/acme/api"]
        with open_registries((), {}, patience=patience) as registries:
            found = lookup(names, registries)
    assert isinstance(found[names[1]], TagList)
    assert isinstance(found[names[0]], Problem)
    assert "timed out" in str(found[names[0]])


def test_many_images_of_a_silent_host_wait_for_it_once() -> None:
    """Who lets the first few wait in vain is not asked for all the others; a host that answers anybody is."""
    patience = Patience(tries=2, base=0.01, timeout=0.3)
    with running(slow(1.0)) as silent:
        names = [f"{silent.host}/acme/{number}" for number in range(40)]
        with open_registries((), {}, patience=patience, concurrency=4) as registries:
            found = lookup(names, registries)
            assert all(isinstance(one, Problem) and "timed out" in one.message for one in found.values())
            assert registries.requests <= 16
    with running(instead("acme/api", Answer(200, b"{", (("Content-Length", "9"), ("Connection", "close"))))) as lame:
        for image in ("web", "shop"):
            lame.add(f"acme/{image}", "1.0.0")
        with open_registries((), {}, patience=patience) as registries:
            for image in ("api/1", "api/2", "web", "api/3", "shop"):
                name = f"{lame.host}/acme/{image}"
                assert isinstance(lookup([name], registries)[name], Problem) is image.startswith("api")


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_host_that_trickles_is_a_problem_in_time(start: bytes) -> None:
    """A byte now and then, in the headers or in the body, is no way to hold us for ever."""
    patience = Patience(tries=1, timeout=5.0, whole=0.4)
    with trickling(start) as host, open_registries((), {}, patience=patience) as registries:
        started = time.monotonic()
        found = lookup([f"{host}/acme/api"], registries)[f"{host}/acme/api"]
        assert isinstance(found, Problem)
        assert time.monotonic() - started < 4


def test_a_host_that_cannot_be_spelled_is_unknown() -> None:
    """A part of a name over 63 characters fits no DNS: a problem of that image."""
    with open_registries((), {}) as registries:
        (found,) = lookup([f"{'a' * 70}.example/acme/api"], registries).values()
    assert isinstance(found, Problem)
    assert "no address is known" in found.message


def test_nobody_there_is_a_sentence() -> None:
    """A closed port says what, where, and what to try; asked for a hundred images it is tried once."""
    host = f"127.0.0.1:{free_port()}"
    with client(host) as registries:
        found = lookup([f"{host}/acme/{number}" for number in range(100)], registries)
    assert {str(problem).partition(": ")[2] for problem in found.values()} == {
        f"{host} refuses connections (check host and port, and that it runs)"
    }


def test_an_unknown_host_is_a_sentence() -> None:
    """A name that no DNS knows ("invalid" is reserved for that, RFC 2606)."""
    with open_registries((), {}, patience=Patience(tries=1)) as registries:
        found = lookup(["registry.invalid/acme/api"], registries)["registry.invalid/acme/api"]
    assert isinstance(found, Problem)
    assert found.code == RegistryUnreachable.code
    assert "no address is known for host registry.invalid" in found.message


@pytest.mark.real
def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    """Without the authority's certificate no request is sent; with it, or with `insecure`, the registry answers."""
    ca = certificates.authority(tmp_path)
    with docker_registry(tmp_path, tls=True) as host:

        def said(settings: RegistrySettings) -> str:
            with open_registries((settings,), {}, patience=QUICK) as registries:
                return str(lookup([f"{host}/acme/api"], registries)[f"{host}/acme/api"])

        endpoint = f"https://{host}"
        assert "is not trusted" in said(RegistrySettings(host, endpoints=(endpoint,)))
        assert "knows no repository" in said(RegistrySettings(host, endpoints=(endpoint,), ca_file=str(ca)))
        assert "knows no repository" in said(RegistrySettings(host, endpoints=(endpoint,), insecure=True))
        assert "CA file" in said(RegistrySettings(host, endpoints=(endpoint,), ca_file=str(tmp_path / "none.pem")))


def test_tls_to_a_plain_server_is_a_sentence() -> None:
    """https to a server that speaks http says so, with what to write."""
    with running() as registry:
        settings = RegistrySettings(registry.host, endpoints=(f"https://{registry.host}",))
        with open_registries((settings,), {}, patience=QUICK) as registries:
            name = f"{registry.host}/acme/api"
            assert "does not speak TLS" in str(lookup([name], registries)[name])


def test_plain_http_is_for_this_machine_or_said() -> None:
    """An http endpoint elsewhere is a mistake of the configuration unless `insecure` says it is meant."""
    settings = RegistrySettings("ghcr.io", endpoints=("http://mirror.example:5000",))
    with open_registries((settings,), {}) as registries, pytest.raises(UsageError, match="plain http"):
        registries.for_image("ghcr.io/acme/api")


# ── digests and facts ────────────────────────────────────────────────────────


def test_a_digest_that_no_header_tells_is_computed() -> None:
    """Without Docker-Content-Digest the manifest is read and hashed."""
    with running(without("Docker-Content-Digest"), tags=()) as registry:
        digest = registry.add("acme/api", "1")
        with client(registry.host) as registries:
            member, repository = registries.for_image(f"{registry.host}/acme/api")
            assert member.digest(repository, "1") == digest
        assert paths(registry) == ["HEAD /v2/acme/api/manifests/1", "GET /v2/acme/api/manifests/1"]


def test_a_manifest_that_is_not_its_digest_is_refused() -> None:
    """Bytes that do not hash to what was promised are no facts."""
    forged = answer_json({"schemaVersion": 2}, headers=(("Docker-Content-Digest", f"sha256:{'0' * 64}"),))
    with running(instead("manifests", forged)) as registry, client(registry.host) as registries:
        name = f"{registry.host}/acme/api"
        with pytest.raises(RegistryError, match="not the one of its digest"):
            describe(name, ["1.0.0"], registries)


def test_all_four_kinds_of_manifest_are_accepted() -> None:
    """Without them a registry answers 404 for OCI images, or rewrites Docker's to another digest."""
    with running() as registry, client(registry.host) as registries:
        describe(f"{registry.host}/acme/api", ["1.0.0"], registries)
        member, repository = registries.for_image(f"{registry.host}/acme/api")
        member.digest(repository, "1.0.0")
    accepted = [asked.headers["accept"] for asked in registry.requests if "/manifests/" in asked.path]
    assert len(accepted) == 2
    assert all(accept.count("application/vnd.") == 4 for accept in accepted)


def test_a_fact_that_is_not_there_differs_from_one_that_could_not_be_read() -> None:
    """A configuration that is gone leaves its fields empty, and says why; one that fails to come is an error."""
    gone, failing = instead("/blobs/", refusal(404, "BLOB_UNKNOWN")), instead("/blobs/", refusal(500, "UNKNOWN"))
    with running(gone) as registry, client(registry.host) as registries:
        found = describe(f"{registry.host}/acme/api", ["1.0.0"], registries)["1.0.0"]
        assert (found.described, found.created, found.platforms) == (True, None, None)
        assert found.digest
        assert found.unread
        assert "has not its configuration sha256:" in found.unread.message
    with running(failing) as registry, client(registry.host) as registries, pytest.raises(RegistryError):
        describe(f"{registry.host}/acme/api", ["1.0.0"], registries)


# ── manners ──────────────────────────────────────────────────────────────────


def test_who_asks_says_so() -> None:
    """The User-Agent names Tagwright and its version."""
    with running() as registry:
        listed(registry)
    assert all(asked.headers["user-agent"].startswith("tagwright/0") for asked in registry.requests)


def test_requests_per_second_are_kept() -> None:
    """Six requests at 20 a second take a quarter of a second, however many threads ask."""
    with running() as registry:
        settings = RegistrySettings(registry.host, requests_per_second=20)
        with open_registries((settings,), {}) as registries:
            started = time.monotonic()
            lookup([f"{registry.host}/acme/{number}" for number in range(6)], registries)
            assert time.monotonic() - started >= 0.25


def test_no_more_connections_than_allowed() -> None:
    """Three targets of ten images each and a limit of four: never more than four requests at once."""
    at_once, most = [], []

    def watch(asked, onward):  # type: ignore[no-untyped-def]
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(0.005)
        at_once.pop()
        return onward(asked)

    with running(watch) as registry, open_registries((), {}, concurrency=4) as registries:
        names = [[f"{registry.host}/acme/api{target}-{number}" for number in range(10)] for target in range(3)]
        with ThreadPoolExecutor(3) as targets:
            found = list(targets.map(lambda images: lookup(images, registries), names))
    assert [len(images) for images in found] == [10, 10, 10]
    assert 1 < max(most) <= 4


def test_a_connection_the_server_closed_is_replaced_without_a_word() -> None:
    """Registries close idle connections; the next request opens another and is not a retry."""
    with running() as registry, client(registry.host, patience=Patience(tries=1)) as registries:
        lookup([f"{registry.host}/acme/api"], registries)
        registry.hang_up()
        found = lookup([f"{registry.host}/acme/web"], registries)
    assert RepositoryUnknown.code in repr(found)
