"""YAML text as scalars that know where they stand. The only door to PyYAML.

One pass over libyaml's events keeps only what locators read: an event that is let go costs next to
nothing, one that is kept costs as much as parsing it. Texts with markers are kept whole.
Views (`Mapping`, `Scalar`) are made of what is looked at. JSON is read by the same parser.

Positions are code points of the whole text, a byte order mark included (libyaml counts without
it). A scalar's span leaves out its quotes, anchor and tag. Text that does not parse is tried again
with every `{{ … }}` masked by filler of the same length, then document by document; what still
does not parse is a `Failure`. libyaml's dialect is the right judge: the parser that Kubernetes
tools use is a port of it.
"""

from tagwright.yaml_spans.keys import Wanted, ending
from tagwright.yaml_spans.reading import MAX_DEPTH, TooDeep, read, read_part
from tagwright.yaml_spans.source import Failure, Path, Scalar, Source, Value
from tagwright.yaml_spans.tree import Mapping, Tree

__all__ = [
    "MAX_DEPTH",
    "Failure",
    "Mapping",
    "Path",
    "Scalar",
    "Source",
    "TooDeep",
    "Tree",
    "Value",
    "Wanted",
    "ending",
    "read",
    "read_part",
]
