"""Secrets are named, never written: a key in `_env`, and one in `_file`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tagwright.config.nodes import Place
from tagwright.config.shapes import EnvName, FilePath, Option
from tagwright.model import Secret


def secret_options(key: str, about: str) -> dict[str, Option]:
    """The two keys that name a secret."""
    return {
        f"{key}_env": Option(EnvName(), f"environment variable that holds {about}"),
        f"{key}_file": Option(FilePath(), f"file that holds {about}"),
    }


def secret(values: Mapping[str, Any], key: str, at: Place) -> Secret | None:
    """What they name; both is a mistake."""
    env, file = values.get(f"{key}_env", ""), values.get(f"{key}_file", "")
    if env and file:
        at.mistake(f"got {key}_env and {key}_file, expected one of them")
    return Secret(env, file) if env or file else None
