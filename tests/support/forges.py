"""Stateful fakes of GitHub, GitLab and Gitea over real bare Git repositories, each on one host as in reality.

Branches, their tips, mergeability, merges and commits are Git's own; only what a forge keeps beside Git (pull
requests, labels, people, protected branches) is kept here. Every exchange is recorded, so that a test can count what a
driver asks. `faults` are answers given in place of the real one. The token opens the API, and Git under any name.

    with FakeGitHub({"acme/deploy": bare}, token="…") as forge:
        forge.url("acme/deploy"), forge.api, forge.exchanges, forge.pulls("acme/deploy")
        forge.merge("acme/deploy", 1), forge.close("acme/deploy", 2), forge.protect("acme/deploy", "main")
"""

from __future__ import annotations

from tests.support.forge_git import git, tip
from tests.support.forge_gitea import FakeGitea
from tests.support.forge_github import FakeGitHub, too_fast, used_up
from tests.support.forge_gitlab import FakeGitLab
from tests.support.forge_pulls import Note, Pull
from tests.support.forge_server import Answer, Exchange, FakeForge, Fault

__all__ = [
    "Answer",
    "Exchange",
    "FakeForge",
    "FakeGitHub",
    "FakeGitLab",
    "FakeGitea",
    "Fault",
    "Note",
    "Pull",
    "git",
    "tip",
    "too_fast",
    "used_up",
]
