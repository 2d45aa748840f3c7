"""Stateful fakes of the GitHub, GitLab and Gitea REST APIs over real bare Git repositories.

Branches, their tips, mergeability and merges are Git's own; only what a forge keeps beside
Git (pull requests, labels, people) is kept here. Every exchange is recorded, so that a test
can count what a driver asks. `faults` are answers given in place of the real one.

    with FakeGitHub({"acme/deploy": bare}, token="…") as forge:
        forge.api, forge.exchanges, forge.pulls("acme/deploy"), forge.merge("acme/deploy", 1)
"""

from __future__ import annotations

from tests.support.forge_git import git, tip
from tests.support.forge_gitea import FakeGitea
from tests.support.forge_github import FakeGitHub
from tests.support.forge_gitlab import FakeGitLab
from tests.support.forge_server import Answer, Exchange, FakeForge, Fault, Pull

__all__ = ["Answer", "Exchange", "FakeForge", "FakeGitHub", "FakeGitLab", "FakeGitea", "Fault", "Pull", "git", "tip"]
