"""The identity of a machine in a cloud, by the clouds' own libraries: Amazon's answers from moto, the others' recorded.

A recorded dialogue names its source and date; one field of it changed, and it fails.
"""

from __future__ import annotations

import base64
import copy
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tagwright.credentials import Credentials, Wallet, clouds
from tagwright.errors import RegistryDenied, RegistryError
from tagwright.model import RegistryCredentials, RegistrySettings
from tagwright.registries.embedded import Answer, Asked, EmbeddedRegistry, answer_json, refusal
from tagwright.registries.login.tokens import Login
from tagwright.registries.web.connections import Ask
from tagwright.registries.web.http import Trust, Web
from tagwright.registries.web.origin import parse
from tests.support.registry import FaultyRegistry

DIALOGUES = Path(__file__).parent / "dialogues"


def dialogue(name: str) -> Any:
    found = json.loads((DIALOGUES / name).read_text())
    assert found["source"]
    assert datetime.fromisoformat(found["recorded"]) < datetime(2100, 1, 1)
    return found


def settings(provider: str, prefix: str = "r") -> RegistrySettings:
    return RegistrySettings(prefix, credentials=RegistryCredentials(provider=provider))


# ── Amazon ───────────────────────────────────────────────────────────────────


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Amazon's answers, in this process."""
    moto = pytest.importorskip("moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-s3cret")
    with moto.mock_aws():
        yield


@pytest.mark.parametrize("elsewhere", ["mirror.example.com", "127.0.0.1.example.com:5000", "localhost.example.com"])
def test_an_identity_goes_to_no_other_host(amazon: None, elsewhere: str) -> None:
    """What stands before a registry on another machine gets nothing: the identity opens more than that one."""
    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    with pytest.raises(RegistryDenied, match=f"{elsewhere}: no registry of Amazon ECR"):
        Wallet(elsewhere, settings("ecr", host), {}).find()


def test_amazon_tells_the_password_of_its_registry(amazon: None) -> None:
    """For the user AWS, in the region of the host; the end is Amazon's. An endpoint on this machine changes nothing."""
    host = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
    found = Wallet(host, settings("ecr", host), {}).find()
    assert found
    assert (found.credentials, found.place) == (Credentials("AWS", "123456789012-auth-token"), "provider ecr")
    assert found.credentials.until == datetime(2015, 1, 1, tzinfo=UTC).timestamp()
    behind = Wallet("127.0.0.1:5000", settings("ecr", f"{host}/team"), {}).find()
    assert behind == found


@pytest.mark.parametrize(
    ("host", "service", "region", "fips", "endpoint"),
    [
        (
            "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
            "ecr",
            "eu-central-1",
            False,
            "api.ecr.eu-central-1.amazonaws.com",
        ),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
            "ecr",
            "cn-north-1",
            False,
            "api.ecr.cn-north-1.amazonaws.com.cn",
        ),
        (
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "ecr",
            "us-gov-west-1",
            True,
            "ecr-fips.us-gov-west-1.amazonaws.com",
        ),
        ("123456789012.dkr-ecr.eu-west-1.on.aws", "ecr", "eu-west-1", False, "api.ecr.eu-west-1.amazonaws.com"),
        ("public.ecr.aws", "ecr-public", "us-east-1", False, "api.ecr-public.us-east-1.amazonaws.com"),
    ],
)
def test_every_partition_of_amazon_is_asked_where_it_is(
    monkeypatch: pytest.MonkeyPatch, host: str, service: str, region: str, fips: bool, endpoint: str
) -> None:
    """The region comes from the host; public registries are asked in us-east-1, wherever the machine is."""
    pytest.importorskip("boto3")
    from botocore.stub import Stubber

    from tagwright.credentials import ecr

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "ap-south-1")
    client = ecr._client(service, region, fips)
    assert client.meta.endpoint_url == f"https://{endpoint}"
    asked: list[tuple[str, str, bool]] = []

    def stubbed(*given: Any) -> Any:
        asked.append(given)
        return client

    monkeypatch.setattr(ecr, "_client", stubbed)
    end = datetime(2030, 1, 1, tzinfo=UTC)
    data = {"authorizationToken": base64.b64encode(b"AWS:pa:ss").decode(), "expiresAt": end}
    with Stubber(client) as stub:
        answer = {"authorizationData": data if service == "ecr-public" else [data]}
        stub.add_response("get_authorization_token", answer, {})
        found = clouds.ask("ecr", [host])
    assert (found, found.until, asked) == (
        Credentials("AWS", "pa:ss"),
        end.timestamp(),
        [(service, region, fips)],
    )


def test_what_amazon_refuses_is_told_by_its_code_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words may name accounts, roles and keys."""
    pytest.importorskip("boto3")
    from botocore.stub import Stubber

    from tagwright.credentials import ecr

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = ecr._client("ecr", "eu-west-1", False)
    monkeypatch.setattr(ecr, "_client", lambda *_: client)
    with Stubber(client) as stub:
        stub.add_client_error("get_authorization_token", "AccessDeniedException", "user s3cret may not")
        with pytest.raises(RegistryDenied, match="gives no credentials: AccessDeniedException") as caught:
            clouds.ask("ecr", ["123456789012.dkr.ecr.eu-west-1.amazonaws.com"])
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("provider", ["ecr", "gar", "acr"])
@pytest.mark.parametrize(
    "host",
    [
        "ghcr.io",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
        "evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "gcr.io.evil.example",
        "evilgcr.io",
        "europe-docker.pkg.dev.evil.example",
        "x.azurecr.io.evil.example",
        "azurecr.io",
    ],
)
def test_an_identity_is_for_the_clouds_own_hosts(provider: str, host: str) -> None:
    """No cloud is asked for any other host, whoever it looks like."""
    with pytest.raises(RegistryDenied, match="no registry of"):
        clouds.ask(provider, [host])


def test_a_library_that_is_missing_is_named_by_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install, and the way round it."""
    import sys

    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(RegistryDenied) as caught:
        clouds.ask("ecr", ["public.ecr.aws"])
    assert "tagwright[ecr]" in caught.value.hint


def test_a_cloud_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds, then it is a problem of this registry."""
    from tagwright.credentials import gar

    monkeypatch.setattr(clouds, "LIMIT", 0.1)
    monkeypatch.setattr(gar, "credentials", lambda _: time.sleep(3))
    with pytest.raises(RegistryDenied, match="within"):
        clouds.ask("gar", ["gcr.io"])


# ── Google ───────────────────────────────────────────────────────────────────


class Metadata(EmbeddedRegistry):
    """A machine's metadata server, by a recorded dialogue and the little that google-auth asks before."""

    def __init__(self, recorded: Any) -> None:
        super().__init__()
        self.recorded = recorded

    def answer(self, asked: Asked) -> Answer:
        flavour = (("Metadata-Flavor", "Google"),)
        for one in self.recorded["asked"]:
            if asked.path == one["path"] and asked.headers.get(one["header"][0]) == one["header"][1]:
                return Answer(200, json.dumps(one["answer"]).encode(), (*flavour, ("Content-Type", "application/json")))
        if asked.path.endswith("/project-id"):
            return Answer(200, b"acme", (*flavour, ("Content-Type", "text/plain")))
        if asked.path.rstrip("/").endswith("default"):
            body = b'{"email": "bot@acme.iam.gserviceaccount.com", "scopes": [], "aliases": ["default"]}'
            return Answer(200, body, (*flavour, ("Content-Type", "application/json")))
        return Answer(200 if asked.path == "/" else 404, b"", flavour)


def of_google(recorded: Any, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    pytest.importorskip("google.auth")
    with Metadata(recorded) as server:
        for name in ("GCE_METADATA_HOST", "GCE_METADATA_IP"):
            monkeypatch.setenv(name, server.host)
        return clouds.ask("gar", ["europe-docker.pkg.dev"])


def test_google_tells_an_access_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the user oauth2accesstoken, until Google says."""
    recorded = dialogue("gar-metadata.json")
    token = recorded["asked"][0]["answer"]["access_token"]
    found = of_google(recorded, monkeypatch)
    assert found == Credentials("oauth2accesstoken", token)
    assert 3000 < found.until - time.time() < 3700


@pytest.mark.parametrize("field", ["path", "access_token", "header"])
def test_a_changed_field_of_googles_dialogue_fails(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    """Nothing is made up where Google says something else."""
    recorded = dialogue("gar-metadata.json")
    if field == "access_token":
        recorded["asked"][0]["answer"]["other"] = recorded["asked"][0]["answer"].pop(field)
    else:
        recorded["asked"][0][field] = ["metadata-flavor", "Other"] if field == "header" else "/elsewhere"
    with pytest.raises(RegistryDenied, match="Google Artifact Registry gives no credentials"):
        of_google(recorded, monkeypatch)


# ── Azure ────────────────────────────────────────────────────────────────────


def azures(recorded: Any) -> Callable[[Asked, Callable[[Asked], Answer]], Answer]:
    """An Azure registry that answers as recorded, and to nothing else."""

    def fault(asked: Asked, onward: Callable[[Asked], Answer]) -> Answer:
        form = dict(parse_qsl(asked.body.decode()))
        for one in recorded["asked"]:
            if (asked.method, asked.path) == (one["method"], one["path"]):
                known = all(form.get(key) == value for key, value in one["form"].items())
                return answer_json(one["answer"]) if known else refusal(401, "UNAUTHORIZED")
        if asked.headers.get("authorization") == f"Bearer {recorded['asked'][1]['answer'].get('access_token')}":
            return onward(asked)
        realm = recorded["challenge"].replace("https://myregistry.azurecr.io", f"http://{asked.headers['host']}")
        return refusal(401, "UNAUTHORIZED", (("WWW-Authenticate", realm),))

    return fault


def logged_in(recorded: Any) -> int:
    """Ask an Azure registry with a token of Entra; its status, or what is raised."""

    with FaultyRegistry(azures(recorded)) as registry, closing(Web(Trust(), {})) as web:
        registry.add("library/hello-world", "1")
        wallet = Wallet("myregistry.azurecr.io", settings("acr"), {})
        wallet._told = lambda: Credentials(entra="access_token")  # type: ignore[method-assign]
        login = Login(web, parse(registry.url)[0], wallet)
        ask = Ask("GET", "/v2/library/hello-world/tags/list")
        return login.ask(ask, "library/hello-world").status


def test_azure_exchanges_a_token_of_entra() -> None:
    """Challenge, exchange, token: as Azure's own client was recorded."""
    assert logged_in(dialogue("acr-exchange.json")) == 200


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        (("challenge",), 'Bearer realm="https://myregistry.azurecr.io/oauth2/token",service="other"'),
        (("asked", 0, "form", "access_token"), "other"),
        (("asked", 0, "form", "grant_type"), "password"),
        (("asked", 0, "answer", "refresh_token"), "other"),
        (("asked", 1, "form", "scope"), "repository:library/hello-world:push"),
        (("asked", 1, "answer"), {"token_type": "Bearer"}),
    ],
)
def test_a_changed_field_of_azures_dialogue_fails(where: tuple[Any, ...], changed: Any) -> None:
    """Each thing that is sent and answered counts."""
    recorded = copy.deepcopy(dialogue("acr-exchange.json"))
    place = recorded
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = changed
    with pytest.raises(RegistryError):
        logged_in(recorded)


@pytest.mark.parametrize(
    ("host", "resource"),
    [
        ("acme.azurecr.io", "https://containerregistry.azure.net"),
        ("acme.azurecr.cn", "https://management.chinacloudapi.cn"),
        ("acme.azurecr.us", "https://management.usgovcloudapi.net"),
    ],
)
def test_entra_is_asked_for_the_clouds_own_audience(monkeypatch: pytest.MonkeyPatch, host: str, resource: str) -> None:
    """A managed identity as App Service gives it (Microsoft Learn, "REST endpoint reference")."""
    pytest.importorskip("azure.identity")
    asked: list[dict[str, str]] = []

    class Endpoint(EmbeddedRegistry):
        def answer(self, request: Asked) -> Answer:
            asked.append(dict(request.query))
            known = request.headers.get("x-identity-header") == "853b9a84"
            body = {"access_token": "eyJ0eXAi", "expires_on": "1586984735", "resource": "x", "token_type": "Bearer"}
            return answer_json(body) if known else refusal(401, "X")

    with Endpoint() as endpoint:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{endpoint.url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "853b9a84")
        found = clouds.ask("acr", [host])
    assert (found, found.until) == (Credentials(entra="eyJ0eXAi"), 1586984735.0)
    assert [one["resource"] for one in asked] == [resource]


def test_a_token_of_entra_goes_to_the_registry_alone() -> None:
    """A token server on another host is not sent it, nor anything else."""
    recorded = dialogue("acr-exchange.json")
    with FaultyRegistry() as thief, FaultyRegistry(azures(recorded)) as registry, closing(Web(Trust(), {})) as web:
        recorded["challenge"] = f'Bearer realm="{thief.url.replace("127.0.0.1", "localhost")}/token",service="s"'
        wallet = Wallet("acme.azurecr.io", settings("acr"), {})
        wallet._told = lambda: Credentials(entra="aad-s3cret")  # type: ignore[method-assign]
        login = Login(web, parse(registry.url)[0], wallet)
        with pytest.raises(RegistryDenied, match="no Azure registry"):
            login.ask(Ask("GET", "/v2/acme/api/tags/list"), "acme/api")
        assert thief.requests == []
