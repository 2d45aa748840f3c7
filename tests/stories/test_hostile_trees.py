"""Trees that mean harm, or only look like it: through the command line, in a folder and in a repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.support.git_server import git
from tests.support.story import Story

API = "ghcr.io/acme/api"
TEXT = f"image: {API}:1\n"
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12\n"
REGULAR = (
    "a.yaml/inner.yaml",
    "case/Values.yaml",
    "case/values.yaml",
    "caf\udce9.yaml",
    "new\nline.yaml",
    'quo"te.yaml',
)
LINKS = {
    "link.yaml": "case/values.yaml",
    "out.yaml": "../outside/secret.yaml",
    "absolute.yaml": "{outside}/secret.yaml",
    "dangling.yaml": "nowhere.yaml",
    "folder.yaml": "../outside",
    "loop.yaml": "loop.yaml",
}


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the one that is worked on, with a file that nobody may read or write."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.yaml").write_text(TEXT)
    return tmp_path / "outside"


@pytest.fixture
def folder(tmp_path: Path, outside: Path) -> Path:
    """The tree as a folder, with a pipe that nobody writes to."""
    root = tmp_path / "tree"
    for path in REGULAR:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(TEXT)
    (root / "values.yaml").mkdir()
    (root / "lfs.yaml").write_text(POINTER)
    os.mkfifo(root / "pipe.yaml")
    for path, target in LINKS.items():
        (root / path).symlink_to(target.format(outside=outside))
    return root


def quoted(path: str) -> str:
    """A path as git-fast-import(1) reads it."""
    return '"' + "".join(chr(b) if 32 <= b < 127 and b != 34 else f"\\{b:03o}" for b in os.fsencode(path)) + '"'


@pytest.fixture
def repository(story: Story, outside: Path) -> str:
    """The tree as a commit, with a submodule whose name is a file's."""
    links = {quoted(path): target.format(outside=outside) for path, target in LINKS.items()}
    files = {quoted(path): TEXT for path in REGULAR} | {"lfs.yaml": POINTER} | links
    tip = story.remote.commit(files, modes=dict.fromkeys(links, "120000"))
    stream = (
        f"commit refs/heads/main\ncommitter A <a@example.test> now\ndata 0\nfrom {tip}\nM 160000 {tip} module.yaml\n"
    )
    git("fast-import", "--quiet", "--date-format=now", cwd=story.remote.path, stdin=stream.encode())
    return str(story.remote.path)


def places(report: dict[str, Any]) -> list[str]:
    """The files in which the image was found."""
    return sorted(one["path"] for one in report["references"])


def test_a_folder_is_left_by_no_link(story: Story, folder: Path, outside: Path) -> None:
    """Regular files of any name are read and written; links, pipes and folders are neither followed nor touched."""
    done = story.runs(f"tagwright scan --path {folder} --json")
    assert done.code == 0, done
    assert len(places(done.json)) == len(REGULAR)
    done = story.runs(f"tagwright set {API}:2 --path {folder}")
    assert done.code == 0, done
    assert {path: (folder / path).read_text() for path in REGULAR} == dict.fromkeys(REGULAR, TEXT.replace(":1", ":2"))
    assert (outside / "secret.yaml").read_text() == TEXT
    assert sorted(path.name for path in outside.iterdir()) == ["secret.yaml"]
    assert {path: os.readlink(folder / path) for path in LINKS} == {
        path: target.format(outside=outside) for path, target in LINKS.items()
    }
    assert (folder / "lfs.yaml").read_text() == POINTER


def test_a_repository_is_left_by_no_link(story: Story, repository: str, outside: Path) -> None:
    """The same in a commit: links, submodules and pointers are what they were, the rest moves; git finds no fault."""
    before = git("ls-tree", "-r", "main", cwd=story.remote.path).splitlines()
    done = story.runs(f"tagwright scan --repo {repository} --json")
    assert done.code == 0, done
    assert len(places(done.json)) == len(REGULAR)
    done = story.runs(f"tagwright set {API}:2 --repo {repository}")
    assert done.code == 0, done
    after = git("ls-tree", "-r", "main", cwd=story.remote.path).splitlines()
    assert len(set(after) - set(before)) == len(REGULAR)
    assert [line for line in after if not line.startswith("100644")] == [
        line for line in before if not line.startswith("100644")
    ]
    assert (outside / "secret.yaml").read_text() == TEXT
    story.remote.check()


def test_a_link_instead_of_settings_is_not_followed(story: Story, folder: Path, outside: Path) -> None:
    """What rules a repository stands in it."""
    (outside / "rules.yaml").write_text("nonsense: [\n")
    (folder / ".tagwright.yaml").symlink_to(outside / "rules.yaml")
    assert story.runs(f"tagwright scan --path {folder}").code == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(TEXT.encode("utf-16"), "unreadable", id="utf-16"),
        pytest.param(TEXT.encode() + b"# \xff\n", "unreadable", id="not utf-8"),
        pytest.param(TEXT.encode() + b"\0", "unreadable", id="zero byte"),
        pytest.param(TEXT.encode() + b"#" * 5_000_001, "too-large", id="too large"),
        pytest.param(b"image: " + b"[" * 300, "too-deep", id="too deep"),
    ],
)
def test_a_file_that_cannot_be_read_stops_no_other(story: Story, tmp_path: Path, data: bytes, code: str) -> None:
    """It is said which and why, in a folder and in a repository; the others are written."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "bad.yaml").write_bytes(data)
    (tmp_path / "tree" / "good.yaml").write_text(TEXT)
    story.remote.commit({"bad.yaml": data, "good.yaml": TEXT})
    for place in (f"--path {tmp_path / 'tree'}", f"--repo {story.remote.path}"):
        report = story.runs(f"tagwright scan {place} --json").json
        assert [(one["path"], one["code"]) for one in report["problems"]] == [("bad.yaml", code)]
        assert places(report) == ["good.yaml"]
        story.runs(f"tagwright set {API}:2 {place}")
    assert (tmp_path / "tree" / "good.yaml").read_text() == TEXT.replace(":1", ":2")
    assert (tmp_path / "tree" / "bad.yaml").read_bytes() == data
    assert story.remote.show("good.yaml") == TEXT.replace(":1", ":2").strip()
