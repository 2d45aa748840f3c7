"""Text that no parser reads: lines of YAML, comments, commands of shells."""

from __future__ import annotations

import re
import time

import pytest

from tagwright.locators import TEXTS
from tagwright.locators.text.comments import HASH, MIXED, TEMPLATE, blanked
from tagwright.locators.text.lines import pairs, read
from tagwright.scan import scan_file
from tagwright.yaml_spans import Source

SPLIT = """\
image:
  tag: 1.2.0
  # a comment between
  pullPolicy: Always
  repository: acme/api
other:
  tag: {{ .Values.tag }}
  repository: acme/web
third:
  repository: acme/third
---
tag: 1.2.0
"""


def test_a_name_and_a_tag_of_one_indentation_are_one_image() -> None:
    """In any order, with other keys between; not beside a template, and not across blocks or documents."""
    assert [str(one.image) for one in pairs(Source("values.yaml", SPLIT))] == ["acme/api:1.2.0"]


def test_only_the_stretch_asked_for_is_read() -> None:
    """Blocks and words before and behind it are somebody else's."""
    text = "image: acme/a:1.1\nimage: acme/b:1.2\nimage: acme/c:1.3\n"
    start, end = text.index("image: acme/b"), text.index("image: acme/c")
    assert {str(one.image) for one in read(Source("a", text), start, end)} == {"acme/b:1.2"}


def test_the_branches_of_a_condition_do_not_mix() -> None:
    """A key that comes again begins another block."""
    text = "{{ if x }}\nrepository: acme/a\n{{ else }}\nrepository: acme/b\ntag: 1.2.0\n{{ end }}\n"
    assert [str(one.image) for one in pairs(Source("a", text))] == ["acme/b:1.2.0"]


@pytest.mark.parametrize(
    ("comments", "text", "want"),
    [
        (HASH, "a # b\n#c", "a    \n  "),
        (HASH, "a#b '# c' \"# d\" \\# e", "a#b '# c' \"# d\" \\# e"),
        (HASH, "it's # a comment", "it's            "),
        (MIXED, "a // b\nc /* d\ne */ f", "a     \nc     \n     f"),
        (MIXED, "docker://a http://b c/*d", "docker://a http://b c/*d"),
        (TEMPLATE, "a {# b #} {{/* c */}} d", "a                  }} d"),
    ],
)
def test_comments_become_blanks(comments: re.Pattern[str], text: str, want: str) -> None:
    """What stands in quotes, and what only looks like a comment, stays."""
    assert blanked(text, comments) == want


@pytest.mark.parametrize(
    ("line", "want"),
    [
        ("docker run -p 80:80 -v a:b --name c:1 redis:7.2 d:1.2", ["redis:7.2"]),
        ("docker run --rm -it \\\n  -e A=b:1.2 \\\n  redis:7.2", ["redis:7.2"]),
        ("docker run redis d:1.2", []),
        ('docker run "$IMAGE" d:1.2', []),
        ("podman pull redis:7.2 acme/api:1.2", ["redis:7.2", "acme/api:1.2"]),
        ("docker build -t redis:7.2 .", []),
        ("docker compose run web:1.2", []),
        ("IMAGE=redis:7.2 ADDRESS=redis:7.2", ["redis:7.2"]),
        ("kubectl set image deployment/a b=redis:7.2", ["redis:7.2"]),
    ],
)
def test_a_command_names_its_image(line: str, want: list[str]) -> None:
    """The first argument of `run` that is no option's, every one of `pull`, variables that say so."""
    assert [str(one.image) for one in scan_file("a.sh", line.encode()).references] == want


def test_a_tag_and_its_digest_are_no_image_of_their_own() -> None:
    """A value of a pair that reads like an image is not one more."""
    text = 'image = {\n  repository = "acme/api";\n  tag = "latest@sha256:' + "a" * 64 + '";\n};\n'
    (only,) = scan_file("a.nix", text.encode()).references
    assert (only.image.name, only.image.tag, only.locked) == ("acme/api", "latest", "")


NEAR_MISSES = [
    "FROM ", "FROM ${A", "ARG A=", "\\\n", "docker run ", "docker run $(", "docker run -e ", "${A:-", "IMAGE=",
    "image=[", '{"a":"', "{a(", "<image>", "/* ", "{# ", "{{/* ", "a:\n", "- ", "a: b\n", " ", '"', "'", "x:1 ",
    "ghcr.io/", "a.b/", "@sha256:",
]  # fmt: skip
PATHS = ("Dockerfile", "a.tf", "a.nix", "a.sh", "a.groovy", "a.env", "a.jsonnet", "a.xml", "a.yaml.j2")


@pytest.mark.parametrize("path", PATHS)
def test_near_misses_cost_no_more_the_more_there_are(path: str) -> None:
    """Four times the text takes no more than some ten times as long, whatever it repeats."""
    locator = next(one for one in TEXTS if one.reads(path))
    for near in NEAR_MISSES:
        taken = []
        for size in (50_000, 200_000):
            source = Source(path, near * (size // len(near)))
            start = time.process_time()
            assert sum(1 for _ in locator.find(source)) >= 0
            taken.append(time.process_time() - start)
        assert taken[1] < 10 * taken[0] + 0.5, near
