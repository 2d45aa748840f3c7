"""What was written back, told from the commits alone, from any clone."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.git_server import CLEAN, git
from tests.support.reviewed import Reviewed
from tests.support.story import DEPLOYMENT, Story

API = "ghcr.io/acme/api"
TRAILER = f"Tagwright-Image: {API}"


def moved(story: Story, *tags: str) -> None:
    """Our commits, by `set`, from each tag to the next; in two files."""
    story.remote.commit({"a.yaml": f"image: {API}:{tags[0]}\n", "b/b.yaml": f"image: {API}:{tags[0]}\n"})
    for number, tag in enumerate(tags[1:], 1):
        ran = story.runs(f"tagwright set {API}:{tag} --repo {story.remote.path} --order {number}")
        assert ran.code == 0, ran


def clone(story: Story, *options: str) -> Path:
    """A person's clone."""
    command = ["git", "clone", "--quiet", *options, f"file://{story.remote.path}", str(story.folder / "clone")]
    subprocess.run(command, env={**os.environ, **CLEAN}, check=True)
    return story.folder / "clone"


def told(story: Story, *options: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """(kind, image, old, new) of each event."""
    ran = story.runs(f"tagwright history --repo {story.remote.path} --json {' '.join(options)}")
    assert ran.code == 0, ran
    events = [event for target in ran.json["targets"] for event in target["events"]]
    return [(event["kind"], event["image"], event["old"], event["new"]) for event in events]


def test_every_update_is_told_with_its_commit(story: Story) -> None:
    """Newest first: who, when, what, from where to where, with what rank, in which files."""
    moved(story, "1.2.0", "1.2.1", "1.3.0")
    ran = story.runs(f"tagwright history --repo {story.remote.path} --json")
    assert ran.code == 0
    assert ran.json["schema"] == "tagwright/history/v1"
    (target,) = ran.json["targets"]
    assert (target["branch"], target["commit"], target["complete"]) == ("main", story.remote.tip(), True)
    newest, older = target["events"]
    assert newest == {
        "kind": "update",
        "commit": story.remote.tip(),
        "when": git("log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "main",
                    cwd=story.remote.path, environ={"TZ": "UTC"}),
        "author": {"name": "tagwright", "email": "tagwright@localhost"},
        "subject": f"Update {API} to 1.3.0",
        "image": API,
        "old": "1.2.1",
        "new": "1.3.0",
        "order": 2,
        "files": ["a.yaml", "b/b.yaml"],
        "reverts": None,
    }  # fmt: skip
    assert (older["old"], older["new"], older["commit"]) == ("1.2.0", "1.2.1", story.remote.log(form="%H")[1])


def test_a_clone_tells_the_same_as_the_remote(story: Story) -> None:
    """A checkout, a folder inside it, a bare repository, a worktree; and a configuration's targets."""
    moved(story, "1.2.0", "1.2.1", "1.3.0")
    story.configured()
    where = clone(story)
    git("worktree", "add", "--quiet", "--detach", str(story.folder / "tree"), "HEAD", cwd=where)
    wanted = story.runs(f"tagwright history --repo {story.remote.path} --json").json["targets"][0]["events"]
    assert len(wanted) == 2
    for place in (where, where / "b", story.remote.path, story.folder / "tree"):
        ran = story.runs(f"tagwright history --path {place} --json")
        assert ran.json["targets"][0]["events"] == wanted, place
    by_configuration = story.runs(f"tagwright history --config {story.folder / 'tagwright.yaml'} --json")
    assert [(one["target"], one["events"]) for one in by_configuration.json["targets"]] == [("deploy", wanted)]


def test_a_shallow_clone_says_that_it_is_one(story: Story) -> None:
    """What it has is told; what the last commit changed it cannot know; and people read it, too."""
    moved(story, "1.2.0", "1.2.1", "1.3.0")
    where = clone(story, "--depth=1")
    (target,) = story.runs(f"tagwright history --path {where} --json").json["targets"]
    assert (target["complete"], target["head_is_ours"]) == (False, True)
    assert [(event["new"], event["files"]) for event in target["events"]] == [("1.3.0", None)]
    assert "shallow clone" in story.runs(f"tagwright history --path {where}").out


def test_a_clone_is_read_and_not_obeyed(story: Story, tmp_path: Path) -> None:
    """Its configuration may name programs for git to run: none is run, and nothing is fetched."""
    moved(story, "1.2.0", "1.2.1")
    where = clone(story)
    missing = f"Revert it\n\nThis reverts commit {'1' * 40}.\n"
    git("commit", "--quiet", "--allow-empty", "-m", missing, cwd=where)
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for setting in (
        "log.showSignature=true", f"gpg.program={trap}", f"core.pager={trap}", f"diff.external={trap}",
        f"core.fsmonitor={trap}", f"core.hooksPath={tmp_path}", f"alias.log=!{trap}", f"alias.cat-file=!{trap}",
        f"core.sshCommand={trap}", "extensions.partialClone=origin", "remote.origin.promisor=true",
        f"remote.origin.uploadpack={trap}", "core.repositoryFormatVersion=1", f"diff.orderFile={trap}",
        "i18n.logOutputEncoding=UTF-16", "color.ui=always",
    ):  # fmt: skip
        git("config", *setting.split("=", 1), cwd=where)
    ran = story.runs(f"tagwright history --path {where}")
    assert ran.code == 0, ran
    assert "1.2.0 -> 1.2.1" in ran.out
    assert not (tmp_path / "sprung").exists()


def test_a_commit_of_no_time_or_of_a_time_that_never_comes(story: Story) -> None:
    """Whoever may push can write what no calendar has, or leave it out: its event is told, and all others."""
    moved(story, "1.2.0", "1.2.1")
    at = story.remote.path
    for number, when in enumerate((" 99999999999999 +0000", "", " 253402300800 +0000"), 1):
        tree, parent = git("rev-parse", "main^{tree}", cwd=at), git("rev-parse", "main", cwd=at)
        people = f"author a <a@example.test>{when}\ncommitter a <a@example.test>{when}\n"
        raw = f"tree {tree}\nparent {parent}\n{people}\nBy hand\n\nTagwright-Image: x 0 -> {number}\n"
        made = git("hash-object", "-t", "commit", "-w", "--stdin", "--literally", cwd=at, stdin=raw.encode())
        story.remote.reset("main", made)
    ran = story.runs(f"tagwright history --repo {at} --json")
    assert ran.code == 0, ran
    events = ran.json["targets"][0]["events"]
    assert [(one["new"], one["when"][:4]) for one in events[:3]] == [("3", "9999"), ("2", "1970"), ("1", "9999")]
    assert [one["new"] for one in events[3:]] == ["1.2.1"]


# ── once, however it was merged ──────────────────────────────────────────────


@pytest.mark.parametrize("way", ["merge", "merge-with-description", "squash", "rebase"])
def test_a_merged_pull_request_counts_once(reviewed: Reviewed, way: str) -> None:
    """Whatever the forge makes of it: a merge commit (that may repeat the words), one squashed commit, a new one."""
    api = reviewed.offers("acme/api", "1.2.0", "1.2.1")
    reviewed.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    reviewed.runs("tagwright run")
    (pull,) = reviewed.forge.pulls("acme/deploy")
    words = git("log", "-1", "--format=%B", pull.head, cwd=reviewed.remote.path)
    reviewed.remote.commit({"note.txt": "x\n"}, "A person's work")
    reviewed.remote.commit({"more.txt": "x\n"}, "A reviewer's commit", branch=pull.head)
    bare = reviewed.remote.path
    base, tip = reviewed.remote.tip(), reviewed.remote.tip(pull.head)
    assert base
    assert tip
    tree = git("merge-tree", "--write-tree", base, tip, cwd=bare).split()[0]
    parents = ["-p", base] if way in ("squash", "rebase") else ["-p", base, "-p", tip]
    text = {
        "merge": f"Merge pull request #1 from {pull.head}\n\n{pull.title}",
        "merge-with-description": f"Merge pull request #1\n\n{words}",
        "squash": f"{pull.title} (#1)\n\n* {words}\n\n---------\n\nCo-authored-by: Bot <bot@example.test>",
        "rebase": words,
    }[way]
    merged = git("commit-tree", tree, *parents, "-m", text, cwd=bare)
    reviewed.remote.reset("main", merged)

    ran = reviewed.runs(f"tagwright history --path {bare} --json")
    (event,) = ran.json["targets"][0]["events"]
    assert (event["image"], event["old"], event["new"]) == (api, "1.2.0", "1.2.1")
    assert "api.yaml" in event["files"]


# ── what people did ──────────────────────────────────────────────────────────


def test_reverts_and_resumes_are_events(story: Story) -> None:
    """A revert is told the other way round; one that names no commit with its own words alone."""
    moved(story, "1.2.0", "1.2.1")
    update = story.remote.tip()
    story.remote.commit({"a.yaml": f"image: {API}:1.2.0\n"}, f'Revert "Update {API}"\n\nThis reverts commit {update}.')
    story.remote.commit({"x": "1"}, "Go on\n\nTagwright: resume ghcr.io/acme/*")
    story.remote.commit({"x": "2"}, f'Revert "Update {API} to 1.1.0" (#13)\n\nReverts acme/deploy#12')
    assert told(story) == [
        ("revert", None, None, None),
        ("resume", "ghcr.io/acme/*", None, None),
        ("revert", API, "1.2.1", "1.2.0"),
        ("update", API, "1.2.0", "1.2.1"),
    ]
    events = story.runs(f"tagwright history --repo {story.remote.path} --json").json["targets"][0]["events"]
    assert [event["reverts"] for event in events] == [None, None, update, None]
    assert len(told(story, "--image", API)) == 3
    assert told(story, "--image", "redis") == []


def test_the_trail_is_cut_to_what_is_asked_for(story: Story) -> None:
    """By image, by time, by number."""
    moved(story, "1.2.0", "1.2.1", "1.3.0")
    story.remote.commit({"r.yaml": "image: redis:7.2.4\n"}, f"Other\n\n{TRAILER}-x 1 -> 2")
    assert [new for _, _, _, new in told(story)] == ["2", "1.3.0", "1.2.1"]
    assert [new for _, _, _, new in told(story, "--image", "ghcr.io/acme/api")] == ["1.3.0", "1.2.1"]
    assert len(told(story, "--image", "'ghcr.io/**'", "--limit", "1")) == 1
    assert told(story, "--until", "1h") == []
    assert len(told(story, "--since", "1h")) == 3
    assert told(story, "--since", "2099-01-01") == []
    assert len(told(story, "--until", "2099-01-01T10:00Z")) == 3
    wrong = story.runs(f"tagwright history --repo {story.remote.path} --since yesterday")
    assert (wrong.code, "--since" in wrong.err, "30d" in wrong.err) == (2, True, True)


def test_whether_the_head_is_ours_is_one_fact(story: Story) -> None:
    """For pipelines that pass over their own commits, in the shallowest clone."""
    moved(story, "1.2.0", "1.2.1")
    ask = f"tagwright history --path {story.remote.path} --limit 0 --json"
    (target,) = story.runs(ask).json["targets"]
    assert (target["head_is_ours"], target["events"]) == (True, [])
    story.remote.commit({"x": "1"}, f"A person's\n\nabout {TRAILER} 1 -> 2")
    assert story.runs(ask).json["targets"][0]["head_is_ours"] is False


# ── as CSV, and what goes wrong ──────────────────────────────────────────────


def test_csv_has_stable_columns_and_no_formulas(story: Story) -> None:
    """What begins as a spreadsheet's formula does is text; line breaks and commas stay inside their cell."""
    moved(story, "1.2.0", "1.2.1")
    story.remote.commit({'a,"b.yaml': "x\n", "=c.yaml": "y\n"}, f"=1+1\n\n{TRAILER} 1.2.1 -> 1.3.0")
    ran = story.runs(f"tagwright history --repo {story.remote.path} --csv")
    first, newest, older = csv.reader(io.StringIO(ran.out, newline=""))
    assert " ".join(first) == "target branch kind when commit image old new order author email files reverts subject"
    assert (newest[-1], newest[-3]) == ("'=1+1", "'=c.yaml\na,\"b.yaml")
    assert older[5:9] == [API, "1.2.0", "1.2.1", "1"]


def test_one_target_that_cannot_be_read_hides_no_other(story: Story) -> None:
    """Exit 1, its problem told, the others' events too."""
    moved(story, "1.2.0", "1.2.1")
    (story.folder / "tagwright.yaml").write_text(
        f"version: 1\ntargets:\n  - {{name: gone, repository: {story.folder}/none.git}}\n"
        f"  - {{name: deploy, repository: {story.remote.path}}}\n"
    )
    ran = story.runs(f"tagwright history --config {story.folder / 'tagwright.yaml'} --json")
    assert ran.code == 1
    assert [(one["target"], len(one["events"])) for one in ran.json["targets"]] == [("deploy", 1)]
    assert [one["about"] for one in ran.json["problems"]] == ["gone"]
    assert "1.2.1" in story.runs(f"tagwright history --config {story.folder / 'tagwright.yaml'}").out


def test_a_folder_without_git_is_said(story: Story, tmp_path: Path) -> None:
    """And a repository without a commit."""
    ran = story.runs("tagwright history --path /proc")
    assert (ran.code, "no clone" in ran.err) == (1, True)
    git("init", "--quiet", "empty", cwd=tmp_path)
    assert "no commit" in story.runs(f"tagwright history --path {tmp_path / 'empty'}").err
