"""Which registry answers for an image, and at which address."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tagwright.errors import TagwrightError, UsageError
from tagwright.lookup import lookup
from tagwright.model import RegistrySettings
from tagwright.registries import address, open_registries
from tests.support.registry import FaultyRegistry


@pytest.mark.parametrize(
    ("host", "settings", "expected"),
    [
        ("ghcr.io", None, ("https://ghcr.io", "")),
        ("docker.io", None, ("https://registry-1.docker.io", "")),
        ("localhost:5000", None, ("http://localhost:5000", "")),
        ("127.0.0.1:5000", None, ("http://127.0.0.1:5000", "")),
        ("[::1]:5000", None, ("http://[::1]:5000", "")),
        ("127.0.0.1.evil.example", None, ("https://127.0.0.1.evil.example", "")),
        ("localhost:5000", {"ca_file": "ca.pem"}, ("https://localhost:5000", "")),
        ("r.example:5000", {"insecure": True}, ("http://r.example:5000", "")),
        ("r.example", {"insecure": True, "endpoints": ("https://r.example",)}, ("https://r.example", "")),
        ("ghcr.io", {"endpoints": ("http://127.0.0.1:5000/ghcr.io",)}, ("http://127.0.0.1:5000", "ghcr.io")),
        ("ghcr.io", {"endpoints": ("https://mirror.example/a/b/",)}, ("https://mirror.example", "a/b")),
        ("docker.io", {"endpoints": ("https://mirror.example",)}, ("https://mirror.example", "")),
    ],
)
def test_where_a_host_is_asked(host: str, settings: dict[str, object] | None, expected: tuple[str, str]) -> None:
    """TLS but on this machine and where plain http was meant; an endpoint's path comes before the repository."""
    given = RegistrySettings(host, **settings) if settings is not None else None  # type: ignore[arg-type]
    origin, path = address(host, given)
    assert (str(origin), path) == expected


@pytest.mark.parametrize("endpoint", ["http://r.example", "http://127.0.0.1.evil.example"])
def test_plain_http_elsewhere_is_a_mistake_unless_said(endpoint: str) -> None:
    """Nobody's password goes over the wire in the clear by accident."""
    with pytest.raises(UsageError, match="plain http"):
        address("ghcr.io", RegistrySettings("ghcr.io", endpoints=(endpoint,)))


@pytest.mark.parametrize("endpoint", ["mirror.example", "https://u:s3cret@mirror.example", "ftp://mirror.example"])
def test_an_endpoint_that_is_no_address_is_refused(endpoint: str) -> None:
    """And a secret inside it is not repeated."""
    with pytest.raises(TagwrightError) as caught:
        address("ghcr.io", RegistrySettings("ghcr.io", endpoints=(endpoint,)))
    assert "s3cret" not in str(caught.value)


def test_the_longest_prefix_on_whole_parts_wins() -> None:
    """ghcr.io/acme is no prefix of ghcr.io/acme-labs, and ghcr.io none of ghcr.io.example."""
    with FaultyRegistry() as registry:
        prefixes = ("r.example", "r.example/acme", "r.example/acme/api", "docker.io/library")
        settings = tuple(
            RegistrySettings(prefix, endpoints=(f"{registry.url}/{number}/",)) for number, prefix in enumerate(prefixes)
        )
        names = {
            "r.example/app": "0/app",
            "r.example/acme/web": "1/acme/web",
            "r.example/acme/api": "2/acme/api",
            "r.example/acme/api/x": "2/acme/api/x",
            "r.example/acme/api-x": "1/acme/api-x",
            "r.example/acme-labs/x": "0/acme-labs/x",
            "nginx": "3/library/nginx",
        }
        with open_registries(settings, {}) as registries:
            lookup(names, registries)
    asked = {request.path.removeprefix("/v2/").removesuffix("/tags/list") for request in registry.requests}
    assert asked == set(names.values())


def test_credentials_of_a_host_do_not_go_to_its_mirror(tmp_path: Path) -> None:
    """docker's entry for ghcr.io is not for the endpoint that stands in for it; the endpoint's own entry is."""
    from tests.support.registry import authorization, basic

    with FaultyRegistry(basic(authorization("mirror", "m"))) as registry:
        auths = {"ghcr.io": ("hub", "h"), registry.host: ("mirror", "m")}
        entries = {host: {"auth": authorization(*login).removeprefix("Basic ")} for host, login in auths.items()}
        (tmp_path / "config.json").write_text(json.dumps({"auths": entries}))
        settings = (RegistrySettings("ghcr.io", endpoints=(registry.url,)),)
        with open_registries(settings, {"DOCKER_CONFIG": str(tmp_path)}) as registries:
            lookup(["ghcr.io/acme/api"], registries)
    sent = [asked.headers.get("authorization") for asked in registry.requests]
    assert sent == [None, authorization("mirror", "m")]


def test_names_that_are_none_are_problems() -> None:
    """A hostile name becomes a problem of its own, and no request."""
    names = ["r.example/../../etc", "127.0.0.1:1/a?b", "127.0.0.1:1/a b", "127.0.0.1:99999/a", "127.0.0.1:1/A"]
    with open_registries((), {}) as registries:
        found = lookup(names, registries)
        assert registries.requests == 0
    assert all(hasattr(problem, "code") for problem in found.values())


def test_an_insecure_host_is_asked_as_the_field_does(shared: Path) -> None:
    """`insecure` without an endpoint is plain http for that host, and for no other."""
    vector = json.loads((shared / "vectors/renovate-image-parse.json").read_text())["insecure_host_rule"]
    settings = RegistrySettings(vector["rule"]["matchHost"], insecure=True)
    for entry in vector["results"]:
        host, _, _ = entry["package"].partition("/")
        origin, _ = address(host, settings if host == settings.prefix else None)
        assert str(origin) == entry["registryHost"]
