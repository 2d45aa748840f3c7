"""The line that a pull request offers to take it back: it works in any clone, however the change was merged."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.git_server import git
from tests.support.story import DEPLOYMENT, Story


def merged(how: str, before: str, story: Story) -> None:
    """What a forge makes of the commit that is on main now, with the branch as it was `before`."""
    made = story.remote.tip()
    assert made
    clone = story.folder / "forge"
    git("clone", "-q", str(story.remote.path), str(clone), cwd=story.folder)
    git("config", "user.name", "Forge", cwd=clone)
    git("config", "user.email", "forge@example.com", cwd=clone)
    message = git("log", "-1", "--format=%B", made, cwd=clone)
    git("reset", "-q", "--hard", before, cwd=clone)
    if how == "merge":
        git("merge", "-q", "--no-ff", "-m", f"Merge pull request #1\n\n{message}", made, cwd=clone)
    else:
        git("merge", "-q", "--squash", made, cwd=clone)
        git("commit", "-q", "-m", f"Update an image (#1)\n\n{message}\nCo-authored-by: A <a@example.com>", cwd=clone)
    git("push", "-q", "-f", "origin", "HEAD:main", cwd=clone)


@pytest.mark.parametrize("how", ["rebase", "merge", "squash"])
def test_one_line_takes_it_back_and_it_stays_back(how: str, story: Story) -> None:
    """The files are as they were, other changes since then stay, and only a newer version is proposed again."""
    name = story.offers("acme/api", "1.2.0", "1.2.1")
    original = DEPLOYMENT.format(image=f"{name}:1.2.0")
    before = story.remote.commit({"api.yaml": original})
    story.configured("defaults: {policy: {compatible: minor}}\n")
    found = re.search(r"^git revert .*$", story.runs("tagwright plan --preview").out, re.MULTILINE)
    assert found
    story.configured()
    assert story.runs("tagwright run").code == 0
    if how != "rebase":
        merged(how, before, story)
    story.remote.commit({"other.yaml": "a: 1\n"}, f"Not it\n\nTagwright-Image: {name} 1.2.0 -> 1.2.10\n")
    assert f"{name}:1.2.1" in story.remote.show("api.yaml")

    clone = story.folder / "person"
    git("clone", "-q", str(story.remote.path), str(clone), cwd=story.folder)
    identity = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
    environ = {**identity, **{key.replace("AUTHOR", "COMMITTER"): value for key, value in identity.items()}}
    subprocess.run(["env", *(f"{k}={v}" for k, v in environ.items()), "bash", "-c", found[0]], cwd=clone, check=True)
    git("push", "-q", "origin", "HEAD:main", cwd=clone)

    assert f"{story.remote.show('api.yaml')}\n" == original
    assert story.remote.show("other.yaml") == "a: 1"
    assert story.runs("tagwright plan --exit-code").code == 0
    story.offers("acme/api", "1.2.2")
    assert story.runs("tagwright run").code == 0
    assert f"{name}:1.2.2" in story.remote.show("api.yaml")
