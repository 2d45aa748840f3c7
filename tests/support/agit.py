"""Gitea's AGit in a bare repository: git's proc-receive hook for refs/for, with the answers of its services/agit."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.forge_git import git

HOOK = """#!{python}
import json, os, subprocess, sys

def read():
    lines = []
    while (size := int(sys.stdin.buffer.read(4), 16)):
        lines.append(sys.stdin.buffer.read(size - 4).decode().rstrip("\\n"))
    return lines

def write(*lines):
    for line in lines:
        sys.stdout.buffer.write(b"%04x" % (len(line) + 4) + line.encode())
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()

def at(ref):
    done = subprocess.run(["git", "rev-parse", "--quiet", "--verify", ref], capture_output=True, text=True)
    return done.stdout.strip()

read()
write("version=1\\0push-options")
commands, options = read(), dict(option.partition("=")[::2] for option in read())
answers = []
for command in commands:
    _, new, ref = command.split(" ", 2)
    base, topic = ref.removeprefix("refs/for/"), options.get("topic")
    kept = "refs/pull/" + str(topic).replace("/", "-") + "/head"
    old = at(kept)
    if not topic or not at("refs/heads/" + base):
        answers.append("ng " + ref + " failed")
    elif old == new:
        answers.append("ng " + ref + " new commit is same with old commit")
    elif old and options.get("force-push") != "true":
        answers.append("ng " + ref + " request `force-push` push option")
    else:
        subprocess.run(["git", "update-ref", kept, new], check=True)
        with open("agit.jsonl", "a") as log:
            log.write(json.dumps({{"base": base, "commit": new, **options}}) + "\\n")
        answers.append("ok " + ref)
write(*answers)
"""


def install(repository: Path) -> Path:
    """Let a bare repository take AGit's pushes; each that was taken is a line of JSON in the file returned."""
    git(repository, "config", "receive.advertisePushOptions", "true")
    git(repository, "config", "--add", "receive.procReceiveRefs", "refs/for")
    hook = repository / "hooks" / "proc-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK.format(python=sys.executable))
    hook.chmod(0o755)
    return repository / "agit.jsonl"
