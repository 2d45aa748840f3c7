"""Amazon ECR: a password of twelve hours for the user AWS, by boto3 and its own chain of credentials.

Hosts: ACCOUNT.dkr.ecr[-fips].REGION.amazonaws.com[.cn], ACCOUNT.dkr-ecr[-fips].REGION.on.aws, and those of isolated
partitions (amazon-ecr-credential-helper, api/client.go); the region is the host's. The public registry is asked in
us-east-1, wherever we are (AWS, "Public registries", "Registry authentication").
"""

from __future__ import annotations

import base64
import re
from typing import Any

from tagwright.credentials.kinds import Credentials

PUBLIC = ("public.ecr.aws", "ecr-public.aws.com")
PRIVATE = re.compile(
    r"[0-9]{12}\.dkr[.-]ecr(?P<fips>-fips)?\.(?P<region>[a-z0-9][a-z0-9-]*)\."
    r"(amazonaws\.com(\.cn)?|amazonaws\.eu|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)


def credentials(host: str) -> Credentials | None:
    """AWS's answer for a registry's host; None for another host. Raises boto3's errors."""
    if host in PUBLIC:
        return _login(_client("ecr-public", "us-east-1", False).get_authorization_token()["authorizationData"])
    found = PRIVATE.fullmatch(host)
    if not found:
        return None
    return _login(
        _client("ecr", found["region"], bool(found["fips"])).get_authorization_token()["authorizationData"][0]
    )


def _client(service: str, region: str, fips: bool) -> Any:
    import boto3
    from botocore.config import Config

    settings = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2}, use_fips_endpoint=fips)
    return boto3.client(service, region_name=region, config=settings)


def _login(said: Any) -> Credentials:
    username, _, password = base64.b64decode(said["authorizationToken"]).decode().partition(":")
    return Credentials(username, password, until=said["expiresAt"].timestamp())
