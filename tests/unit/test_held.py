"""A hold beside a reference holds it, whatever the file's format and wherever on its line the reference stands."""

from __future__ import annotations

import pytest

from tagwright import scan

API = "ghcr.io/acme/api:1.2.0"

HELD = [
    ("a.yaml", f"image: {API} # tagwright: hold\n"),
    ("a.yaml", f"# tagwright: hold\nimage: {API}\n"),
    ("a.yaml", f"args: ['--image={API}'] # tagwright: hold\n"),
    ("a.yaml", f"args:\n- --image={API} # tagwright: hold\n"),
    ("a.yaml", f"args:\n# tagwright: hold\n- --image={API}\n"),
    ("a.yaml", f"args:\n- {API},{API}2 # tagwright: hold\n"),
    ("a.yaml", f"script: |\n  docker run {API} # tagwright: hold\n"),
    ("a.yaml", f"script: |\n  # tagwright: hold\n  docker run {API}\n"),
    ("a.yaml", f"values: |\n  # tagwright: hold\n  image: {API}\n"),
    ("a.yaml", f"values: | # tagwright: hold\n  image: {API}\n  other: {API}\n"),
    ("a.yaml", "values: |\n  image:\n    # tagwright: hold\n    repository: ghcr.io/acme/api\n    tag: 1.2.0\n"),
    ("a.yaml", f"# image: {API} # tagwright: hold\n"),
    ("a.yaml", f"broken: [\nimage: {API} # tagwright: hold\n"),
    ("a.yaml", f"broken: [\n# tagwright: hold\nimage: {API}\n"),
    ("a.yaml", f"a: {{{{ x }}}}{{{{ y }}}}: [\n---\nb: [\n# tagwright: hold\nimage: {API}\n"),
    ("a.yaml.gotmpl", f"image: {API} # tagwright: hold\n"),
    ("a.yaml.gotmpl", f"{{{{/* tagwright: hold */}}}}\nimage: {API}\n"),
    ("a.yaml.j2", f"image: {API} {{# tagwright: hold #}}\n"),
    ("Dockerfile", f"FROM {API} # tagwright: hold\n"),
    ("Dockerfile", f"# tagwright: hold\nCOPY --from={API} /a /b\n"),
    ("a.env", f"# tagwright: hold\nIMAGE={API}\n"),
    ("a.ini", f"image = {API} ; tagwright: hold\n"),
    ("a.sh", f"docker pull {API} {API}2 # tagwright: hold\n"),
    ("a.sh", f"# tagwright: hold\ndocker run {API}\n"),
    ("a.sh", "echo see acme/api:1.2.0 # tagwright: hold\n"),
    ("main.tf", f'image = "{API}" // tagwright: hold\n'),
    ("main.tf", f'/* tagwright: hold */\nimage = "{API}"\n'),
    ("a.nix", f'{{ image = "{API}"; # tagwright: hold\n}}\n'),
    ("a.jsonnet", f"// tagwright: hold\n{{ image: '{API}' }}\n"),
    ("a.dhall", f'-- tagwright: hold\n{{ image = "{API}" }}\n'),
    ("a.xml", f"<image>{API}</image> <!-- tagwright: hold -->\n"),
]


@pytest.mark.parametrize(("path", "text"), HELD)
def test_a_hold_beside_a_reference_holds_it(path: str, text: str) -> None:
    """Every reference and every mention there, and no problem is reported of the marker."""
    scanned = scan.scan_file(path, text.encode())
    every = (*scanned.references, *scanned.mentions)
    assert every
    assert [one.marker.settings if one.marker else () for one in every] == [(("hold", ""),)] * len(every)
    assert not [problem for problem in scanned.problems if problem.code != "unreadable"]


def test_a_policy_beside_several_references_locks_them() -> None:
    """It may mean either, so no other rule moves them instead."""
    scanned = scan.scan_file("a.sh", f"docker pull {API} {API}2 # tagwright: compatible=patch\n".encode())
    assert [(one.slots, bool(one.locked)) for one in scanned.references] == [((), True)] * 2
    assert [problem.code for problem in scanned.problems] == ["marker-unbound"]


def test_a_hold_reaches_no_further_than_its_line() -> None:
    """The lines around it are not held."""
    text = f"a: |\n  docker run {API}\n  docker run {API} # tagwright: hold\n  docker run {API}\n"
    scanned = scan.scan_file("a.yaml", text.encode())
    assert [one.marker is not None for one in scanned.references] == [False, True, False]


@pytest.mark.parametrize("marker", ['hold reason="INC', "semver='>=1"])
def test_a_marker_that_cannot_be_read_locks_what_it_stands_beside(marker: str) -> None:
    """Who meant to hold it made a mistake: no other rule may move it meanwhile."""
    for text in (
        f"args:\n- --image={API} # tagwright: {marker}\n",
        f"a: |\n  docker run {API} # tagwright: {marker}\n",
    ):
        scanned = scan.scan_file("a.yaml", text.encode())
        assert [(one.slots, bool(one.locked)) for one in scanned.references] == [((), True)]
        assert "marker-invalid" in {problem.code for problem in scanned.problems}


def test_a_marker_above_what_is_no_image_binds_nothing() -> None:
    """Only at the end of its line may a marker make an image of any value."""
    scanned = scan.scan_file("a.yaml", b"# tagwright: compatible=minor\nversion: 1.2.0\n")
    assert (scanned.references, [problem.code for problem in scanned.problems]) == ((), ["marker-unbound"])


def test_a_flux_marker_opens_no_mapping() -> None:
    """Flux replaces values, and there is none on the line."""
    text = b'image: # {"$imagepolicy": "ns:api"}\n  repository: ghcr.io/acme/api\n  tag: 1.2.0\n'
    (found,) = scan.scan_file("a.yaml", text).references
    assert found.marker is None


def test_of_two_markers_neither_rules() -> None:
    """The reference is locked, and no marker is said to rule it."""
    (found,) = scan.scan_file(
        "a.yaml", f"# tagwright: compatible=minor\nimage: {API} # tagwright: hold\n".encode()
    ).references
    assert (found.marker, bool(found.locked)) == (None, True)
