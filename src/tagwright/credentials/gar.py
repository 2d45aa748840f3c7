"""Google Artifact Registry and Container Registry: an access token for the user oauth2accesstoken, by google-auth.

It looks where Google's tools do: GOOGLE_APPLICATION_CREDENTIALS, gcloud's login, the metadata server (Workload
Identity). Source: cloud.google.com/artifact-registry/docs/docker/authentication, "Access token".
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any

from tagwright.credentials.kinds import Credentials

HOST = re.compile(r"([a-z0-9-]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev|docker\.pkg\.dev")
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def credentials(host: str) -> Credentials | None:
    """An access token for a registry's host; None for another host. Raises google-auth's errors."""
    if not HOST.fullmatch(host):
        return None
    import google.auth
    from google.auth.transport.requests import Request

    found: Any
    found, _ = google.auth.default(scopes=[_SCOPE])
    found.refresh(Request())
    until = found.expiry.replace(tzinfo=UTC).timestamp() if found.expiry else float("inf")
    return Credentials("oauth2accesstoken", found.token, until=until)
