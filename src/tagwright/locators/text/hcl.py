"""HCL: Terraform, OpenTofu, Terragrunt, Nomad, Packer, Waypoint, and Docker's bake files.

    config {
      image = "redis:7.2"                     under a key that ends in "image"
    }
    api = "ghcr.io/acme/api:1.2.0"            in any string where a host or a digest makes it certain
    images = ["redis:7.2", "nginx:1.29"]
    image = { repository = "acme/api", tag = "1.2.0" }      split over keys of one block
    set {                                                   and over settings of a Helm release
      name  = "image.tag"
      value = "1.2.0"
    }
    values = [<<EOF                           lines of YAML in a heredoc
      image: redis:7.2
    EOF
    ]

What is put together of `${…}` is left alone, comments (`#`, `//`, `/* … */`) hold none.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.locators.base import Found
from tagwright.locators.text import lines
from tagwright.locators.text.blocks import Block, braced, images, listed
from tagwright.locators.text.commands import commands
from tagwright.locators.text.comments import MIXED, blanked
from tagwright.locators.text.names import plain
from tagwright.locators.text.words import mentioned
from tagwright.yaml_spans import Path, Source


class Hcl:
    """`image = "…"` and what else names one."""

    kind = "hcl"
    cues: tuple[bytes, ...] = (b":", b"@sha", b"tag")

    def reads(self, path: str) -> bool:
        """main.tf, prod.tfvars, docker-bake.hcl, api.nomad, nomad.job; templates of these."""
        return plain(path).endswith((".tf", ".tfvars", ".tofu", ".hcl", ".nomad", ".job"))

    def find(self, source: Source) -> Iterator[Found]:
        """What its blocks and heredocs say, then what is certain."""
        text = blanked(source.text, MIXED)
        blocks = list(braced(text))
        for block in (*blocks, *_settings(blocks), *lines.blocks(text, 0, len(text))):
            yield from images(self.kind, block, text)
        yield from listed(self.kind, text)
        yield from commands(self.kind, text)
        yield from mentioned(self.kind, text)


def _settings(blocks: list[Block]) -> Iterator[Block]:
    """What `set` blocks that stand together set, as the values of Helm they make."""
    made: dict[tuple[int, Path], Block] = {}
    for block in blocks:
        name, value = block.scalars.get("name"), block.scalars.get("value")
        if name and value and not name.templated:
            *above, key = name.value.split(".")
            one = block.around, (*block.path[:-1], *above)
            if key in made.setdefault(one, Block(one[1])).scalars:
                yield made[one]
                made[one] = Block(one[1])
            made[one].scalars[key] = value
    yield from made.values()
