"""Who we are to the registries, as people set it up: shown by `check --online`, which shows no secret."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from tests.support.registry import PASSWORD, USER, Bearer, authorization, basic, running
from tests.support.story import Story

NOBODY = base64.b64encode(b"nobody:wr0ng-s3cret").decode()


@pytest.fixture
def folder(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for secrets; nobody's own logins are read."""
    for name in ("DOCKER_CONFIG", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("U", USER)
    monkeypatch.setenv("P", PASSWORD)
    return tmp_path


def test_online_it_is_said_who_we_are_to_each_registry(story: Story, folder: Path) -> None:
    """The registry as written, the endpoint asked, kind and place of the credentials, and whether they work: exit 0
    when all do, 1 when one does not."""
    login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (folder / "secret").mkdir()
    (folder / "secret/.dockerconfigjson").write_text(json.dumps({"auths": {"registry.test": {"auth": NOBODY}}}))
    opened = story.offers("acme/open", "1.0.0")
    program = folder / "say-login"
    program.write_text(f"#!/bin/sh\necho '{USER}:{PASSWORD}'\n")
    program.chmod(0o755)
    tokens = Bearer(authorization())
    with running(basic()) as one, running(tokens) as two, running(basic()) as three:
        config = folder / "docker.json"
        config.write_text(json.dumps({"auths": {f"{two.host}/acme": {"auth": login}, two.host: {"auth": NOBODY}}}))
        images = [opened, *(f"{registry.host}/acme/api" for registry in (one, two, three))]
        story.remote.commit({"k8s.yaml": "".join(f"- image: {image}:1.0.0\n" for image in images)})
        told = {}
        for name, third in (("good", f"command: [{program}]"), ("bad", f"docker_config: {folder}/secret")):
            story.configured(
                "registries:\n"
                f"  - {{prefix: {one.host}, credentials: {{username_env: U, password_env: P}}}}\n"
                f"  - {{prefix: {two.host}, credentials: {{docker_config: [{folder}/secret, {config}]}}}}\n"
                f"  - {{prefix: registry.test, endpoint: '{three.url}', credentials: {{{third}}}}}\n"
                "defaults: {policy: {semver: ^1}}\ndelivery: {mode: commit}\n"
            )
            images[3] = "registry.test/acme/api"
            story.remote.commit({"k8s.yaml": "".join(f"- image: {image}:1.0.0\n" for image in images)})
            told[name] = story.runs(f"tagwright check --online --config {folder}/tagwright.yaml --json")
        text = story.runs(f"tagwright check --online --config {folder}/tagwright.yaml")
        seen = {entry["registry"]: entry for entry in told["good"].json["registries"]}
        assert told["good"].code == 0
        assert {name: (entry["endpoint"], entry["credentials"], entry["works"]) for name, entry in seen.items()} == {
            story.registry.host: (story.registry.url, "anonymous", True),
            one.host: (f"http://{one.host}", "environment U/P", True),
            two.host: (f"http://{two.host}", f"docker config {config}, key {two.host}/acme", True),
            "registry.test": (f"http://{three.host}", f"command {program}", True),
        }
        assert told["bad"].code == 1
        bad = next(entry for entry in told["bad"].json["registries"] if entry["registry"] == "registry.test")
        assert (bad["works"], bad["credentials"]) == (False, "anonymous")
        assert "does not show acme/api to strangers" in bad["problem"]
        assert f"registry {one.host} at http://{one.host} as environment U/P: works" in text.out
        everything = "".join(one.out + one.err for one in (*told.values(), text))
        for secret in (PASSWORD, login, NOBODY, "wr0ng"):
            assert secret not in everything


def test_credentials_that_do_not_work_are_named(story: Story, folder: Path) -> None:
    """Refused ones and missing ones: exit 1, and their place beside what went wrong."""
    with running(basic("Basic other")) as one, running(basic()) as two:
        images = f"- image: {one.host}/acme/api:1.0.0\n- image: {two.host}/acme/api:1.0.0\n"
        story.remote.commit({"k8s.yaml": images})
        story.configured(
            "registries:\n"
            f"  - {{prefix: {one.host}, credentials: {{username_env: U, password_env: P}}}}\n"
            f"  - {{prefix: {two.host}, credentials: {{login_env: NOT_SET}}}}\n"
            "defaults: {policy: {semver: ^1}}\ndelivery: {mode: commit}\n"
        )
        told = story.runs(f"tagwright check --online --config {folder}/tagwright.yaml --json")
        assert told.code == 1
        seen = {entry["registry"]: entry for entry in told.json["registries"]}
        assert seen[one.host]["credentials"] == "environment U/P"
        assert "refuses our credentials" in seen[one.host]["problem"]
        assert seen[two.host]["credentials"] == "environment NOT_SET"
        assert "NOT_SET is not set" in seen[two.host]["problem"]
        assert PASSWORD not in told.out + told.err


def test_credentials_that_no_reference_needs_are_tried_all_the_same(story: Story, folder: Path) -> None:
    """A registry with credentials and nothing to look up yet is asked one thing alone: whether it lets us in."""
    with running(basic()) as one, running(basic("Basic other")) as two, running() as three:
        story.remote.commit({"k8s.yaml": "a: b\n"})
        story.configured(
            "registries:\n"
            f"  - {{prefix: {one.host}/team, credentials: {{username_env: U, password_env: P}}}}\n"
            f"  - {{prefix: {two.host}, credentials: {{username_env: U, password_env: P}}}}\n"
            f"  - {{prefix: {three.host}, insecure: true}}\n"
            "defaults: {policy: {semver: ^1}}\ndelivery: {mode: commit}\n"
        )
        told = story.runs(f"tagwright check --online --config {folder}/tagwright.yaml --json")
        assert told.code == 1
        assert {entry["registry"]: entry["works"] for entry in told.json["registries"]} == {
            one.host: True,
            two.host: False,
        }
        assert [(one["about"], one["message"]) for one in told.json["problems"]] == [
            (two.host, f"{two.host} refuses our credentials for its API")
        ]
        assert {asked.path for asked in (*one.requests, *two.requests)} == {"/v2/"}
        assert three.requests == []


def test_a_machine_of_amazons_updates_from_its_own_registry(
    story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`provider: ecr`, and nothing else: the password comes from Amazon, and is told to nobody but the registry."""
    moto = pytest.importorskip("moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    password = "123456789012-auth-token"  # moto's
    with running(basic(authorization("AWS", password)), tags=("1.0.0", "1.1.0")) as registry, moto.mock_aws():
        story.remote.commit({"k8s.yaml": f"image: {host}/acme/api:1.0.0\n"})
        url = registry.url
        story.configured(
            f"registries: [{{prefix: {host}, endpoint: '{url}', credentials: {{provider: ecr}}}}]\n"
            "defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n"
        )
        checked = story.runs(f"tagwright check --online --config {folder}/tagwright.yaml")
        done = story.runs("tagwright run --json")
    assert checked.code == 0
    assert f"registry {host} at {url} as provider ecr: works" in checked.out
    assert done.code == 0
    assert story.remote.show("k8s.yaml").strip() == f"image: {host}/acme/api:1.1.0"
    assert password not in checked.out + checked.err + done.out + done.err
