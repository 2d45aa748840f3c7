"""What a terminal gets: printable lines, whatever names and files hold."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tagwright import cli, exits, scan
from tagwright.commands import check
from tagwright.errors import Problem, UsageError
from tagwright.image import Image
from tagwright.model import ChangeSet, Decision, Explained, FileChange, Report, Ruled, Scanned, TargetReport, Verdict
from tagwright.views import explain, json_v1, text
from tagwright.views.printable import shown

HOSTILE = "a\x1b[31m\nb\udce9\u202e"
SHOWN = r"a\x1b[31m\nb\xe9\u202e"


def report(change: FileChange) -> Report:
    """A target with one change, and a problem that quotes the path."""
    changes = ChangeSet("all", "main", "main", (), (change,), "title", "message")
    problem = Problem(change.path, "unreadable", f"no {change.path}", "", change.path, 1)
    return Report((TargetReport("here", "", 0, (), (changes,), (), (problem,)),))


def printable(lines: str) -> bool:
    return all(char.isprintable() or char in "\t\n" for char in lines)


def test_what_cannot_be_printed_is_escaped() -> None:
    """Controls, line ends, directions, and bytes that were no UTF-8; tabs and every letter stay."""
    assert shown(HOSTILE) == SHOWN
    assert shown("größe\t🚀 \\n") == "größe\t🚀 \\n"


def test_a_report_is_printable() -> None:
    """Paths, problems and what files hold; a tab in a diff stays, and no line of it is broken in two."""
    before, after = b"\ta: \x1b[2J1\x0cx\r\n", b"\ta: \x1b[2J2\x0cx\r\n"
    said = text.report(report(FileChange(HOSTILE, before, after)), diffs=True)
    assert printable(said)
    said.encode()
    assert "-\ta: \\x1b[2J1\\x0cx\n+\ta: \\x1b[2J2\\x0cx" in said
    assert f"  unreadable: {SHOWN}:1: no {SHOWN}" in said.splitlines()
    assert printable(text.scanned(Scanned(problems=(Problem(HOSTILE, "unreadable", HOSTILE),))))
    assert printable(
        explain.explained(Explained(Report((TargetReport("x", problems=(Problem(HOSTILE, "x", HOSTILE),)),))))
    )


def test_a_diff_names_files_as_git_does() -> None:
    """Quoted where the name would not stand by itself on a line, bytes in octal; other names as they are."""
    lines = text.diff(FileChange(HOSTILE, b"a\n", b"b\n")).splitlines()
    assert lines[:2] == [
        r'--- "a/a\033[31m\nb\351\342\200\256"',
        r'+++ "b/a\033[31m\nb\351\342\200\256"',
    ]
    assert text.diff(FileChange('a"\\b', b"a\n", b"b\n")).startswith(r'--- "a/a\"\\b"')
    assert text.diff(FileChange("größe x", b"a\n", b"b\n")).startswith("--- a/größe x\n")


def test_a_diff_can_be_applied() -> None:
    """Only line feeds end its lines, and the bytes between them are the file's."""
    change = FileChange("a", b"x\x0cy\rz\r\nimage: a:1", b"x\x0cy\rz\r\nimage: a:2")
    no_end = "\\ No newline at end of file\n"
    assert text.diff(change).partition("@@\n")[2] == f" x\x0cy\rz\r\n-image: a:1\n{no_end}+image: a:2\n{no_end}"


def test_json_takes_any_name() -> None:
    """It stays ASCII, lone surrogates among it."""
    said = json_v1.report(report(FileChange(HOSTILE, b"a\n", b"b\n")))
    assert said.isascii()
    assert json.loads(said)["targets"][0]["changes"][0]["files"][0]["path"] == HOSTILE


def test_an_error_is_one_printable_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A hint another; what a message quotes starts no line of its own."""

    def refuse(_: object) -> int:
        """Say no."""
        raise UsageError(f"{HOSTILE} is wrong", hint=HOSTILE)

    monkeypatch.setattr(check, "command", refuse)
    assert cli.main(["check"]) == exits.USAGE
    assert capsys.readouterr().err == f"tagwright: {SHOWN} is wrong\n  try: {SHOWN}\n"


def test_a_name_that_is_no_text_is_printed(tmp_path: Path) -> None:
    """On a terminal that takes UTF-8 and nothing else."""
    (tmp_path / os.fsdecode(b"caf\xe9\x1b.yaml")).write_bytes(b"image: nginx:1 # \x1b\n")
    (tmp_path / os.fsdecode(b"caf\xe9\x1b2.yaml")).write_bytes(b"image: nginx:1\n")
    environ = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    for command in (["scan"], ["set", "nginx:2", "--dry-run"]):
        arguments = [sys.executable, "-m", "tagwright", *command, "--path", str(tmp_path)]
        done = subprocess.run(arguments, capture_output=True, check=False, env=environ)
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"caf\xe9\x1b" in done.stdout or rb"caf\351\033" in done.stdout
        assert printable(done.stdout.decode())


def test_a_digest_alone_is_shown_as_what_comes() -> None:
    """Where no tag comes with it, none is spoken of."""
    (reference,) = scan.scan_file("a.yaml", b"image: ghcr.io/acme/api:1.0\n").references
    new = Image("ghcr.io/acme/api", None, f"sha256:{'a' * 64}")
    decision = Decision(reference, Ruled(None, "", "ghcr.io/acme/api"), Verdict.UPDATE, new=new)
    assert "None" not in text._row(decision)[2]
