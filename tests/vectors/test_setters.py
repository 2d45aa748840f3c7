"""Flux's setters: given policies' images, marked values become them, and every other byte stays.

The entries are facts about a peer, read from beside the checkout. Left out by rule: an entry without
`minimal_after` (the peer wrote nothing, or nothing unambiguous), and the one listed below.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tagwright import edits, proof, scan
from tagwright.image import Image

# `minimal_after` of this entry changes the value inside the block scalar and leaves the real one, which the peer
# changed (its own `changes` and `after` say so): no rule does that. We change both.
EXCEPTION = "nested + real"


def updated(path: str, before: str, policies: dict[str, dict[str, str]]) -> str:
    """The file with every marker whose policy is known obeyed, proven."""
    data = before.encode()
    asked = [
        (reference, Image(policy["image"], policy["tag"], policy.get("digest")))
        for reference in scan.scan_file(path, data).references
        if reference.marker and (policy := policies.get(reference.marker.policy))
    ]
    made = [edit for reference, image in asked for edit in edits.for_update(reference, image)]
    after = edits.rewrite(path, data, made)
    proof.prove(path, data, after, made, [reference for reference, _ in asked], [image for _, image in asked])
    return after.decode()


def observed(shared: Path) -> list[dict[str, Any]]:
    """The entries that state a byte-exact result."""
    document = json.loads((shared / "vectors/flux-setters-observed.json").read_text())
    return [entry for entry in document["vectors"] if entry.get("minimal_after") is not None]


def test_marked_values_become_what_their_policies_say(shared: Path) -> None:
    """Every entry of the peer's own tests."""
    entries = json.loads((shared / "vectors/flux-setters.json").read_text())
    wrong = [
        entry["name"]
        for entry in entries
        # a file outside the update path is not looked at: `files` globs decide that, not the scan
        if entry["path"].startswith(entry.get("update_path", "").removeprefix("./"))
        and updated(entry["path"], entry["before"], entry["policies"]) != entry["after"]
    ]
    assert (wrong, len(entries) >= 13) == ([], True)


def test_observed_files_change_in_nothing_but_the_marked_value(shared: Path) -> None:
    """Every observed entry with a byte-exact result."""
    entries = [entry for entry in observed(shared) if entry["name"] != EXCEPTION]
    wrong = [e["name"] for e in entries if updated(e["path"], e["before"], e["policies"]) != e["minimal_after"]]
    assert (wrong, len(entries) >= 47) == ([], True)


def test_the_exception_is_still_one(shared: Path) -> None:
    """Both marked values change; should the entry be mended, this says so."""
    (entry,) = [entry for entry in observed(shared) if entry["name"] == EXCEPTION]
    after = updated(entry["path"], entry["before"], entry["policies"])
    assert after == entry["before"].replace("a:1", "ghcr.io/acme/app:v1.2.4")
    assert after != entry["minimal_after"]


@pytest.mark.parametrize("name", ["marker on alias", "old null empty", "old empty string", "head comment marker"])
def test_what_the_peer_leaves_silently_is_not_left_silently(shared: Path, name: str) -> None:
    """A marker that the peer ignores without a word is obeyed, or is a problem."""
    document = json.loads((shared / "vectors/flux-setters-observed.json").read_text())
    (entry,) = [entry for entry in document["vectors"] if entry["name"] == name]
    obeyed = updated(entry["path"], entry["before"], entry["policies"]) != entry["before"]
    assert obeyed or scan.scan_file(entry["path"], entry["before"].encode()).problems
