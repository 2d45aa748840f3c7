"""A small real registry: the OCI distribution API for reading, on this machine, in this process, from memory.

`tagwright demo` looks its tags up here over HTTP, and the tests start it with faults of their own: whoever derives
from it and overrides `answer` changes what it says. Pages as the specification says: `n`, `last`, a relative Link.
"""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlencode, urlsplit

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_EPOCH = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# An empty tar archive, gzipped: the one layer of every image, and the digest of what is inside it.
_LAYER = bytes.fromhex("1f8b08000000000002ff63601805a360148c5400002eafb5ef00040000")
_LAYER_DIFF = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: `path` without the query, header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer; `headers` may repeat a name."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes and what they are."""

    media_type: str
    body: bytes


@dataclass(slots=True)
class Repository:
    """What is kept of one image repository: tags to digests, and manifests and blobs by digest."""

    tags: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, Blob] = field(default_factory=dict)
    blobs: dict[str, Blob] = field(default_factory=dict)

    def keep(self, where: dict[str, Blob], media_type: str, body: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        where[digest] = Blob(media_type, body)
        return digest


class EmbeddedRegistry:
    """Start it, add images, read them at `host`. Usable as a context manager; `requests` is everything asked so far."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.repositories: dict[str, Repository] = {}
        self._server: _Server | None = None

    # ── life ─────────────────────────────────────────────────────────────────

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and close every connection."""
        if self._server:
            self._server.end()
            self._server = None

    def hang_up(self) -> None:
        """Close the connections that are open now, as servers do with idle ones."""
        if self._server:
            self._server.hang_up()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def host(self) -> str:
        """ "127.0.0.1:PORT", as an image's name starts."""
        assert self._server, "the registry is not started"
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{self.host}"

    # ── contents ─────────────────────────────────────────────────────────────

    def add(
        self,
        repository: str,
        tag: str,
        *,
        created: datetime = _EPOCH,
        platforms: Iterable[str] = ("linux/amd64",),
        labels: Mapping[str, str] | None = None,
        runs: Mapping[str, object] | None = None,
    ) -> str:
        """Push an image under a tag and return its digest: an index when it has several platforms.

        The same arguments give the same digest; the repository and the tag are labels of it. `runs` is what its
        configuration says beside them ("User", "Env" …).
        """
        kept = self.repositories.setdefault(repository, Repository())
        named = {"org.opencontainers.image.ref.name": f"{repository}:{tag}", **(labels or {})}
        images = [
            (platform, _image(kept, platform, created, {**(runs or {}), "Labels": named})) for platform in platforms
        ]
        digest = images[0][1] if len(images) == 1 else _index(kept, images)
        kept.tags[tag] = digest
        return digest

    def point(self, repository: str, tag: str, digest: str) -> None:
        """Let a tag name an image that is there already."""
        self.repositories[repository].tags[tag] = digest

    def create(self, repository: str) -> None:
        """A repository without a tag."""
        self.repositories.setdefault(repository, Repository())

    def remove(self, repository: str, tag: str) -> None:
        """Take a tag away; its manifests stay."""
        del self.repositories[repository].tags[tag]

    # ── answers ──────────────────────────────────────────────────────────────

    def answer(self, asked: Asked) -> Answer:
        """What the specification says to this request."""
        if asked.method not in ("GET", "HEAD"):
            return refusal(405, "UNSUPPORTED")
        if asked.path in ("/v2", "/v2/"):
            return answer_json({})
        name, _, rest = asked.path.removeprefix("/v2/").rpartition("/")
        name, _, kind = name.rpartition("/")
        repository = self.repositories.get(name)
        if repository is None:
            return refusal(404, "NAME_UNKNOWN")
        if (kind, rest) == ("tags", "list"):
            return _tag_page(name, sorted(repository.tags), asked.query)
        if kind == "manifests":
            return _kept(repository.manifests.get(repository.tags.get(rest, rest)), "MANIFEST_UNKNOWN")
        if kind == "blobs":
            return _kept(repository.blobs.get(rest), "BLOB_UNKNOWN")
        return refusal(404, "UNSUPPORTED")


def answer_json(value: object, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A JSON answer."""
    return Answer(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *headers))


def refusal(status: int, code: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """An error as the specification words it."""
    return answer_json({"errors": [{"code": code, "message": code.replace("_", " ").lower()}]}, status, headers)


def _tag_page(name: str, tags: list[str], query: Mapping[str, str]) -> Answer:
    after = [tag for tag in tags if tag > query.get("last", "")]
    size = int(query["n"]) if query.get("n", "").isdigit() else len(after)
    page = after[:size]
    link: tuple[tuple[str, str], ...] = ()
    if 0 < size < len(after):
        follow = urlencode({"last": page[-1], "n": size})
        link = (("Link", f'</v2/{quote(name)}/tags/list?{follow}>; rel="next"'),)
    return answer_json({"name": name, "tags": page}, headers=link)


def _kept(blob: Blob | None, code: str) -> Answer:
    if blob is None:
        return refusal(404, code)
    digest = f"sha256:{hashlib.sha256(blob.body).hexdigest()}"
    return Answer(200, blob.body, (("Content-Type", blob.media_type), ("Docker-Content-Digest", digest)))


def _image(kept: Repository, platform: str, created: datetime, runs: Mapping[str, object]) -> str:
    system, architecture, *variant = platform.split("/")
    config = {
        "os": system,
        "architecture": architecture,
        **({"variant": variant[0]} if variant else {}),
        "created": created.isoformat().replace("+00:00", "Z"),
        "config": runs,
        "rootfs": {"type": "layers", "diff_ids": [_LAYER_DIFF]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _descriptor(kept, OCI_CONFIG, _dump(config)),
        "layers": [_descriptor(kept, OCI_LAYER, _LAYER)],
    }
    return kept.keep(kept.manifests, OCI_MANIFEST, _dump(manifest))


def _index(kept: Repository, images: list[tuple[str, str]]) -> str:
    entries = []
    for platform, digest in images:
        system, architecture, *variant = platform.split("/")
        named = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
        size = len(kept.manifests[digest].body)
        entries.append({"mediaType": OCI_MANIFEST, "digest": digest, "size": size, "platform": named})
    return kept.keep(
        kept.manifests, OCI_INDEX, _dump({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
    )


def _descriptor(kept: Repository, media_type: str, body: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": kept.keep(kept.blobs, media_type, body), "size": len(body)}


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


class _Server(ThreadingHTTPServer):
    """Keeps the registry it speaks for, and its open connections to end them."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, registry: EmbeddedRegistry) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.registry = registry
        self.open: set[socket.socket] = set()

    def server_bind(self) -> None:
        """Without the reverse look-up of our own name that HTTPServer makes."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def end(self) -> None:
        """Stop, and wait for the threads that still answer."""
        self.shutdown()
        self.hang_up()
        self.server_close()

    def hang_up(self) -> None:
        """Close every connection's both ways; its thread then ends."""
        for connection in tuple(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # its other end was faster
                continue


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for headers and body
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        try:
            super().finish()
        except OSError:  # the client left first
            return

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        asked = Asked(self.command, parts.path, query, headers, body)
        self.server.registry.requests.append(asked)
        self._send(self.server.registry.answer(asked))

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 (the names http.server calls)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        names = {name.lower() for name, _ in answer.headers}
        for name, value in answer.headers:
            self.send_header(name, value)
        if "content-length" not in names:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `requests` has it all."""
