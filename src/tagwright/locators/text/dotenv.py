"""Settings of a line each: `.env` files, properties, INI, `.conf`, systemd and Quadlet units.

    IMAGE=redis:7.2                           under a key that ends in "image"
    export WEB_IMAGE="ghcr.io/acme/web:1.2"   quoted or not
    api.base=ghcr.io/acme/api:1.2             anywhere where a host or a digest makes it certain
    : "${IMAGE:=redis:7.2}"                   the default of a variable
    [Container]
    Image=docker.io/library/redis:7.2

    WEB_IMAGE=acme/web                        split over keys of one section that begin alike
    WEB_TAG=1.2

Comments hold none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found
from tagwright.locators.text.blocks import Block, images, promises
from tagwright.locators.text.commands import commands, variables
from tagwright.locators.text.comments import SEMICOLON, blanked
from tagwright.locators.text.names import plain
from tagwright.locators.text.words import mentioned
from tagwright.model import Style
from tagwright.yaml_spans import Scalar, Source

_LINE = re.compile(
    r"""^[ \t]*+(?:\[++(?P<section>[^\]\r\n]*+)\]|(?:export[ \t]++)?(?P<key>[A-Za-z_][\w.-]{0,200}+)[ \t]*+[=:][ \t]*+
        (?:"(?P<double>[^"\\\r\n]*+)"|'(?P<single>[^'\r\n]*+)'|(?P<bare>[^\s"'#]*+))[ \t]*+\r?$)""",
    re.MULTILINE | re.VERBOSE,
)
_ENDINGS = (".env", ".conf", ".properties", ".ini", ".cfg", ".cnf", ".toml", ".envrc")
_UNITS = (".service", ".container", ".kube", ".pod", ".build", ".image", ".volume")


class Dotenv:
    """`KEY=image`."""

    kind = "dotenv"
    cues: tuple[bytes, ...] = (b"=", b":")

    def reads(self, path: str) -> bool:
        """.env, prod.env, .env.local, params.env, app.conf, app.properties, setup.cfg, redis.container."""
        name = plain(path)
        return name.endswith((*_ENDINGS, *_UNITS)) or name.startswith(".env.") or name == ".env"

    def find(self, source: Source) -> Iterator[Found]:
        """What its lines set, and the commands of units."""
        text = blanked(source.text, SEMICOLON)
        for block in _sections(text):
            yield from images(self.kind, block, text)
        yield from commands(self.kind, text)
        yield from variables(self.kind, text)
        yield from mentioned(self.kind, text)


def _sections(text: str) -> Iterator[Block]:
    """What stands between two `[…]` lines."""
    block = Block(())
    for match in _LINE.finditer(text):
        if match["section"] is not None:
            yield block
            block = Block((match["section"],))
        else:
            key, value = match["key"], match[match.lastgroup or ""]
            if promises(key, value):
                block.scalars[key] = Scalar(value, *match.span(match.lastgroup or ""), value, Style.RAW, "$" in value)
    yield block
