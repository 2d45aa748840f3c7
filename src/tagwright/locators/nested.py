"""YAML inside YAML: values that are files themselves, and lines that are commented out.

    data:
      values.yaml: |                      a file in a ConfigMap, Helm values, a patch, a list of patches
        image: {repository: ghcr.io/acme/api, tag: 1.2.0}
    # sidecar:
    #   image: ghcr.io/acme/proxy:1.2     a mention: not live, but who sets the image keeps it current

Both are read where they stand, so positions are those of the file. What does not read as YAML is
searched for certain references only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.loose import WORTH
from tagwright.yaml_spans import Scalar, Source, Tree, Wanted, read_part

MAX_NESTED = 4
"""Files within files within files: nobody writes more."""

# Lines that would be YAML without their `#`: a key, or an item of a list.
_COMMENTED = re.compile(
    r"""^[ ]*+\#[\# ]*+(?:(?:-[ ]++)*+["']?[\w./-]++["']?:(?:[ ][^\n]*+)?|-[ ][^\n]*+)\r?$""", re.M | re.X
)
_KEY = re.compile(r"""^[ \t]*(?:-[ ]+)*["']?[\w./-]+["']?:(?=\s)""", re.M)


def inside(scalar: Scalar, source: Source, wanted: Wanted) -> Iterator[Tree]:
    """The YAML that a block scalar holds."""
    body = scalar.start + scalar.raw.find("\n") + 1
    if scalar.raw.startswith("|") and _KEY.search(source.text, body, scalar.end):
        yield from read_part(source, body, scalar.end, wanted)


def commented(source: Source, wanted: Wanted) -> Iterator[Tree]:
    """The YAML that stands in comments."""
    runs: list[tuple[int, int]] = []
    for match in _COMMENTED.finditer(source.text):
        joined = bool(runs) and runs[-1][1] + 1 == match.start()
        runs[-1:] = [(runs[-1][0], match.end())] if joined else [*runs[-1:], match.span()]
    worth = [run for run in runs if WORTH.search(source.text, *run)]
    if worth:
        blank = Source(source.path, _COMMENTED.sub(lambda line: _without_hash(line[0]), source.text))
        for start, end in worth:
            yield from read_part(blank, start, end, wanted)


def _without_hash(line: str) -> str:
    text = line.lstrip(" #")
    return " " * (len(line) - len(text)) + text
