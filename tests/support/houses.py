"""Every registry that the suite of contracts runs against, holding the same images.

Ours, with and without faults before it, and others' programs, each with its own ways of logging in.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bcrypt

from tagwright.model import RegistryCredentials, RegistrySettings, Secret
from tagwright.registries import Registries, open_registries
from tagwright.registries.embedded import EmbeddedRegistry
from tests.support import certificates
from tests.support.real_registry import Pusher, TokenServer, crane_registry, docker_registry, zuul_registry
from tests.support.registry import PASSWORD, USER, Bearer, Fault, FaultyRegistry, authorization, basic, joined, paged

CREATED = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
PARTS = {name: CREATED + timedelta(hours=hours) for name, hours in (("amd64", 0), ("arm64", 5), ("s390x", 2))}
MANY = tuple(f"2.0.{number:04}" for number in range(250))


@dataclass(frozen=True, slots=True)
class House:
    """A running registry: its host, whether it wants to know us, the settings that differ (a CA), and its own truths.

    `knows_unknown`: zuul-registry answers an empty list for a repository that is not there.
    """

    host: str
    digests: dict[str, str]
    private: bool = False
    ca_file: str = ""
    knows_unknown: bool = True

    def open(self, password: str | None = PASSWORD) -> Registries:
        """Our client for it; without a password as a stranger."""
        login = RegistryCredentials(username=Secret(env="U"), password=Secret(env="P"))
        given = login if self.private and password else RegistryCredentials()
        settings = RegistrySettings(self.host, credentials=given, ca_file=self.ca_file)
        return open_registries((settings,), {"U": USER, "P": password or ""})


def fill(registry: EmbeddedRegistry) -> dict[str, str]:
    """The images that every house holds; digests by tag of acme/api."""
    one = registry.add("acme/api", "1.0.0", created=CREATED, platforms=("linux/arm64/v8",))
    two = registry.add("acme/api", "1.1.0", created=CREATED, platforms=("linux/amd64", "linux/arm/v7"))
    registry.point("acme/api", "latest", two)
    parts = {f"linux/{name}": registry.add("acme/parts", name, created=date) for name, date in PARTS.items()}
    joined(registry, "acme/parts", "all", parts)
    dockers(registry)
    digest = registry.add("acme/many", MANY[0])
    for tag in MANY:
        registry.point("acme/many", tag, digest)
    return {"1.0.0": one, "1.1.0": two, "latest": two}


def dockers(registry: EmbeddedRegistry) -> None:
    """acme/docker: an image and a list of images under the media types that Docker had before OCI."""
    registry.add("acme/docker", "oci")
    kept = registry.repositories["acme/docker"]
    manifest = json.loads(kept.manifests[kept.tags["oci"]].body)
    manifest |= {"mediaType": DOCKER_MANIFEST}
    manifest["config"]["mediaType"] = "application/vnd.docker.container.image.v1+json"
    for layer in manifest["layers"]:
        layer["mediaType"] = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    body = json.dumps(manifest).encode()
    image = kept.tags["v2"] = kept.keep(kept.manifests, DOCKER_MANIFEST, body)
    entry = {"mediaType": DOCKER_MANIFEST, "digest": image, "size": len(body)}
    platforms = [{"os": "linux", "architecture": name} for name in ("amd64", "arm64")]
    listed = {
        "schemaVersion": 2,
        "mediaType": DOCKER_LIST,
        "manifests": [{**entry, "platform": platform} for platform in platforms],
    }
    kept.tags["list"] = kept.keep(kept.manifests, DOCKER_LIST, json.dumps(listed).encode())


FAKES: dict[str, tuple[Fault, ...]] = {
    "embedded": (),
    "paged": (paged(7),),
    "basic": (basic(),),
    "bearer": (Bearer(authorization()),),
}
REAL = (
    "distribution-2-none", "distribution-2-htpasswd", "distribution-2-token", "distribution-2-tls",
    "distribution-3-none", "distribution-3-token", "zuul", "crane",
)  # fmt: skip


@contextmanager
def running_house(kind: str, folder: Path) -> Iterator[House]:
    """One of FAKES or REAL, filled. Skips the test where the program is not there."""
    if kind in FAKES:
        with FaultyRegistry(*FAKES[kind]) as registry:
            yield House(registry.host, fill(registry), kind in ("basic", "bearer"))
    elif kind == "zuul":
        with zuul_registry(folder) as (host, login):
            yield House(host, _pushed(host, login=login), private=True, knows_unknown=False)
    elif kind == "crane":
        with crane_registry() as host:
            yield House(host, _pushed(host))
    else:
        _, version, way = kind.split("-")
        with _distribution(folder, int(version), way) as house:
            yield house


def _pushed(
    host: str, *, context: ssl.SSLContext | None = None, login: str | Callable[[str], str] = ""
) -> dict[str, str]:
    """Fill a registry over its own API; the digests of acme/api by tag."""
    source = EmbeddedRegistry()
    digests = fill(source)
    Pusher(host, context=context, login=login).push(source)
    return digests


@contextmanager
def _distribution(folder: Path, version: int, way: str) -> Iterator[House]:
    """CNCF distribution in one of its ways of logging in."""
    with ExitStack() as stack:
        tokens = TokenServer(folder)
        extra, context, ca = "", None, ""
        login: str | Callable[[str], str] = ""
        if way == "htpasswd":
            hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
            (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
            extra, login = f"auth: {{htpasswd: {{realm: r, path: {folder}/htpasswd}}}}\n", authorization()
        elif way == "token":
            realm = f"{stack.enter_context(tokens).url}/token"
            extra = (
                f"auth: {{token: {{realm: '{realm}', service: test-registry, issuer: test-issuer, "
                f"rootcertbundle: {folder}/token.pem}}}}\n"
            )
            login = lambda name: f"Bearer {tokens.token(f'repository:{name}:pull,push')}"  # noqa: E731
        elif way == "tls":
            ca = str(certificates.authority(folder))
            context = ssl.create_default_context(cafile=ca)
        host = stack.enter_context(docker_registry(folder, extra, tls=way == "tls", version=version))
        yield House(host, _pushed(host, context=context, login=login), bool(login), ca)
