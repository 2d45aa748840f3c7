"""`choose`: what it is given can be anything."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from tagwright import cli

GOOD = b'{"name": "good", "policy": {"semver": "*"}, "tags": ["1.0.0"]}\n'


@pytest.mark.parametrize("bad", [b'{"name": "caf\xe9"}\n', b"[" * 100_000 + b"\n", b'{"tags": ' * 50_000 + b"\n"])
@pytest.mark.parametrize("by", ["file", "stdin"])
def test_a_line_that_cannot_be_read_answers_with_its_error(
    bad: bytes, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes that are no UTF-8, nesting without end: its neighbours are judged all the same."""
    (tmp_path / "cases").write_bytes(GOOD + bad + GOOD)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD + bad + GOOD), encoding="utf-8"))
    assert cli.main(["choose", "--json", *(["--file", str(tmp_path / "cases")] if by == "file" else [])]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["verdict"] for answer in answers] == ["update", "error", "update"]
    assert "line 2" in answers[1]["error"]["message"]


@pytest.mark.parametrize("policy", [{"alphabetical": "ascending"}, {"semver": "*", "filter": {"pattern": "."}}])
def test_half_of_a_surrogate_pair_is_no_text(
    policy: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON can write it, and no tag can be it: said as that, not as JSON that is none."""
    (tmp_path / "cases").write_text(json.dumps({"policy": policy, "tags": ["1.0.0", "\ud800"]}) + "\n")
    assert cli.main(["choose", "--json", "--file", str(tmp_path / "cases")]) == 0
    assert "half of a surrogate pair" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.mark.parametrize("by", ["file", "stdin"])
def test_tags_that_are_no_text_are_a_usage_error(
    by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people: the line is named."""
    (tmp_path / "tags").write_bytes(b"1.0.0\ncaf\xe9\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"1.0.0\ncaf\xe9\n"), encoding="utf-8"))
    assert cli.main(["choose", *(["--file", str(tmp_path / "tags")] if by == "file" else [])]) == 2
    assert "line 2" in capsys.readouterr().err


def test_first_sights_can_be_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What a ledger would know of a tag is a case's as well, so that ages can be tried without one."""
    tag = {"tag": "1.2.0", "first_seen": "2026-01-09T12:00:00Z", "digest": "sha256:b", "before": "sha256:a"}
    case = {"policy": {"semver": "*", "minimum_age": "3d"}, "current": "1.0.0", "now": "2026-01-10T12:00:00Z"}
    line = json.dumps({**case, "tags": ["1.0.0", tag]}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line), encoding="utf-8"))
    assert cli.main(["choose", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["rulings"][1]["reason"]) == ("pending", "mutated")
    assert answer["rulings"][1]["eligible"] == "2026-01-12T12:00:00+00:00"
