"""What nothing answers to is told, at its line, with what came closest; what anything answers to is not."""

from __future__ import annotations

import pytest

from tagwright import scan
from tagwright.config.loading import merge_repository
from tagwright.config.rules import bindings_of
from tagwright.errors import Problem
from tagwright.model import Target
from tagwright.unmanaged import Looked
from tagwright.unmatched import markers, unmatched

FILES = {
    "apps/api.yaml": "image: ghcr.io/acme/api:1.0\n",
    "flux/db.yaml": 'image: quay.io/acme/db:1.0 # {"$imagepolicy": "flux-system:db"}\n',
    "prod.env": "API_TAG=1.0\nWEB=1\n",
    "tags/web": "1.0\n",
}


def looked(settings: str, name: str = "deploy", files: dict[str, str] | None = None) -> Looked:
    """A repository of those files with settings of its own."""
    files = FILES if files is None else files
    target = merge_repository(Target(name), f"version: 1\n{settings}\n".encode())
    found = [scan.scan_file(path, text.encode(), bindings_of(target, path)) for path, text in files.items()]
    return Looked(target, frozenset(files), frozenset(), scan.join(found))


def told(settings: str) -> list[tuple[str, int]]:
    """Codes and lines."""
    return [(one.code, one.line) for one in unmatched([looked(settings)])]


@pytest.mark.parametrize(
    ("settings", "code", "line"),
    [
        ("rules:\n  - {images: [ghcr.io/acme/web], policy: {semver: ^1}}", "rule-unmatched", 3),
        ("rules:\n  - {images: [ghcr.io/acme/api], files: [prod/**], policy: {semver: ^1}}", "rule-unmatched", 3),
        ("rules:\n  - {files: [prod/**], policy: {semver: ^1}}", "rule-unmatched", 3),
        ("rules:\n  - {images: [x], name: 'flux-system:web', policy: {semver: ^1}}", "rule-unmatched", 3),
        ("rules:\n  - {files: [apps/**, prod/**], policy: {semver: ^1}}", "glob-unmatched", 3),
        ("references:\n  - {image: ghcr.io/acme/api, files: [prod.env], key: APP_TAG}", "binding-unmatched", 3),
        ("references:\n  - {image: ghcr.io/acme/api, files: [nothing.env]}", "binding-unmatched", 3),
        ("holds:\n  - {images: [ghcr.io/acme/web], reason: why}", "hold-unmatched", 3),
        ("files: {include: [apps/**, k8s/**]}", "glob-unmatched", 2),
        ("files:\n  exclude: [vendor/**]", "glob-unmatched", 2),
    ],
)
def test_what_nothing_answers_to_is_told(settings: str, code: str, line: int) -> None:
    """Rules, bindings, holds and globs, each at the line where it stands."""
    assert told(settings) == [(code, line)]


@pytest.mark.parametrize(
    "settings",
    [
        "rules:\n  - {images: [ghcr.io/acme/*], policy: {semver: ^1}}",
        "rules:\n  - {images: ['**'], files: [apps/**], policy: {semver: ^1}}",
        "rules:\n  - {images: [x], name: 'flux-system:db', policy: {semver: ^1}}",
        "rules:\n  - {files: [apps/**, flux/**], policy: {semver: ^1}}",
        "references:\n  - {image: ghcr.io/acme/api, files: [prod.env], key: API_TAG}",
        "references:\n  - {image: 'ghcr.io/acme/{name}', files: ['tags/*']}",
        "holds:\n  - {images: [ghcr.io/acme/api], reason: why}",
        "files: {include: [apps/**], exclude: [flux/**]}",
        "defaults: {policy: {semver: ^1}}",
        "",
    ],
)
def test_what_something_answers_to_is_not(settings: str) -> None:
    """One reference, one file, one marker is enough."""
    assert told(settings) == []


def only(settings: str) -> Problem:
    """The one thing told."""
    (found,) = unmatched([looked(settings)])
    return found


def test_what_came_closest_is_said() -> None:
    """The image that is nearly it, or the file that the globs leave out."""
    assert (
        "did you mean ghcr.io/acme/api" in only("rules:\n  - {images: [ghcr.io/acme/apy], policy: {semver: ^1}}").hint
    )
    hint = only("rules:\n  - {images: [ghcr.io/acme/api], files: [prod/**], policy: {semver: ^1}}").hint
    assert hint == "its images stand in apps/api.yaml, which files: prod/** leaves out"
    assert "no file matches x.env" in only("references:\n  - {image: a/b, files: [x.env], key: K}").hint


def test_a_line_for_many_targets_is_unmatched_only_where_none_answers() -> None:
    """An operator's rule serves whichever target has the image."""
    rule = "rules:\n  - {images: [ghcr.io/acme/api], policy: {semver: ^1}}"
    here, there = looked(rule), looked(rule, "other", {"x.yaml": "image: quay.io/x/y:1\n"})
    assert unmatched([here, there]) == unmatched([there, here]) == ()
    assert [one.code for one in unmatched([there])] == ["rule-unmatched"]


def test_a_policy_of_flux_that_no_marker_names_is_told() -> None:
    """With the marker to write; one that a marker names is not."""
    policy = (
        "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {{name: {0}, namespace: flux-system}}\n"
        "spec: {{imageRepositoryRef: {{name: {0}}}, policy: {{semver: {{range: ^1}}}}}}\n"
    )
    files = {**FILES, "flux/policy.yaml": policy.format("db"), "flux/other.yaml": policy.format("web")}
    (found,) = unmatched([looked("", files=files)])
    assert (found.code, found.path) == ("policy-unmatched", "flux/other.yaml")
    assert '# {"$imagepolicy": "flux-system:web"}' in found.hint


def test_a_marker_that_rules_nothing_is_told() -> None:
    """A policy that is nowhere, a key that is none; one that rules says nothing."""
    files = {**FILES, "x.yaml": "image: ghcr.io/acme/api:1.0 # tagwright: sember=^1\n"}
    rule = "rules:\n  - {images: [x], name: 'flux-system:db', policy: {semver: ^1}}"
    assert [one.code for one in markers(looked("", files=files))] == ["unknown-policy", "marker"]
    assert [one.code for one in markers(looked(rule))] == []
