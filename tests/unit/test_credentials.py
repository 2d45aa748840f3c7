"""Who we are: settings first, then docker's configuration, and never a word of it aloud."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tagwright.credentials import Credentials, Wallet, programs
from tagwright.errors import RegistryDenied
from tagwright.model import RegistryCredentials, RegistrySettings, Secret


def for_registry(
    host: str, settings: RegistrySettings | None, environ: Mapping[str, str], repository: str = ""
) -> Credentials | None:
    found = Wallet(host, settings, environ).find(repository)
    return found.credentials if found else None


def auth(text: str = "foo:bar") -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.fixture
def docker(tmp_path: Path) -> Any:
    """Ask for a host with this configuration in DOCKER_CONFIG."""

    def ask(config: object, host: str, repository: str = "") -> Credentials | None:
        (tmp_path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
        return for_registry(host, None, {"DOCKER_CONFIG": str(tmp_path)}, repository)

    return ask


def settings(**given: Any) -> RegistrySettings:
    return RegistrySettings("r", credentials=RegistryCredentials(**given))


def test_settings_come_first(tmp_path: Path, docker: Any) -> None:
    """A user and password or a token from variables or files; docker's configuration is not read then."""
    docker({"auths": {"r": auth()}}, "r")
    (tmp_path / "secret").write_text("f1le\n")
    environ = {"U": "u", "P": "p", "DOCKER_CONFIG": str(tmp_path)}
    named, filed = Secret(env="P"), Secret(file=str(tmp_path / "secret"))
    assert for_registry("r", settings(username=Secret(env="U"), password=named), environ) == Credentials("u", "p")
    assert for_registry("r", settings(username=Secret(env="U"), password=filed), environ) == Credentials("u", "f1le")
    assert for_registry("r", settings(token=named), environ) == Credentials(token="p")
    assert for_registry("r", RegistrySettings("r"), environ) == Credentials("foo", "bar")


@pytest.mark.parametrize(
    "given",
    [
        {"token": Secret(env="NOT_SET")},
        {"username": Secret(env="NOT_SET"), "password": Secret(env="NOT_SET")},
        {"username": Secret(env="HOME")},
        {"token": Secret(file="/nonexistent/secret")},
        {"docker_config": ("/nonexistent/config.json",)},
        {"helper": "not-there-at-all"},
        {"provider": "gar"},
    ],
)
def test_credentials_that_are_named_must_be_there(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask as a stranger instead would hide the mistake."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(RegistryDenied) as caught:
        for_registry("r", settings(**given), {"HOME": "/nonexistent"})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("key", "host", "found"),
    [
        ("ghcr.io", "ghcr.io", True),
        ("https://ghcr.io", "ghcr.io", True),
        ("https://ghcr.io/v2/", "ghcr.io", True),
        ("r.example:5000", "r.example:5000", True),
        ("r.example", "r.example:5000", False),
        ("ghcr.io/acme", "ghcr.io", False),
        ("ghcr.io.evil.example", "ghcr.io", False),
        ("evil-ghcr.io", "ghcr.io", False),
        ("https://index.docker.io/v1/", "docker.io", True),
        ("docker.io", "docker.io", True),
        ("registry-1.docker.io", "docker.io", True),
        ("https://index.docker.io/v1/", "registry-1.docker.io", True),
        ("https://index.docker.io/v1/", "ghcr.io", False),
    ],
)
def test_an_entry_is_for_its_host_alone(docker: Any, key: str, host: str, found: bool) -> None:
    """Exact hosts; Docker Hub's names are one; a path names less than the host."""
    assert docker({"auths": {key: auth()}}, host) == (Credentials("foo", "bar") if found else None)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (auth("foo:b:a:r"), Credentials("foo", "b:a:r")),
        ({"username": "u", "password": "p"}, Credentials("u", "p")),
        ({**auth(), "identitytoken": "id"}, Credentials(identity="id")),
        ({**auth(), "identitytoken": ""}, Credentials("foo", "bar")),
        ({"auth": base64.b64encode(b"foo:bar\0\0").decode()}, Credentials("foo", "bar")),
        ({}, None),
        ({"email": "a@b"}, None),
    ],
)
def test_every_kind_of_entry(docker: Any, entry: dict[str, str], expected: Credentials | None) -> None:
    """As docker and Kubernetes write them."""
    assert docker({"auths": {"r": entry}}, "r") == expected


@pytest.mark.parametrize(
    "config", ["{", "[]", '{"auths": 7}', {"auths": {"r": {"auth": "s3cret!"}}}, {"auths": {"r": 7}}]
)
def test_a_broken_configuration_is_said_and_not_repeated(docker: Any, config: object) -> None:
    """Broken is not absent, and its text stays where it is."""
    with pytest.raises(RegistryDenied) as caught:
        docker(config, "r")
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__suppress_context__


def test_nothing_configured_is_a_stranger(tmp_path: Path) -> None:
    """Without a file there is nobody to be."""
    assert for_registry("r", None, {"HOME": str(tmp_path)}) is None
    assert for_registry("r", None, {}) is None


def test_the_home_folder_is_read(tmp_path: Path) -> None:
    """~/.docker/config.json when DOCKER_CONFIG is not set; a named file or folder instead of either."""
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text(json.dumps({"auths": {"r": auth()}}))
    (tmp_path / "other.json").write_text(json.dumps({"auths": {"r": auth("o:o")}}))
    assert for_registry("r", None, {"HOME": str(tmp_path)}) == Credentials("foo", "bar")
    assert for_registry("r", settings(docker_config=(str(tmp_path / "other.json"),)), {}) == Credentials("o", "o")
    assert for_registry("r", settings(docker_config=(str(tmp_path / ".docker"),)), {}) == Credentials("foo", "bar")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install docker-credential-test, a shell script."""

    def install(script: str) -> Path:
        program = tmp_path / "docker-credential-test"
        program.write_text(f"#!/bin/sh\nread server\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return install


KNOWN = """echo "{\\"ServerURL\\":\\"x\\",\\"Username\\":\\"for $server\\",\\"Secret\\":\\"s3cret\\"}" """


def test_a_helper_is_asked_for_the_host(helper: Any, docker: Any) -> None:
    """credHelpers for their host, credsStore for every other one, and Docker Hub by its old address."""
    helper(KNOWN)
    assert docker({"credHelpers": {"r": "test"}}, "r") == Credentials("for r", "s3cret")
    assert docker({"credHelpers": {"r": "test"}}, "other") is None
    assert docker({"credsStore": "test"}, "other") == Credentials("for other", "s3cret")
    assert docker({"credsStore": "test"}, "docker.io") == Credentials("for https://index.docker.io/v1/", "s3cret")
    assert for_registry("r", settings(helper="test"), {}) == Credentials("for r", "s3cret")


def test_a_helper_may_give_an_identity_token(helper: Any) -> None:
    """Its user name "<token>" says so."""
    helper(KNOWN.replace("for $server", "<token>"))
    assert for_registry("r", settings(helper="test"), {}) == Credentials(identity="s3cret")


def test_what_a_helper_does_not_know_the_file_may(helper: Any, docker: Any) -> None:
    """A store without this host leaves the entry of `auths` to be used."""
    helper("echo credentials not found in native keychain; exit 1")
    assert docker({"credsStore": "test", "auths": {"r": auth()}}, "r") == Credentials("foo", "bar")


@pytest.mark.parametrize("script", ["echo s3cret; exit 1", "echo s3cret", "echo '{}'", "exec sleep 5"])
def test_a_helper_that_fails_is_a_denial_without_its_words(
    helper: Any, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken output, an exit code, and silence beyond the time limit."""
    helper(script)
    monkeypatch.setattr(programs, "LIMIT", 0.5)
    with pytest.raises(RegistryDenied, match="docker-credential-test ") as caught:
        for_registry("r", settings(helper="test"), {})
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_docker_configurations_of_the_field_are_read(shared: Path, docker: Any) -> None:
    """Pull secrets as users write them. Where a rival finds nothing or picks at random, its note says it is a fault."""
    entries = json.loads((shared / "vectors/argo-misc.json").read_text())
    judged = [entry for entry in entries if entry["kind"] == "docker-config" and entry["expect"] != "either"]
    for entry in judged:
        found = docker(entry["config"], entry["registry"].removeprefix("https://"))
        plain = "username and password keys are not read" in entry.get("note", "")
        expected = ["u", "p"] if plain else entry["expect"]
        assert found == (Credentials(*expected) if expected else None), entry
    assert len(judged) >= 5
