"""Azure Container Registry: an access token of Entra, by azure-identity; the registry itself exchanges it for an
identity token (Azure/acr, docs/AAD-OAuth.md), which registries/login does, over that registry's own connections.

It looks where Azure's tools do: the environment, Workload Identity, a managed identity (AZURE_CLIENT_ID names which),
the command line's login. National clouds have their own authority.
"""

from __future__ import annotations

import re

from tagwright.credentials.kinds import Credentials

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9]+)?\.azurecr\.(io|cn|us)")
# azure-containerregistry, README, "National Clouds".
_CLOUDS = {
    "io": ("login.microsoftonline.com", "https://containerregistry.azure.net/.default"),
    "cn": ("login.chinacloudapi.cn", "https://management.chinacloudapi.cn/.default"),
    "us": ("login.microsoftonline.us", "https://management.usgovcloudapi.net/.default"),
}


def credentials(host: str) -> Credentials | None:
    """An access token for a registry's host; None for another host. Raises azure-identity's errors."""
    found = HOST.fullmatch(host)
    if not found:
        return None
    from azure.identity import DefaultAzureCredential

    authority, scope = _CLOUDS[found[2]]
    with DefaultAzureCredential(authority=authority) as credential:
        token = credential.get_token(scope)
    return Credentials(entra=token.token, until=float(token.expires_on))
