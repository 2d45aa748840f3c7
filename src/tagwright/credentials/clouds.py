"""The identity that this machine has in a cloud, told by the cloud's own library: an extra, loaded only when asked.

Nobody is asked unless the configuration says `provider:`. An identity is only for the cloud's own registries, known by
their hosts; where an `endpoint` on this machine stands before one of them, the prefix tells which it is.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from tagwright.credentials.kinds import Credentials
from tagwright.errors import RegistryDenied

if TYPE_CHECKING:
    from typing import Protocol

    class Cloud(Protocol):
        """A member: a module of this folder."""

        def credentials(self, host: str) -> Credentials | None:
            """The credentials for a registry of this cloud; None for another host. May raise anything."""


LIMIT = 10.0
MEMBERS = {"ecr": "Amazon ECR", "gar": "Google Artifact Registry", "acr": "Azure Container Registry"}


def ask(provider: str, hosts: Iterable[str]) -> Credentials:
    """The credentials for the first of some hosts that is the provider's. Raises RegistryDenied.

    A library's own words are not repeated, only what it calls its error: they may hold a secret.
    """
    answer = Future[Credentials | None]()

    def run() -> None:
        try:
            answer.set_result(_of(provider, hosts))
        except BaseException as error:  # noqa: BLE001 (whatever it is, it must not wait unseen)
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    hint = "does this machine have an identity there, and may it pull?"
    try:
        found = answer.result(LIMIT)
    except ImportError:
        hint = f"pip install 'tagwright[{provider}]', or name a credential helper as helper:"
        raise RegistryDenied(f"provider: {provider} needs a library that is not installed", hint=hint) from None
    except TimeoutError:
        raise RegistryDenied(f"{MEMBERS[provider]} gives no credentials within {LIMIT:.0f} s", hint=hint) from None
    except Exception as error:  # noqa: BLE001 (three libraries' worth of errors)
        message = f"{MEMBERS[provider]} gives no credentials: {_name(error)}"
        raise RegistryDenied(message, hint=hint) from None
    if not found:
        hint = f"provider: {provider} is for the hosts of {MEMBERS[provider]}"
        raise RegistryDenied(f"{' and '.join(dict.fromkeys(hosts))}: no registry of {MEMBERS[provider]}", hint=hint)
    return found


def _of(provider: str, hosts: Iterable[str]) -> Credentials | None:
    cloud: Cloud = importlib.import_module(f"tagwright.credentials.{provider}")
    return next(filter(None, map(cloud.credentials, dict.fromkeys(hosts))), None)


def _name(error: Exception) -> str:
    """What a library calls its error: AWS's code, else the class."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code if isinstance(code, str) and code.isalnum() else type(error).__name__
