"""Secrets that a configuration names: what is there, and where that is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tagwright.errors import RegistryDenied
from tagwright.model import Secret


def secret(named: Secret | None, environ: Mapping[str, str]) -> str:
    """The value that a `…_env` or `…_file` names, without the line's end that files have."""
    if named is None:
        raise RegistryDenied("the credentials name only one of user name and password", hint="name both, or a token")
    if named.env:
        if not environ.get(named.env):
            raise RegistryDenied(f"the environment variable {named.env} is not set", hint="the credentials name it")
        return environ[named.env].strip()
    try:
        return Path(named.file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise RegistryDenied(f"the file {named.file} cannot be read", hint="the credentials name it") from None


def place(*secrets: Secret | None) -> str:
    """Where secrets are, in words: "environment U/P", "file /run/token"."""
    named = [secret for secret in secrets if secret]
    kinds = {"environment": [one.env for one in named if one.env], "file": [one.file for one in named if one.file]}
    return ", ".join(f"{kind} {'/'.join(names)}" for kind, names in kinds.items() if names)
