"""What people configure: targets, rules, registries, delivery."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tagwright.errors import Problem
from tagwright.model.ruled import ALWAYS, Hold, Windows
from tagwright.model.service import AS_EVER, Service
from tagwright.model.wanted import PolicySpec

if TYPE_CHECKING:
    from tagwright.model.notified import Notification


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is, never the secret: an environment variable's name, or a file's path."""

    env: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class RegistryCredentials:
    """How to log in to a registry: one of these ways; all empty = the files that docker and podman read.

    `login` holds "user:password"; `command` is a program and its arguments.
    """

    username: Secret | None = None
    password: Secret | None = None
    token: Secret | None = None
    login: Secret | None = None
    docker_config: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    helper: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """What differs from the default for images under `prefix` (whole host or path parts; the longest wins).

    `endpoints` are base URLs asked in place of https://<host>, with their path put before the repository, one after
    the other until one answers. With several, the rest is for the one that is the registry itself: mirrors have
    settings of their own. `insecure` allows plain http and unverified TLS. `accept_shrunk`: tags go there by the
    dozen, and a list that lost more than half is believed.
    """

    prefix: str
    endpoints: tuple[str, ...] = ()
    credentials: RegistryCredentials = RegistryCredentials()
    insecure: bool = False
    ca_file: str = ""
    client_cert_file: str = ""
    client_key_file: str = ""
    proxy: str = ""
    proxy_username: Secret | None = None
    proxy_password: Secret | None = None
    requests_per_second: float = 0
    accept_shrunk: bool = False
    tags_max_age: timedelta | None = None


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
    windows: Windows = ALWAYS


@dataclass(frozen=True, slots=True)
class Held:
    """References that a configuration holds: image globs on the normalised name, file globs, and the hold."""

    images: tuple[str, ...]
    files: tuple[str, ...]
    hold: Hold


@dataclass(frozen=True, slots=True)
class Binding:
    """Values of `files` (globs) that are tags of `image`: those under `key`, or without one the whole file.

    `key` is how the way to a value ends, with globs; `image` may hold {name} and {folder} of the file.
    `source` is where it stands ("tagwright.yaml:12").
    """

    image: str
    files: tuple[str, ...]
    key: str = ""
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FileSelection:
    """Globs of the files to read; `exclude` wins.

    `within` is the operator's selection where the repository has its own: a file must be in both.
    """

    include: tuple[str, ...] = ("**",)
    exclude: tuple[str, ...] = ()
    within: FileSelection | None = None
    source: str = field(default="", compare=False, repr=False)


class Mode(StrEnum):
    """How a change is delivered."""

    COMMIT = "commit"
    PULL_REQUEST = "pull-request"
    AUTO = "auto"  # a commit, or a pull request where the branch refuses it; only `set` asks for it


@dataclass(frozen=True, slots=True)
class Signing:
    """Sign commits: `format` "ssh" or "openpgp", with the private key in a file, which a passphrase may lock."""

    format: str
    key_file: str
    passphrase: Secret | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """How changes reach the repository; the keys of `delivery:` in the configuration.

    An empty committer is the author. `skip_ci` is for direct commits alone: a pull request's checks must run.
    `by_api`: the forge makes the commits, and signs them. `apart` tells the branches of targets of one repository
    from one another; it is empty where a target has its repository to itself.
    """

    mode: Mode = Mode.PULL_REQUEST
    group: str = "image"
    branch_prefix: str = "tagwright/"
    apart: str = ""
    title: str = ""
    commit_message: str = ""
    body: str = ""
    branch: str = ""
    details: bool = True
    labels: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    draft: bool = False
    draft_while_pending: bool = False
    auto_merge: bool = False
    max_open: int = 10
    max_new: int = 0
    separate_major: bool = False
    author_name: str = "tagwright"
    author_email: str = "tagwright@localhost"
    committer_name: str = ""
    committer_email: str = ""
    sign_off: bool = False
    skip_ci: bool = False
    push_options: tuple[str, ...] = ()
    by_api: bool = False
    signing: Signing | None = None


BY_PUSH = ("push-options", "agit", "branch")  # what a push alone proposes: GitLab's way, Gitea's, and anybody's


@dataclass(frozen=True, slots=True)
class GitHubApp:
    """A GitHub App: its id or client id, where its private key is, and the installation's id (0 = looked up)."""

    id: str
    private_key: Secret
    installation: int = 0


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """Which forge serves a repository: kind "github", "gitlab" or "gitea", its API's base URL, and how to log in.

    That is a token, or with a `username` that user's password, or an `app` of GitHub's. Or a kind of BY_PUSH, which
    has no API for us.
    """

    kind: str = ""
    url: str = ""
    token: Secret | None = None
    username: Secret | None = None
    app: GitHubApp | None = None

    @property
    def by_push(self) -> bool:
        """Whether a push alone proposes."""
        return self.kind in BY_PUSH


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
    references: tuple[Binding, ...] = ()
    windows: Windows = ALWAYS
    holds: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The operator's file, whole and checked. `everywhere` is what it says outside its targets, as a target.

    `service` is how `serve` works, `notifications` are who is told of what.
    """

    targets: tuple[Target, ...] = ()
    registries: tuple[RegistrySettings, ...] = ()
    warnings: tuple[Problem, ...] = ()
    everywhere: Target = Target("")
    service: Service = AS_EVER
    notifications: tuple[Notification, ...] = ()
