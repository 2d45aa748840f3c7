"""python-gitlab's own functional tests, written for a real GitLab, pass against the one on the stage.

They are run from the sdist of the installed version (`.ci/run` brings it), and never copied. Those that apply are
named here: what a client does with merge requests, branches and commits as Tagwright does. Left out, because the stage
has none of it: discussions, label and milestone events, rebase, commits and participants of a merge request, approval
rules, tokens made by the API, merge_ref; of the repository's tests files changed and blamed, trees, archives, statuses,
comments, signatures, cherry-picks and reverts; test_branches, which takes for granted that a new project has a branch;
and every other module (groups, users, runners, registry, wikis …).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.support.forge_gitlab_site import FakeGitLabSite
from tests.support.parts import require_published

TOKEN = "glpat-s3cret-token"
MODULES = {
    "test_merge_requests": (
        "test_merge_requests",
        "test_merge_requests_get",
        "test_merge_requests_list_approver_ids",
        "test_merge_requests_get_lazy",
        "test_cancel_merge_when_pipeline_succeeds",
        "test_merge_request_merge",
        "test_merge_request_should_remove_source_branch",
        "test_merge_request_large_commit_message",
    ),
    "test_repository": ("test_create_commit", "test_list_all_commits"),
    "test_lazy_objects": (
        "test_lazy_id",
        "test_refresh_after_lazy_get_with_path",
        "test_save_after_lazy_get_with_path",
        "test_list_children_after_lazy_get_with_path",
    ),
}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of the installed python-gitlab."""
    name = f"python_gitlab-{version('python-gitlab')}"
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(require_published(f"{name}.tar.gz", "python-gitlab-tests")) as archive:
        archive.extractall(folder, filter="data")
    return folder / name


@pytest.mark.real
def test_python_gitlab_finds_a_gitlab(unpacked: Path, tmp_path: Path) -> None:
    """Each named test passes, and none is skipped."""
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f"#!/bin/sh\necho {TOKEN}\n")  # they ask the container's Rails console for a token
    docker.chmod(0o755)
    named = [f"tests/functional/api/{module}.py::{test}" for module, tests in MODULES.items() for test in tests]
    with FakeGitLabSite(tmp_path, TOKEN) as site:
        environ = {
            "PATH": f"{docker.parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "STAGE_URL": site.address,
            "PYTHONPATH": str(Path(__file__).parent),
        }
        command = [sys.executable, "-m", "pytest", "-p", "python_gitlab_stage", "-p", "no:cacheprovider", *named]
        ran = subprocess.run(command, cwd=unpacked, env=environ, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert f"{len(named)} passed" in ran.stdout
