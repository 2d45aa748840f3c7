"""Comments that are nearly markers are told, with what was meant; prose never is."""

from __future__ import annotations

import pytest

from tagwright.locators.beside import markers, suspects
from tagwright.model import Scanned
from tagwright.scan import scan_file

IMAGE = "image: ghcr.io/acme/api:1.2.0"


def scanned(comment: str, path: str = "k8s.yaml") -> Scanned:
    """What a file of one image says with the comment behind it."""
    return scan_file(path, f"a: 1\n{IMAGE}  {comment}\nb: 2\n".encode())


@pytest.mark.parametrize(
    ("comment", "meant"),
    [
        ('# tagwrigth: semver="^1"', '# tagwright: semver="^1"'),
        ('# Tagwright semver=">=1 <2"', '# tagwright: semver=">=1 <2"'),
        ('# Tagwright: semver="^1"', '# tagwright: semver="^1"'),
        ('#tagwright:semver="^1"', '# tagwright: semver="^1"'),
        ("# tagwright semver=^1", "# tagwright: semver=^1"),
        ("# tagwright : compatible=minor", "# tagwright: compatible=minor"),
        ("# tag-wright: minimum_age=3d", "# tagwright: minimum-age=3d"),
        ("# TAGWRIGHT: HOLD=1", "# tagwright: hold=1"),
        ("# tagright: hold", "# tagwright: hold"),
        ('# tagwirght: hold reason="INC-12"', '# tagwright: hold reason="INC-12"'),
        ("# tawgright: sember=^1", "# tagwright: semver=^1"),
        ("# keep // tagwrite: compatable=minor", "# tagwright: compatible=minor"),
    ],
)
def test_what_is_nearly_a_marker_is_told_with_what_was_meant(comment: str, meant: str) -> None:
    """File and line, what was read, and the marker to write; what stands beside it is not updated meanwhile."""
    found = scanned(comment)
    (problem,) = found.problems
    assert (problem.path, problem.line, problem.code) == ("k8s.yaml", 2, "marker-invalid")
    assert problem.hint == f"did you mean {meant}"
    (reference,) = found.references
    assert reference.locked == f"its {problem.message.removeprefix('a ')} ({problem.hint})"
    assert reference.slots == ()


def test_a_quote_left_open_is_told_with_the_way_to_write_it() -> None:
    """What was left open, and how settings are quoted."""
    (problem,) = scanned('# tagwright: semver="^1').problems
    assert problem.message == "a marker cannot be read: a quote is not closed"
    assert problem.hint == 'settings are quoted as in # tagwright: semver=">=1.2 <2"'


@pytest.mark.parametrize(
    ("comment", "meant"),
    [
        ("# {\"$imagepolicy\": 'flux-system:api'}", "flux-system:api"),
        ("# {'$imagepolicy': 'flux-system:api:tag'}", "flux-system:api:tag"),
        ('# {"$imagepolicy": "flux-system/api"}', "flux-system:api"),
        ('# {"$imagepolicy": "flux-system:api:tga"}', "flux-system:api:tag"),
        ('# {"$imagepolicy": "flux-system:api", "x": 1}', "flux-system:api"),
        ('# {"$imagePolicy": "flux-system:api"}', "flux-system:api"),
        ('# {"imagepolicy": "flux-system:api"}', "flux-system:api"),
        ("# $imagepolicy: flux-system:api", "flux-system:api"),
        ('# {"$imagepolicy": "api"}', "namespace:name"),
    ],
)
def test_what_flux_would_ignore_in_silence_is_told(comment: str, meant: str) -> None:
    """Single quotes, a slash, an unknown part, a second key, other letters, no `$`: with what Flux reads instead."""
    found = scanned(comment)
    assert [(one.line, one.code) for one in found.problems] == [(2, "marker-invalid")]
    assert f'"{meant}"' in found.problems[0].hint or "README" in found.problems[0].hint
    assert found.references[0].locked


@pytest.mark.parametrize(
    "comment",
    [
        "# tagwright follows the rule in tagwright.yaml", "# Tagwright: see docs/updates.md", "# Tagwright holds it",
        "# tagwright, hold the line", "# do not let tagwright semver this", "# playwright: browser=chromium",
        "# copyright: owner=acme",
        "# tagwright docs=here", "# tagwriter: owner=acme", "# Tagwright: version=2",
        "# renovate: datasource=docker depName=ghcr.io/acme/api", "# yamllint disable=line",
        "# shellcheck disable=SC2086", "# hadolint ignore=DL3008", "# the $imagepolicy marker is gone",
        "# an ImagePolicy of Flux", "# imagePullPolicy: Always", "# tagwright=1", "# tag: hold",
        "# weight: group=1", "# tagwrights: they say semver is good", "# {image: x}",
    ],
)  # fmt: skip
def test_prose_is_no_marker(comment: str) -> None:
    """Whoever speaks of Tagwright, of Flux or of anything else is left alone, and so is the image beside it."""
    found = scanned(comment)
    assert found.problems == ()
    assert not found.references[0].locked


def test_text_in_a_value_is_no_comment() -> None:
    """A message that quotes one is a message."""
    found = scan_file("a.yaml", f'm: "# tagwrigth: semver=^1"\n{IMAGE}\n'.encode())
    assert (found.problems, found.references[0].locked) == ((), "")


@pytest.mark.parametrize("path", ["Dockerfile", "x.env", "main.tf", "k8s.yaml"])
def test_other_languages_comments_are_read_too(path: str) -> None:
    """Beside whatever stands on the line, or nothing."""
    found = scan_file(path, b"# nothing\n\n# tagwrigth: semver=^1\n\nX = 1\n")
    assert [(one.line, one.code) for one in found.problems] == [(3, "marker-invalid")]


def test_a_right_marker_beside_nothing_is_told_too() -> None:
    """Its line, and why it binds nothing."""
    found = scan_file("a.yaml", b"a: 1\n\n# tagwright: semver=^1\n\nimage: ghcr.io/acme/api:1.2.0\n")
    assert [(one.line, one.code) for one in found.problems] == [(3, "marker-unbound")]


@pytest.mark.parametrize("key", ["semver", "minimum-age", "hold", "image", "reason", "pattern", "pin-digest"])
def test_every_key_of_a_marker_is_known(key: str) -> None:
    """A key that could not be recognised could not be suggested."""
    assert key in suspects.KEYS
    assert suspects.nearest(key) == key


def test_most_files_are_not_looked_at_twice() -> None:
    """The look at bytes says no to what holds neither."""
    assert not markers.may_stand(b"image: x\n# write the right height # {image: x}\nimagePullPolicy: Always # x y=z\n")
    assert markers.may_stand(b"x # tagwrigth: semver=^1\r\n")
    assert markers.may_stand(b'x # {"$ImagePolicy": "a:b"}')
