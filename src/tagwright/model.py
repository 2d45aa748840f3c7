"""The nouns. Frozen data that travels between the verbs; no behaviour beyond a property.

Config -> Target, Rule -> Reference(Slot…) -> Candidate -> Ruling -> Decision
       -> Edit -> ChangeSet -> Published -> TargetReport -> Report
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from tagwright.errors import Problem
from tagwright.image import Image

# ── where files come from ────────────────────────────────────────────────────


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


# ── what a file says ─────────────────────────────────────────────────────────


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


@dataclass(frozen=True, slots=True)
class Slot:
    """A half-open range [start, end) of a file's text that spells one part of an image name.

    Offsets count code points of the strictly decoded text, a BOM included.
    `text` is the slice itself. Quotes, anchors and tags are outside.
    """

    part: Part
    start: int
    end: int
    text: str
    style: Style = Style.PLAIN


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
    image by: in kustomize's `images:` the `name:` that a `newName:` replaces.
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


@dataclass(frozen=True, slots=True)
class FluxPolicy:
    """An ImagePolicy found in the repository: name "ns:name", its image and its policy.

    `image` is empty until `scan.join` found the ImageRepository named `repository` ("ns:name").
    """

    name: str
    image: str
    policy: PolicySpec
    path: str
    line: int
    repository: str = ""


@dataclass(frozen=True, slots=True)
class FluxRepository:
    """An ImageRepository found in the repository: name "ns:name" and the image it lists."""

    name: str
    image: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one file, or all files of a commit, hold."""

    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    flux_policies: tuple[FluxPolicy, ...] = ()
    flux_repositories: tuple[FluxRepository, ...] = ()


# ── what is wanted ───────────────────────────────────────────────────────────


class PolicyKind(StrEnum):
    """How tags are ordered and which are allowed; each is a file in `policies/`."""

    SEMVER = "semver"
    COMPATIBLE = "compatible"
    CALVER = "calver"
    NUMERICAL = "numerical"
    ALPHABETICAL = "alphabetical"
    NEWEST = "newest"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Filter:
    """Tags must match `pattern` (RE2); the policy sees `extract` ("$ts", "$1"), or the whole tag."""

    pattern: str
    extract: str = ""


@dataclass(frozen=True, slots=True)
class PolicySpec:
    """One policy as configured: exactly one kind and its argument, and the gates around it.

    `argument` is the range, level, format, direction, date or tag that the kind takes,
    as written. Built by `config.policy_spec`, never by hand outside tests.
    """

    kind: PolicyKind
    argument: str
    filter: Filter | None = None
    allow: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    prereleases: bool = False
    minimum_age: timedelta | None = None
    trust_created: bool = False
    platforms: tuple[str, ...] = ()
    pin_digest: bool = False
    allow_downgrade: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """A person said: leave this alone. `until` is the first day it may move again; None = for good."""

    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Ruled:
    """Which policy rules a reference, and where that is said.

    `policy` is None with neither `hold` nor `problem`: no rule. `image` is the normalised name to ask for: the
    reference's own, or the one a marker or rule binds. `source` is for people
    ("tagwright.yaml:12, rule 2").
    """

    policy: PolicySpec | None
    source: str
    image: str
    hold: Hold | None = None
    group: str = ""
    problem: Problem | None = None


# ── what is configured ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is, never the secret: an environment variable's name, or a file's path."""

    env: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class RegistryCredentials:
    """How to log in to a registry: one of the ways `interface` names; all empty = docker config.json."""

    username: Secret | None = None
    password: Secret | None = None
    token: Secret | None = None
    docker_config: str = ""
    helper: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """What differs from the default for images under `prefix` (whole host or path parts; the longest wins).

    `endpoint` is a base URL asked in place of https://<host>, with its path put before
    the repository; `insecure` allows plain http and unverified TLS.
    """

    prefix: str
    endpoint: str = ""
    credentials: RegistryCredentials = RegistryCredentials()
    insecure: bool = False
    ca_file: str = ""
    requests_per_second: float = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """Which references a policy rules: image globs on the normalised name, file globs, and the policy.

    `name` is what Flux markers and people call it; `line` and `path` are where it stands.
    """

    images: tuple[str, ...]
    policy: PolicySpec
    files: tuple[str, ...] = ()
    name: str = ""
    group: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class FileSelection:
    """Globs of the files to read; `exclude` wins.

    `within` is the operator's selection where the repository has its own: a file must be in both.
    """

    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()
    within: FileSelection | None = None


class Mode(StrEnum):
    """How a change is delivered."""

    COMMIT = "commit"
    PULL_REQUEST = "pull-request"
    AUTO = "auto"  # a commit, or a pull request where the branch refuses it; only `set` asks for it


@dataclass(frozen=True, slots=True)
class Signing:
    """Sign commits: `format` "ssh" or "openpgp", with the key in a file."""

    format: str
    key_file: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """How changes reach the repository; the keys of `delivery:` in the configuration."""

    mode: Mode = Mode.PULL_REQUEST
    group: str = "image"
    branch_prefix: str = "tagwright/"
    title: str = ""
    commit_message: str = ""
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    draft: bool = False
    auto_merge: bool = False
    max_open: int = 10
    author_name: str = "tagwright"
    author_email: str = "tagwright@localhost"
    signing: Signing | None = None


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """Which forge serves a repository: kind "github", "gitlab" or "gitea", its API's base URL, and a token."""

    kind: str = ""
    url: str = ""
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class GitAccess:
    """How to log in to a Git remote; all empty = the defaults of `interface` ("A place to work on")."""

    token: Secret | None = None
    username: Secret | None = None
    ssh_key_file: str = ""
    known_hosts: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One repository (or, with `folder`, one folder) to keep up to date, and everything that rules it there.

    `branch` empty = the remote's HEAD. `assumed` marks rules nobody wrote (no configuration at all).
    `own_rules` and `own_defaults` come with the repository: asked first, but what the operator's rule
    for the same reference demands is demanded of them too.
    """

    name: str
    repository: str = ""
    folder: str = ""
    branch: str = ""
    access: GitAccess = GitAccess()
    forge: ForgeSettings = ForgeSettings()
    rules: tuple[Rule, ...] = ()
    defaults: PolicySpec | None = None
    files: FileSelection = FileSelection()
    delivery: Delivery = Delivery()
    allow_repository_config: bool = True
    assumed: bool = False
    own_rules: tuple[Rule, ...] = ()
    own_defaults: PolicySpec | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The operator's file, whole and checked."""

    targets: tuple[Target, ...] = ()
    registries: tuple[RegistrySettings, ...] = ()
    warnings: tuple[Problem, ...] = ()


# ── what a registry offers ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag, and what is known of it. None = not asked, or not told; never 'absent'.

    `described` tells the two apart: the registry was asked and answered, so a field that is None was not told.
    """

    tag: str
    digest: str | None = None
    created: datetime | None = None
    pushed: datetime | None = None
    platforms: tuple[str, ...] | None = None
    described: bool = False


@dataclass(frozen=True, slots=True)
class TagList:
    """Every tag of one image repository, in the registry's order.

    `fingerprint` changes when the list does (a hash of the bodies): the key under
    which a choice may be remembered.
    """

    image: str
    tags: tuple[str, ...]
    fingerprint: str


# ── what was decided ─────────────────────────────────────────────────────────


class Reason(StrEnum):
    """Why a tag was not taken. A closed set; each is documented in the README."""

    OLDER = "older"
    SAME = "same"
    OUTRANKED = "outranked"
    NOT_A_VERSION = "not-a-version"
    NOT_COMPARABLE = "not-comparable"
    OUT_OF_RANGE = "out-of-range"
    PRERELEASE = "prerelease"
    DIFFERENT_SUFFIX = "different-suffix"
    DIFFERENT_PRECISION = "different-precision"
    DIFFERENT_PREFIX = "different-prefix"
    LEVEL = "level"
    FILTERED = "filtered"
    IGNORED = "ignored"
    NOT_ALLOWED = "not-allowed"
    TOO_YOUNG = "too-young"
    FROZEN = "frozen"
    MUTATED = "mutated"
    PLATFORM_MISSING = "platform-missing"
    HELD = "held"
    REJECTED = "rejected"
    UNVERIFIED = "unverified"
    METADATA_UNAVAILABLE = "metadata-unavailable"
    DOWNGRADE = "downgrade"
    NOT_AN_IMAGE = "not-an-image"


class Verdict(StrEnum):
    """What becomes of a reference."""

    UPDATE = "update"
    CURRENT = "current"
    NONE = "none"
    HELD = "held"
    PENDING = "pending"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    CONFLICT = "conflict"
    UNMANAGED = "unmanaged"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Ruling:
    """One tag's verdict: chosen (`reason` None), or why not. `eligible` is when time alone would clear it."""

    tag: str
    reason: Reason | None
    detail: str = ""
    eligible: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy chose among tags. `rulings()` judges every tag, in the order offered.

    The rulings are a function because a pass over many images needs only the winner,
    and people only now and then ask why.
    """

    verdict: Verdict
    chosen: Candidate | None
    rulings: Callable[[], tuple[Ruling, ...]]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice that needs facts first: describe these tags, then choose again."""

    tags: tuple[str, ...]


def _no_rulings() -> tuple[Ruling, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything known about one reference: what rules it, what becomes of it, and why.

    `new` is the image to write when the verdict is `update` (None otherwise);
    `chosen` the tag the verdict rests on.
    """

    reference: Reference
    ruled: Ruled
    verdict: Verdict
    chosen: str | None = None
    new: Image | None = None
    detail: str = ""
    rulings: Callable[[], tuple[Ruling, ...]] = field(default=_no_rulings, compare=False)
    problem: Problem | None = None


# ── what is changed ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace [start, end) of a file's text, which must read `old`, by `new`. Offsets as in Slot.

    `old` and `new` are source text, quotes included where they change.
    """

    path: str
    start: int
    end: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after its edits, as bytes; `mode` as Git writes it ("100644")."""

    path: str
    before: bytes
    after: bytes
    mode: str = "100644"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What is delivered together: one commit, and in pull-request mode one branch.

    `key` names the group; `branch` is where the commit goes, `base` the branch it
    starts from (the same for a direct commit).
    """

    key: str
    branch: str
    base: str
    decisions: tuple[Decision, ...]
    files: tuple[FileChange, ...]
    title: str
    message: str


class Outcome(StrEnum):
    """What became of a change set."""

    PUSHED = "pushed"
    OPENED = "opened"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Published:
    """A change set's fate; `commit` and `url` are empty where there is none."""

    key: str
    outcome: Outcome
    commit: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class TargetReport:
    """One pass over one target. `commit` is the base that was read.

    `unread` is what the scan could not read: said, but no failure of the pass.
    """

    target: str
    commit: str = ""
    references: int = 0
    decisions: tuple[Decision, ...] = ()
    changes: tuple[ChangeSet, ...] = ()
    published: tuple[Published, ...] = ()
    problems: tuple[Problem, ...] = ()
    unread: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One pass over every target."""

    targets: tuple[TargetReport, ...]
