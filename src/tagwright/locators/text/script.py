"""Scripts: shells, Make, Jenkinsfiles and Gradle, just, Vagrant, Tilt, PowerShell, batch files.

    docker run -p 80:80 redis:7.2             what a container tool runs or fetches, see `commands`
    BUILD_IMAGE ?= golang:1.25                a variable or an option whose name ends in "image"
    docker.image('maven:3.9').inside { … }    a call or a key of that name, with a quoted value
    image: redis:7.2                          a line of YAML that the script writes
    ghcr.io/acme/api:1.2.0                    anywhere, where a host or a digest makes it certain

Comments hold none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found
from tagwright.locators.text import lines
from tagwright.locators.text.blocks import braced, together
from tagwright.locators.text.commands import commands, variables
from tagwright.locators.text.comments import HASH, SLASHES, blanked
from tagwright.locators.text.names import plain
from tagwright.locators.text.words import mentioned
from tagwright.yaml_spans import Source

_SHELLS = (
    ".sh",
    ".bash",
    ".zsh",
    ".ksh",
    ".fish",
    ".bats",
    ".ps1",
    ".bat",
    ".cmd",
    ".cli",
    ".mk",
    ".mak",
    ".make",
    ".just",
)
_MAKE = re.compile(r"(?:.*[._-])?(?:gnu)?makefile(?:[._-].*)?|\.?justfile|vagrantfile|tiltfile")
_GROOVY = re.compile(r"(?:.*[._-])?jenkinsfile(?:[._-].*)?|.*\.(?:groovy|gradle|gradle\.kts)")


class Script:
    """Words that are images by themselves, or by what stands before them."""

    kind = "script"
    cues: tuple[bytes, ...] = (b":", b"@sha")

    def reads(self, path: str) -> bool:
        """deploy.sh, Makefile, rules.mk, Jenkinsfile, build.gradle, Justfile, Vagrantfile, Tiltfile."""
        name = plain(path)
        return any(pattern.fullmatch(name) for pattern in (_MAKE, _GROOVY)) or name.endswith(_SHELLS)

    def find(self, source: Source) -> Iterator[Found]:
        """What commands, variables, calls and lines of YAML name, then what is certain."""
        text = blanked(source.text, SLASHES if _GROOVY.fullmatch(plain(source.path)) else HASH)
        yield from commands(self.kind, text)
        yield from variables(self.kind, text)
        for block in (*braced(text), *lines.blocks(text, 0, len(text))):
            yield from together(self.kind, block, text)
        yield from mentioned(self.kind, text)
