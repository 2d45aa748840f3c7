"""What can be configured: every key, once. The parser, the JSON schema and the README's table come from here.

Each mapping of the configuration is a `Keys`: its options with one sentence each, and a
`_build…` function that makes the frozen value of `model.py` and notes what no single key
can see. `operator=True` marks what a repository's own file may not set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tagwright import globs
from tagwright.config import checks
from tagwright.config.nodes import Place
from tagwright.config.notify_options import NOTIFICATION
from tagwright.config.policy_options import POLICY
from tagwright.config.registry_options import REGISTRY
from tagwright.config.secret_options import secret, secret_options
from tagwright.config.service_options import SERVICE
from tagwright.config.shapes import (
    Choice,
    FilePath,
    Flag,
    Keys,
    Many,
    Number,
    Option,
    Text,
)
from tagwright.config.window_options import GLOBS, HOLD, IMAGES, WINDOWS, windows
from tagwright.model import (
    Binding,
    ForgeSettings,
    GitAccess,
    GitHubApp,
    Rule,
    Signing,
)

GROUPS = ("image", "directory", "all")

_LINE = Text()
_FEW = Many(_LINE, most=50)  # a forge is asked about each, and a repository may name them
_URL = Text("an address such as https://git.example.com", checks.url)


# ── rules and files ──────────────────────────────────────────────────────────


def _build_rule(values: dict[str, Any], at: Place) -> Rule | None:
    if not values.get("images") and not values.get("files"):
        at.mistake("says neither images nor files", 'images: ["**"] means every image')
        return None
    images = tuple(globs.image_pattern(pattern) for pattern in values.pop("images", ("**",)))
    return Rule(images, path=at.file, line=at.line, windows=windows(values), **values)


RULE = Keys(
    {
        "images": Option(IMAGES, "globs on the normalised repository name"),
        "files": Option(GLOBS, "only in files that match one of these globs"),
        "policy": Option(POLICY, "which tag is wanted"),
        "name": Option(Text("a name", checks.rule_name), "what Flux markers and people call the rule"),
        "group": Option(Text("a label", checks.word), "delivered with all others of this label"),
        **WINDOWS,
    },
    build=_build_rule,
    required=("policy",),
)

BINDING = Keys(
    {
        "image": Option(
            Text("the name of an image repository", checks.bound_image),
            "whose tag the value is; {name} and {folder} are those of the file",
        ),
        "files": Option(GLOBS, "globs of the files it stands in"),
        "key": Option(
            _LINE, "how the way to it ends, such as API_TAG or image.tag; absent = the whole file is the tag"
        ),
    },
    build=lambda values, at: Binding(**values, source=f"{at.file}:{at.line}"),
    required=("image", "files"),
)

DEFAULTS = Keys(
    {"policy": Option(POLICY, "for references that no marker and no rule names")},
    build=lambda values, _at: values["policy"],
    required=("policy",),
)

FILES = Keys(
    {
        "include": Option(GLOBS, "globs of the files to read; absent = all"),
        "exclude": Option(GLOBS, "globs of files to leave alone; wins over include"),
    },
    build=lambda values, at: {**values, "source": f"{at.file}:{at.line}"},  # a target overrides one by one
)


# ── delivery ─────────────────────────────────────────────────────────────────

_AUTHOR = Keys(
    {
        "name": Option(Text("a name", checks.person), "who the commits are by"),
        "email": Option(Text("an e-mail address", checks.person), "and their address"),
    },
    build=lambda values, _at: {f"author_{key}": value for key, value in values.items()},
)

_COMMITTER = Keys(
    {
        "name": Option(Text("a name", checks.person), "who makes the commits; absent = the author"),
        "email": Option(Text("an e-mail address", checks.person), "and their address; absent = the author's"),
    },
    build=lambda values, _at: {f"committer_{key}": value for key, value in values.items()},
)

_SIGNING = Keys(
    {
        "format": Option(Choice(("ssh", "openpgp")), "kind of signature"),
        "key_file": Option(FilePath(), "file that holds the private key"),
        **secret_options("passphrase", "what unlocks the key"),
    },
    build=lambda values, at: Signing(values["format"], values["key_file"], secret(values, "passphrase", at)),
    required=("format", "key_file"),
)


def _build_delivery(values: dict[str, Any], at: Place) -> dict[str, Any]:
    """The keyword arguments of `model.Delivery` that were given, so that a target can override one by one."""
    if values.get("commits") == "api" and values.get("signing"):
        at.key("signing").mistake("has no part in commits: api", "the forge signs them; leave one of the two out")
    if "commits" in values:
        values["by_api"] = values.pop("commits") == "api"
    author, committer = values.pop("author", {}), values.pop("committer", {})
    return {**values, **author, **committer}


DELIVERY = Keys(
    {
        "mode": Option(Choice(("pull-request", "commit")), "how a change is delivered", operator=True),
        "group": Option(
            Text("image, directory, all or a rule's group", checks.word), "what goes together: image, directory, all"
        ),
        "branch_prefix": Option(Text("such as tagwright/", checks.branch_prefix), "how branches begin", operator=True),
        "title": Option(Text(), "title of a pull request and first line of its commit (Jinja2)"),
        "commit_message": Option(Text(lines=True), "the commit message (Jinja2)", operator=True),
        "body": Option(Text(lines=True), "text of a pull request (Jinja2); absent = all of its parts", operator=True),
        "branch": Option(Text(), "its branch, between branch_prefix and a mark of the group (Jinja2)", operator=True),
        "details": Option(
            Flag(), "ask registries what changes inside the images, for its text", operator=True, settled=True
        ),
        "labels": Option(_FEW, "labels of a pull request"),
        "reviewers": Option(_FEW, "who is asked to review"),
        "assignees": Option(_FEW, "who it is assigned to"),
        "draft": Option(Flag(), "open pull requests as drafts"),
        "draft_while_pending": Option(
            Flag(), "propose what waits for its age or its window as a draft, made ready in time", operator=True
        ),
        "separate_major": Option(Flag(), "major updates in pull requests of their own", operator=True, settled=True),
        "auto_merge": Option(Flag(), "let the forge merge when its checks pass", operator=True),
        "max_open": Option(Number(), "at most this many open pull requests; the longest waiting first", operator=True),
        "max_new": Option(Number(), "at most this many new ones in one run; absent = any number", operator=True),
        "author": Option(_AUTHOR, "who the commits are by", operator=True),
        "committer": Option(_COMMITTER, "who makes the commits, where that is another", operator=True),
        "sign_off": Option(Flag(), "add the author's Signed-off-by", operator=True, settled=True),
        "skip_ci": Option(
            Flag(), "[skip ci] in the message of direct commits, so that they start no CI", operator=True, settled=True
        ),
        "push_options": Option(
            Many(Text("one line", checks.push_option)), "told to the server with each push (git push -o)", operator=True
        ),
        "commits": Option(
            Choice(("git", "api")),
            "who makes them: git here, or the API of GitHub or GitLab, so that the forge signs them",
            operator=True,
        ),
        "signing": Option(_SIGNING, "sign commits, so that `git verify-commit` knows them", operator=True),
    },
    build=_build_delivery,
)


# ── targets ──────────────────────────────────────────────────────────────────


def _build_app(values: dict[str, Any], at: Place) -> GitHubApp | None:
    key = secret(values, "private_key", at)
    if key is None:
        at.mistake("says no private key", "name it by private_key_file or private_key_env")
        return None
    return GitHubApp(values["id"], key, values.get("installation", 0))


def _build_forge(values: dict[str, Any], at: Place) -> ForgeSettings:
    token, app = secret(values, "token", at), values.get("app")
    if token and app:
        at.mistake("got a token and an app, expected one of them")
    username = secret(values, "username", at)
    return ForgeSettings(values.get("kind", ""), values.get("url", ""), token, username, app)


_APP = Keys(
    {
        "id": Option(_LINE, "its id, or its client id"),
        "installation": Option(Number(), "the installation's id; absent = looked up by the repository"),
        **secret_options("private_key", "the private key GitHub made for it (PEM)"),
    },
    build=_build_app,
    required=("id",),
)

_FORGE = Keys(
    {
        "kind": Option(
            Choice(("github", "gitlab", "gitea", "push-options", "agit", "branch")),
            "guessed from the repository's host where it can be; the last three ask by a push alone, without an API",
        ),
        "url": Option(_URL, "base address of its API, where it is not the usual one"),
        **secret_options("token", "a token for its API, and for Git over http(s) unless `access` says otherwise"),
        **secret_options("username", "the user whose password the token is (Gitea)"),
        "app": Option(_APP, "a GitHub App in place of a token, for the API and for Git over https"),
    },
    build=_build_forge,
)

_ACCESS = Keys(
    {
        **secret_options("token", "a token or password for Git over http(s)"),
        **secret_options("username", "the user's name that goes with it"),
        "ssh_key_file": Option(FilePath(), "private key for Git over ssh"),
        "known_hosts": Option(FilePath(), "host keys to trust, as ssh writes them"),
    },
    build=lambda values, at: GitAccess(
        secret(values, "token", at),
        secret(values, "username", at),
        values.get("ssh_key_file", ""),
        values.get("known_hosts", ""),
    ),
)

# What the file's top level and every target can say; a target's word overrides the file's.
_SCOPED: dict[str, Option] = {
    "rules": Option(Many(RULE), "which policy rules which references; the first that matches decides"),
    "defaults": Option(DEFAULTS, "for references that no marker and no rule names; absent = they are left alone"),
    "files": Option(FILES, "which files are read"),
    "references": Option(Many(BINDING), "values that name no image, and whose tags they are"),
    "delivery": Option(DELIVERY, "how changes reach the repository"),
    **WINDOWS,
    "holds": Option(Many(HOLD), "references that stay as they are; all are kept, a target's and a repository's too"),
    "allow_repository_config": Option(Flag(), "whether the repository's own .tagwright.yaml counts", operator=True),
}

TARGET = Keys(
    {
        "name": Option(Text("a name", checks.word), "what people call it; absent = the last part of the repository"),
        "repository": Option(
            Text("a Git address", checks.repository), "a Git address, or the path of a bare repository"
        ),
        "branch": Option(_LINE, "absent = the remote's HEAD"),
        "access": Option(_ACCESS, "how to log in to Git"),
        "forge": Option(_FORGE, "where pull requests are opened"),
        **_SCOPED,
    },
    build=lambda values, at: (values, at),
    required=("repository",),
)

FILE = Keys(
    {
        "version": Option(Choice(("1",)), "of this format"),
        "registries": Option(Many(REGISTRY), "only what differs from https and docker's own login", operator=True),
        **_SCOPED,
        "targets": Option(Many(TARGET), "the repositories to keep up to date", operator=True),
        "serve": Option(SERVICE, "how the service listens and when it looks", operator=True),
        "notifications": Option(
            Many(NOTIFICATION), "who is told when something changes, by run as by serve", operator=True
        ),
    },
    build=lambda values, at: (values, at),
)


def rows(keys: Keys = FILE, path: str = "") -> Iterator[tuple[str, str]]:
    """Every option as (path, sentence), in the order declared: the README's table."""
    for key, option in keys.options.items():
        inner = option.shape.of if isinstance(option.shape, Many) else option.shape
        name = f"{path}{key}" + ("[]" if isinstance(option.shape, Many) else "")
        yield name, option.about
        if isinstance(inner, Keys):
            yield from rows(inner, f"{name}.")
