"""Others' programs against our embedded registry, and ours behind others' servers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tagwright.lookup import lookup
from tagwright.model import RegistrySettings, TagList
from tagwright.registries import open_registries
from tagwright.registries.embedded import EmbeddedRegistry
from tagwright.registries.patience import Patience
from tests.support.parts import require
from tests.support.real_registry import free_port, wait_for_port

pytestmark = pytest.mark.real


@pytest.fixture
def embedded() -> Iterator[EmbeddedRegistry]:
    with EmbeddedRegistry() as registry:
        yield registry


def skopeo(*arguments: str) -> dict[str, object]:
    """skopeo's JSON, without TLS and without any policy of this machine."""
    program = require("skopeo", "skopeo")
    command = [program, "--insecure-policy", *arguments, "--tls-verify=false"]
    said: dict[str, object] = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)
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


def test_a_real_rate_limit_is_waited_out(embedded: EmbeddedRegistry, tmp_path: Path) -> None:
    """nginx lets five requests a second through and answers 429 with Retry-After to the rest: every list comes."""
    program, port = require("nginx", "nginx"), free_port()
    folders = "".join(f"{kind}_temp_path {tmp_path}/{kind}; " for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(
        f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/error.log; worker_processes 1;\n"
        "events { worker_connections 64; }\n"
        f"http {{ access_log off; client_body_temp_path {tmp_path}/body; {folders}\n"
        "limit_req_zone $binary_remote_addr zone=z:1m rate=5r/s; limit_req_status 429;\n"
        f"server {{ listen 127.0.0.1:{port}; error_page 429 @limited;\n"
        "location @limited { internal; add_header Retry-After 1 always; return 429 '{}'; }\n"
        f"location / {{ limit_req zone=z burst=2 nodelay; proxy_pass {embedded.url}; }} }} }}\n"
    )
    names = [f"127.0.0.1:{port}/acme/api{number}" for number in range(16)]
    for number in range(16):
        embedded.add(f"acme/api{number}", "1")
    with subprocess.Popen([program, "-c", f"{tmp_path}/nginx.conf", "-e", f"{tmp_path}/error.log"]) as server:
        try:
            wait_for_port(port)
            settings = (RegistrySettings(f"127.0.0.1:{port}"),)
            with open_registries(settings, {}, patience=Patience(base=0.1)) as registries:
                found = lookup(names, registries)
                asked = registries.requests
        finally:
            server.terminate()
    assert all(isinstance(tags, TagList) for tags in found.values())
    assert asked > len(names)
