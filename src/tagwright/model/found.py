"""What a repository holds: files of a commit, and what they say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.model.wanted import PolicySpec


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file of a commit: its path, Git's mode ("100644", "100755") and blob id."""

    path: str
    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class Head:
    """A branch and the commit it is at."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What differs between two commits: files now `there` (new or changed), and paths `gone`."""

    there: tuple[TreeEntry, ...]
    gone: tuple[str, ...]


class Part(StrEnum):
    """Which part of an image name a slot spells."""

    IMAGE = "image"  # name[:tag][@digest]
    REGISTRY = "registry"  # the host alone
    NAME = "name"  # the repository, with the host or (beside a REGISTRY slot) without
    TAG = "tag"  # may end in @sha256:…, as Helm charts allow
    DIGEST = "digest"  # sha256:…


class Style(StrEnum):
    """How a scalar is written; decides whether a new value needs quotes of its own."""

    PLAIN = "plain"
    SINGLE = "single"
    DOUBLE = "double"
    BLOCK = "block"
    NULL = "null"  # nothing is written yet ("tag:"): a new value brings its own blank
    RAW = "raw"  # not YAML, or a piece of a longer scalar: spliced as it is


class Form(StrEnum):
    """How a file spells a part of an image name: as the image does, or by a rule of its own."""

    AS_IS = "as-is"
    HEXADECIMAL = "hexadecimal"  # a digest without "sha256:"
    ALONE = "alone"  # a tag that takes no digest behind it
    CHART = "chart"  # the version of a chart: alone, with "+" for the tag's "_"
    BARE = "bare"  # a version: a tag alone, without its "v"


@dataclass(frozen=True, slots=True)
class Slot:
    """A half-open range [start, end) of a file's text that spells one part of an image name.

    Offsets count code points of the strictly decoded text, a BOM included.
    `text` is the slice itself. Quotes, anchors and tags are outside. `quote` is what a value
    without quotes gets where it needs some, `form` how the text spells the part.
    """

    part: Part
    start: int
    end: int
    text: str
    style: Style = Style.PLAIN
    quote: str = '"'
    form: Form = Form.AS_IS


@dataclass(frozen=True, slots=True)
class Marker:
    """A comment beside a value that says which policy rules it.

    `family` is "tagwright" or "flux". A Flux marker has `policy` ("ns:name") and the
    `part` it binds; a tagwright marker has `settings`, (key, value) as written.
    """

    family: str
    line: int
    text: str
    policy: str = ""
    part: Part = Part.IMAGE
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention of an image in a file.

    `line` and `column` count from 1 (column in code points) and, with `span` (a
    half-open byte range of the file), say where the value stands that an update
    changes first. `kind` names the locator, `where` the path inside the document
    ("spec.containers[0].image"). `image.name` is empty where only a tag is written
    and the image must come from a marker or rule. `alias` is another name people know the
    image by: in kustomize's `images:` the `name:` that a `newName:` replaces. `locked` says why
    it must not be edited; then it has no slots. `source` ("ns:name") is the ChartSource that says in
    which registry the chart `image.name` is, until `scan.join` found it. `workload` is what runs the image, as far as
    the document around says it ("Deployment api").
    """

    path: str
    line: int
    column: int
    span: tuple[int, int]
    kind: str
    where: str
    image: Image
    written: str
    slots: tuple[Slot, ...]
    marker: Marker | None = None
    alias: str = ""
    locked: str = ""
    source: str = ""
    workload: str = ""


@dataclass(frozen=True, slots=True)
class ChartSource:
    """A HelmRepository: name "ns:name", and the registry and path of its charts; "" where that is an HTTP server."""

    name: str
    registry: str


@dataclass(frozen=True, slots=True)
class FluxPolicy:
    """An ImagePolicy found in the repository: name "ns:name", its image and its policy (None: a patch says it).

    `image` is empty until `scan.join` found the ImageRepository named `repository` ("ns:name"), which is in
    `stopped_by` if it is suspended; then `automations` are those of its namespace, if some of them are. `problem`
    says why it rules nothing.
    """

    name: str
    image: str
    policy: PolicySpec | None
    path: str
    line: int
    repository: str = ""
    suspended: bool = False
    problem: Problem | None = None
    stopped_by: tuple[FluxRepository, ...] = ()
    automations: tuple[FluxAutomation, ...] = ()


@dataclass(frozen=True, slots=True)
class FluxRepository:
    """An ImageRepository found in the repository: name "ns:name", the image it lists ("" in a patch that does not
    say), the regular expressions of tags it excludes, and whether it is suspended."""

    name: str
    image: str
    path: str
    line: int
    exclusions: tuple[str, ...] = ()
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class FluxAutomation:
    """An ImageUpdateAutomation found in the repository: name "ns:name", the folder it writes below ("" = all)."""

    name: str
    below: str
    suspended: bool
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one file, or all files of a commit, hold.

    `mentions` read like references and stand where nothing says so (a comment, a script): who is told the image
    by name moves them with the others; nobody else is told of them.
    """

    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    flux_policies: tuple[FluxPolicy, ...] = ()
    flux_repositories: tuple[FluxRepository, ...] = ()
    mentions: tuple[Reference, ...] = ()
    chart_sources: tuple[ChartSource, ...] = ()
    flux_automations: tuple[FluxAutomation, ...] = ()
