"""What a question can mean, and why nothing is decided about what it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.cache import Cache
from tagwright.config.loading import merge_repository
from tagwright.errors import Problem
from tagwright.explain import asks, question
from tagwright.folder import Folder
from tagwright.image import Image
from tagwright.model import FileSelection, Head, Reason, Reference, Target
from tagwright.survey import survey
from tagwright.unmanaged import Looked, closest, closest_image, why
from tagwright.views.groups import ORDER

HERE = Target("deploy")


def at(path: str, line: int, name: str) -> Reference:
    """A mention of an image at tag 1.0."""
    return Reference(path, line, 1, (0, 1), "kubernetes", "image", Image(name, "1.0"), f"{name}:1.0", ())


API = at("apps/api.yaml", 7, "ghcr.io/acme/api")


@pytest.mark.parametrize(
    "text",
    [
        "api", "acme/api", "ghcr.io/acme/api", "api:2.0.0", "ghcr.io/acme/api:2.0.0", "acme/api:1.0@sha256:abc",
        "ghcr.io/acme/*", "ghcr.io/**", "apps/api.yaml", "./apps/api.yaml", "apps/api.yaml:7", "apps", "apps/", ".",
        "apps/*.yaml", "deploy/apps/api.yaml:7",
    ],
)  # fmt: skip
def test_a_question_names_an_image_leniently_or_a_place(text: str) -> None:
    """The end of the name will do, with a tag or without; a file, a line of it, a folder, a glob."""
    assert asks(question(text), HERE, API, "ghcr.io/acme/api")


@pytest.mark.parametrize(
    "text", ["pi", "acme", "web", "ghcr.io/api", "apps/api.yaml:8", "api.yaml", "app", "other/apps/api.yaml", "[", "a{"]
)
def test_a_question_names_nothing_else(text: str) -> None:
    """Not a part of a word, another line, or a path that does not begin at the top."""
    assert not asks(question(text), HERE, API, "ghcr.io/acme/api")


def test_the_short_name_of_docker_hub_is_the_long_one() -> None:
    """`nginx`, `library/nginx` and `docker.io/library/nginx` are one image; somebody else's nginx is meant too."""
    for name in ("nginx", "library/nginx", "docker.io/library/nginx", "docker.io/nginx", "index.docker.io/nginx"):
        assert asks(question(name), HERE, at("a", 1, "nginx"), "docker.io/library/nginx"), name
    assert asks(question("nginx"), HERE, API, "ghcr.io/acme/nginx")
    assert not asks(question("docker.io/nginx"), HERE, API, "ghcr.io/acme/nginx")


# ── why nothing is decided ───────────────────────────────────────────────────

FILES = {
    "apps/api.yaml": "a: 1\nimage: ghcr.io/acme/api:1.0\n# image: ghcr.io/acme/old:1.0\nb: 2\n",
    "apps/broken.yaml": "image: ghcr.io/acme/api:1.0\nx: [\n",
    "apps/empty.yaml": "x: 1\n",
    "vendor/x.yaml": "image: ghcr.io/acme/web:1.0\n",
    "notes.rst": "ghcr.io/acme/api:1.0\n",
    ".tagwright.yaml": "version: 1\n",
}
SELECTION = FileSelection(("**",), ("vendor/**",))


def asked(tmp_path: Path, text: str, target: Target | None = None) -> Problem:
    """Why nothing is decided about it in a folder of those files."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    if not (tmp_path / "link.yaml").is_symlink():
        (tmp_path / "link.yaml").symlink_to("apps/api.yaml")
    target = target or Target("deploy", files=SELECTION)
    place, head = Folder(tmp_path), Head("", "")
    return why(question(text), Looked.at(target, survey(place, head, target, Cache(None), ""), place, head))


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("vendor/x.yaml:1", "excluded", "files.exclude has vendor/**"),
        ("notes.rst", "not-read", "is no kind of file that is read"),
        ("link.yaml", "link", "symbolic link"),
        (".tagwright.yaml", "settings", "own configuration"),
        ("apps/api.yaml:4", "no-reference", "line 4 holds no reference"),
        ("apps/empty.yaml", "no-reference", "holds no reference"),
        ("apps/broken.yaml:2", "unreadable", "no YAML from line"),
        ("apps/api.yaml:3", "mention", "only `set` moves it"),
        ("old", "mention", "only `set` moves it"),
        ("apps/apy.yaml", "unknown-file", "there is no such file"),
        ("ghcr.io/acme/apy", "unknown-image", "no reference of ghcr.io/acme/apy was found"),
        ("zzz", "unknown-image", "no reference of zzz was found"),
    ],
)
def test_what_nothing_is_decided_about_says_why(tmp_path: Path, text: str, code: str, said: str) -> None:
    """A word for scripts and a sentence for people; `about` is the question as it was asked."""
    answer = asked(tmp_path, text)
    assert (answer.about, answer.code) == (text, code)
    assert said in answer.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("apps/api.yaml:4", "nearest: line 2: ghcr.io/acme/api:1.0"),
        ("apps/apy.yaml", "did you mean apps/api.yaml"),
        ("apy", "did you mean ghcr.io/acme/api?"),
        ("ghcr.io/acme/apy", "did you mean ghcr.io/acme/api?"),
    ],
)
def test_the_nearest_is_suggested(tmp_path: Path, text: str, hint: str) -> None:
    """By line in a file, by name among files and images."""
    assert asked(tmp_path, text).hint.startswith(hint)


def test_what_shares_only_its_folder_is_not_near(tmp_path: Path) -> None:
    """Where the registry and the organisation are right, the name itself must be near."""
    assert closest_image(["ghcr.io/acme/ap"], ["ghcr.io/acme/bad", "ghcr.io/acme/q"]) == ""
    assert (
        closest_image(["ghcr.io/acme/ap"], ["ghcr.io/acme/api", "ghcr.io/acme/q"]) == "did you mean ghcr.io/acme/api?"
    )
    assert closest_image(["ghcr.io/acne/api"], ["ghcr.io/acme/api"]) == "did you mean ghcr.io/acme/api?"


def test_whose_glob_excludes_is_said(tmp_path: Path) -> None:
    """The repository's own, or the operator's behind it."""
    own = merge_repository(Target("deploy", files=SELECTION), b"version: 1\nfiles: {exclude: [apps/**]}\n")
    assert "the repository's own files.exclude has apps/**" in asked(tmp_path, "apps/api.yaml", own).message
    assert "the operator's files.exclude has vendor/**" in asked(tmp_path, "vendor/x.yaml", own).message
    narrow = Target("deploy", files=FileSelection(("apps/*",)))
    assert "files.include has apps/*" in asked(tmp_path, "vendor/x.yaml", narrow).message


@pytest.mark.parametrize(
    ("rule", "near"),
    [
        ("{images: [ghcr.io/acme/*], files: [prod/**], policy: {semver: ^1}}", "only in files prod/**"),
        ("{images: [ghcr.io/other/*], files: [apps/**], policy: {semver: ^1}}", "names the file, but only images"),
        ("{images: [ghcr.io/acme/apis], policy: {semver: ^1}}", "nearest is the rule at .tagwright.yaml:3"),
        ("{images: [quay.io/x/y], policy: {semver: ^1}}", ""),
    ],
)  # fmt: skip
def test_the_rule_that_came_closest_is_named(rule: str, near: str) -> None:
    """The image but not the file, the file but not the image, nearly the name; nothing where none is near."""
    target = merge_repository(HERE, f"version: 1\nrules:\n  - {rule}\n".encode())
    said = closest(API, target)
    assert near in said
    assert bool(near) == bool(said)


def test_every_reason_has_its_place_among_the_groups() -> None:
    """One that has none could not be shown."""
    assert sorted(ORDER, key=str) == sorted((None, *Reason), key=str)
