"""Others' programs against our embedded registry, and ours behind others' servers."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tagwright.errors import Problem
from tagwright.lookup import describe, lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import EmbeddedRegistry
from tagwright.registries.web.patience import Patience
from tests.support import certificates
from tests.support.fault_proxy import FaultProxy
from tests.support.houses import REAL, House, running_house
from tests.support.parts import require
from tests.support.real_registry import Pusher, docker_registry, free_port, wait_for_port
from tests.support.registry import PASSWORD, TAGS, USER, paged, running

pytestmark = pytest.mark.real


@pytest.fixture
def embedded() -> Iterator[EmbeddedRegistry]:
    with EmbeddedRegistry() as registry:
        yield registry


def judge(*arguments: str) -> bytes:
    """What skopeo says, without any policy of this machine."""
    command = [require("skopeo", "skopeo"), "--insecure-policy", *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def skopeo(*arguments: str) -> dict[str, object]:
    """skopeo's JSON; without TLS where no other way is given."""
    ways = () if {"--cert-dir", "--tls-verify=false"} & set(arguments) else ("--tls-verify=false",)
    said: dict[str, object] = json.loads(judge(*arguments, *ways))
    return said


def test_skopeo_reads_what_we_serve(embedded: EmbeddedRegistry) -> None:
    """An independent client sees the same tags, digests, dates, labels and platforms."""
    created = datetime(2026, 3, 1, tzinfo=UTC)
    one = embedded.add("acme/api", "1.0.0", created=created, platforms=("linux/arm64/v8",), labels={"a": "b"})
    two = embedded.add("acme/api", "1.1.0", platforms=("linux/amd64", "linux/arm/v7"))
    address = f"docker://{embedded.host}/acme/api"
    assert skopeo("list-tags", address)["Tags"] == ["1.0.0", "1.1.0"]
    found = skopeo("inspect", "--override-arch=arm64", f"{address}:1.0.0")
    assert (found["Digest"], found["Created"], found["Architecture"]) == (one, "2026-03-01T00:00:00Z", "arm64")
    assert isinstance(found["Labels"], dict)
    assert found["Labels"]["a"] == "b"
    index = skopeo("inspect", "--raw", f"{address}:1.1.0")
    assert isinstance(index["manifests"], list)
    assert [entry["platform"]["architecture"] for entry in index["manifests"]] == ["amd64", "arm"]
    assert skopeo("inspect", f"{address}:1.1.0")["Digest"] == two


def test_skopeo_copies_every_byte_we_serve(embedded: EmbeddedRegistry, tmp_path: Path) -> None:
    """Manifests, configurations and layers are whole: a copy with all platforms checks every digest."""
    program = require("skopeo", "skopeo")
    embedded.add("acme/api", "1.1.0", platforms=("linux/amd64", "linux/arm/v7"))
    copy = ["copy", "--all", "--src-tls-verify=false", f"docker://{embedded.host}/acme/api:1.1.0", f"dir:{tmp_path}"]
    subprocess.run([program, "--insecure-policy", *copy], check=True, capture_output=True, timeout=60)
    assert len(list(tmp_path.glob("*.manifest.json"))) == 2


def trusted(house: House, folder: Path) -> Path:
    """A folder of authorities as skopeo reads it: a key beside them would ask for a client's certificate."""
    folder.mkdir()
    (folder / "ca.crt").write_bytes(Path(house.ca_file).read_bytes())
    return folder


@pytest.mark.parametrize("kind", REAL)
def test_skopeo_and_we_read_the_same(kind: str, tmp_path: Path) -> None:
    """On every registry: the same tags (skopeo shows digests that are listed among them, too), and the same digests."""
    with running_house(kind, tmp_path) as house, house.open() as registries:
        ways = ["--cert-dir", str(trusted(house, tmp_path / "certs"))] if house.ca_file else ["--tls-verify=false"]
        ways += ["--creds", f"{USER}:{PASSWORD}"] if house.private else []
        for repository in ("acme/api", "acme/many", "acme/docker"):
            name = f"{house.host}/{repository}"
            ours = lookup([name], registries)[name]
            assert isinstance(ours, TagList)
            theirs = skopeo("list-tags", f"docker://{name}", *ways)["Tags"]
            assert isinstance(theirs, list)
            assert sorted(ours.tags) == sorted(tag for tag in theirs if ":" not in tag)
            member, path = registries.for_image(name)
            for tag in ours.tags[:3]:
                raw = judge("inspect", "--raw", f"docker://{name}:{tag}", *ways)
                assert member.digest(path, tag) == f"sha256:{hashlib.sha256(raw).hexdigest()}"


# ── nginx before a registry ──────────────────────────────────────────────────


@contextmanager
def nginx(folder: Path, upstream: str, *, server: str = "", location: str = "", http: str = "") -> Iterator[str]:
    """nginx before a registry, with directives of each level; gives its "127.0.0.1:PORT"."""
    program, port = require("nginx", "nginx"), free_port()
    folders = "".join(f"{kind}_temp_path {folder}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    ssl = " ssl" if "ssl_certificate" in server else ""
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; {folders} {http}\n"
        f"server {{ listen 127.0.0.1:{port}{ssl}; {server}\n"
        f"location / {{ {location} proxy_set_header Host $http_host; proxy_pass http://{upstream}; }} }} }}\n"
    )
    with subprocess.Popen([program, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"]) as running:
        try:
            wait_for_port(port)
            yield f"127.0.0.1:{port}"
        finally:
            running.terminate()


@contextmanager
def limited(folder: Path, upstream: str, rate: str, wait: int) -> Iterator[str]:
    """nginx that lets so many requests through, and answers 429 with Retry-After to the rest."""
    answer = f"location @limited {{ internal; add_header Retry-After {wait} always; return 429 '{{}}'; }}"
    with nginx(
        folder,
        upstream,
        http=f"limit_req_zone $binary_remote_addr zone=z:1m rate={rate}; limit_req_status 429;",
        server=f"error_page 429 @limited; {answer}",
        location="limit_req zone=z burst=2 nodelay;",
    ) as host:
        yield host


def test_a_real_rate_limit_is_waited_out(embedded: EmbeddedRegistry, tmp_path: Path) -> None:
    """Five requests a second come through, the rest is told to wait a second: every list comes."""
    for number in range(16):
        embedded.add(f"acme/api{number}", "1")
    with limited(tmp_path, embedded.host, "5r/s", 1) as host:
        names = [f"{host}/acme/api{number}" for number in range(16)]
        with open_registries((RegistrySettings(host),), {}, patience=Patience(base=0.1)) as registries:
            found = lookup(names, registries)
            asked = registries.requests
    assert all(isinstance(tags, TagList) for tags in found.values())
    assert asked > len(names)


def test_a_rate_limit_that_does_not_end_is_a_problem(tmp_path: Path) -> None:
    """docker-registry behind one request a minute: the images that came are whole, the others say when to try again."""
    with docker_registry(tmp_path) as upstream, limited(tmp_path, upstream, "1r/m", 3600) as host:
        source = EmbeddedRegistry()
        for number in range(8):
            for tag in ("1.0.0", "1.1.0"):
                source.add(f"acme/api{number}", tag)
        Pusher(upstream).push(source)
        names = [f"{host}/acme/api{number}" for number in range(8)]
        with open_registries((RegistrySettings(host),), {}, patience=Patience(tries=3, base=0.01)) as registries:
            found = lookup(names, registries)
            refused = [tags for tags in found.values() if isinstance(tags, Problem)]
            assert registries.requests < 3 * len(names)
    lists = [tags for tags in found.values() if isinstance(tags, TagList)]
    assert (len(lists), len(refused)) == (3, 5)
    assert all(sorted(tags.tags) == ["1.0.0", "1.1.0"] for tags in lists)
    assert all("429" in problem.message and problem.retry_at for problem in refused)


def test_nginx_packs_lists_and_they_are_whole(tmp_path: Path) -> None:
    """gzip as it is done in the world: fewer bytes, the same tags, and manifests by the bytes of their digests."""
    packing = "gzip on; gzip_proxied any; gzip_min_length 1; gzip_types *;"
    with docker_registry(tmp_path) as upstream, nginx(tmp_path, upstream, http=packing) as host:
        source = EmbeddedRegistry()
        digest = source.add("acme/api", "0")
        for number in range(600):
            source.point("acme/api", f"1.{number}", digest)
        Pusher(upstream).push(source)
        with FaultProxy(upstream) as plain, FaultProxy(host) as packed:
            names = [f"{proxy.host}/acme/api" for proxy in (plain, packed)]
            with open_registries((), {}) as registries:
                lists = list(lookup(names, registries).values())
                told = [describe(name, ["1.7"], registries)["1.7"] for name in names]
    assert [len(getattr(tags, "tags", ())) for tags in lists] == [601, 601]
    assert told[0] == told[1]
    assert packed.carried < plain.carried / 2


def test_links_of_a_registry_that_does_not_know_of_its_tls(tmp_path: Path) -> None:
    """Behind nginx with TLS a registry says http in its Links: the pages are asked for over TLS all the same."""
    ca = certificates.authority(tmp_path)
    keys = f"ssl_certificate {tmp_path}/server.pem; ssl_certificate_key {tmp_path}/server.key;"
    with running(paged(3, '<http://{host}{target}>; rel="next"')) as registry:
        with nginx(tmp_path, registry.host, server=keys) as host:
            settings = RegistrySettings(host, endpoints=(f"https://{host}",), ca_file=str(ca))
            with open_registries((settings,), {}) as registries:
                found = lookup([f"{host}/acme/api"], registries)[f"{host}/acme/api"]
        assert isinstance(found, TagList)
        assert found.tags == TAGS
        assert len(registry.requests) == 4
