"""Docker's own library judges how we read its configuration."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from docker import auth
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagwright.credentials import Credentials, Wallet

HOSTS = ("ghcr.io", "quay.io", "registry.example.com:5000", "docker.io", "example.com", "127.0.0.1:5000")
SPELLINGS = ("{}", "https://{}", "https://{}/v2/", "http://{}/v1/", "https://{}/")
WORDS = st.text(st.characters(codec="utf-8", exclude_characters=":", exclude_categories=("Cc", "Cs")), min_size=1)


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """What `docker login` and its stores leave under a key."""
    kind = draw(st.sampled_from(["auth", "identity", "nothing"]))
    if kind == "nothing":
        return {}
    text = f"{draw(WORDS)}:{draw(WORDS)}".encode()
    login = {"auth": base64.b64encode(text).decode()}
    return login if kind == "auth" else {**login, "identitytoken": draw(WORDS)}


KEYS = st.builds(lambda host, spelling: spelling.format(host), st.sampled_from(HOSTS), st.sampled_from(SPELLINGS))


def theirs(path: Path, host: str) -> Credentials | None:
    """Whom docker's library would log in as."""
    found = auth.load_config(str(path)).resolve_authconfig(None if host == "docker.io" else host)
    if not found:
        return None
    if "IdentityToken" in found:
        return Credentials(identity=found["IdentityToken"])
    return Credentials(found["username"], found["password"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.dictionaries(KEYS, entries(), max_size=4), st.sampled_from(HOSTS))
def test_a_host_has_the_login_that_docker_would_use(tmp_path: Path, auths: dict[str, Any], host: str) -> None:
    """Each host in every spelling of its key, and nobody else's; of several keys for one nothing is said."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"auths": auths}))
    named = [key for key in auths if auth.resolve_index_name(key) == auth.resolve_index_name(host)]
    found = Wallet(host, None, {"DOCKER_CONFIG": str(tmp_path)}).find("acme/api")
    if len(named) <= 1:
        assert (found.credentials if found else None) == theirs(path, host)
