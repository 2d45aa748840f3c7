"""Flux's objects across files: which of them rule a marker, what they exclude, and what stops them."""

from __future__ import annotations

import pytest

from tagwright import flux_objects, scan
from tagwright.model import FluxPolicy, Scanned

REPOSITORY = """apiVersion: image.toolkit.fluxcd.io/{version}
kind: ImageRepository
metadata: {{name: {name}, namespace: flux-system}}
spec: {{image: {image}{more}}}
"""
POLICY = """apiVersion: image.toolkit.fluxcd.io/{version}
kind: ImagePolicy
metadata: {{name: app, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: app{ref}}}
  policy: {{semver: {{range: "{range}"}}}}
  {more}
"""
AUTOMATION = """apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageUpdateAutomation
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{interval: 5m, update: {{path: {path}, strategy: Setters}}, suspend: {suspend}}}
"""
NAME = "flux-system:app"


def repository(version: str = "v1", name: str = "app", image: str = "ghcr.io/acme/app", more: str = "") -> str:
    return REPOSITORY.format(version=version, name=name, image=image, more=more and f", {more}")


def policy(range: str = ">=1.0.0", version: str = "v1", ref: str = "", more: str = "") -> str:
    return POLICY.format(range=range, version=version, ref=ref and f", {ref}", more=more)


def automation(path: str = "./", suspend: str = "true", name: str = "all", namespace: str = "flux-system") -> str:
    return AUTOMATION.format(name=name, namespace=namespace, path=path, suspend=suspend)


def joined(*files: str) -> Scanned:
    return scan.join(scan.scan_file(f"{index}.yaml", text.encode()) for index, text in enumerate(files))


def the(*files: str) -> FluxPolicy:
    """The one policy of these files."""
    (found,) = joined(*files).flux_policies
    assert found.name == NAME
    return found


@pytest.mark.parametrize("version", ["v1alpha1", "v1beta1", "v1beta2", "v1"])
def test_objects_of_every_version_are_read(version: str) -> None:
    """The shapes that matter are the same in all."""
    found = the(policy(version=version), repository(version=version))
    assert found.policy
    assert (found.policy.argument, found.image, found.problem) == (">=1.0.0", "ghcr.io/acme/app", None)


def test_what_a_repository_excludes_is_never_taken() -> None:
    """Regular expressions, anywhere in the tag; without a list only what is no image is left out, as always."""
    found = the(policy(), repository(more='exclusionList: ["^.*-alpha$", rc]'))
    assert found.policy
    assert found.policy.ignore == ("re:^.*-alpha$", "re:rc")
    plain = the(policy(), repository()).policy
    assert plain
    assert plain.ignore == ()


def test_a_repository_of_another_namespace_is_the_one_that_is_named() -> None:
    """Not the one of the policy's own."""
    shared = repository(image="ghcr.io/acme/shared").replace("flux-system", "images")
    assert the(policy(ref="namespace: images"), repository(), shared).image == "ghcr.io/acme/shared"


def test_base_and_patch_are_read_together() -> None:
    """The base names the repository, the patch the range; an exclusion list may come in a patch as well."""
    base = policy().replace('  policy: {semver: {range: ">=1.0.0"}}\n', "")
    patch = policy("~1.4").replace("  imageRepositoryRef: {name: app}\n", "")
    excluding = repository(more="exclusionList: [rc]").replace("image: ghcr.io/acme/app, ", "")
    found = the(base, patch, repository(), excluding)
    assert found.policy
    assert (found.policy.argument, found.policy.ignore) == ("~1.4", ("re:rc",))
    assert (found.image, found.path, found.problem) == ("ghcr.io/acme/app", "1.yaml", None)


def test_the_same_object_twice_is_no_question() -> None:
    """As of two clusters that are alike."""
    assert the(policy(), policy(), repository(), repository()).problem is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            (policy("^1.0.0"), policy("^2.0.0"), repository()),
            "ImagePolicy flux-system:app stands 2 times, and its policy",
        ),
        ((policy(), policy(ref="namespace: x"), repository()), "stands 2 times, and its ImageRepository differs: "),
        (
            (policy(), repository(), repository(image="nginx")),
            "ImageRepository flux-system:app stands 2 times, and its im",
        ),
        (
            (policy(), repository(more="exclusionList: [a]"), repository(more="exclusionList: [b]")),
            "stands 2 times, and its exclusionList differs: 1.yaml:4, 2.yaml:4",
        ),
    ],
)
def test_two_objects_that_differ_are_a_problem_and_not_a_guess(files: tuple[str, ...], said: str) -> None:
    """Told by the scan, at the first of them."""
    found = the(*files)
    assert found.problem
    assert (found.problem.code, found.problem.line > 0) == ("flux-ambiguous", True)
    assert said in found.problem.message
    assert joined(*files).problems == (found.problem,)


@pytest.mark.parametrize(
    ("files", "path", "line", "said"),
    [
        ((policy(">>1"), repository()), "0.yaml", 5, "ImagePolicy flux-system:app: '>>1' is no version range"),
        ((policy(more="filterTags: {pattern: '(a'}"), repository()), "0.yaml", 5, "ImagePolicy flux-system:app: "),
        ((policy(), repository(more='exclusionList: ["[="]')), "1.yaml", 4, "exclusionList of ImageRepository flux-sy"),
        ((policy().replace("semver", "semvre"), repository()), "0.yaml", 5, "has no policy that can be read"),
    ],
)
def test_a_mistake_in_an_object_is_told_where_it_stands(
    files: tuple[str, ...], path: str, line: int, said: str
) -> None:
    """Not only where a marker meets it."""
    (problem,) = joined(*files).problems
    assert (problem.code, problem.path, problem.line) == ("flux-policy", path, line)
    assert said in problem.message


def held(found: FluxPolicy, path: str = "apps/a.yaml") -> str:
    hold = flux_objects.hold_of(found, path)
    return f"{hold.reason}, {hold.source}" if hold else ""


def test_what_is_suspended_holds_what_it_rules() -> None:
    """The policy, or the repository it reads; with the place that says so."""
    assert held(the(policy(), repository())) == ""
    assert held(the(policy(more="suspend: true"), repository())) == "ImagePolicy flux-system:app is suspended, 0.yaml:5"
    stopped = the(policy(), repository(more="suspend: true"))
    assert held(stopped) == "ImageRepository flux-system:app is suspended, 1.yaml:4"
    assert held(the(policy(more="suspend: false"), repository())) == ""


@pytest.mark.parametrize(
    ("automations", "path", "holds"),
    [
        ((automation(),), "apps/a.yaml", True),
        ((automation("./apps"),), "apps/a.yaml", True),
        ((automation("./apps"),), "appsets/a.yaml", False),
        ((automation(suspend="false"),), "apps/a.yaml", False),
        ((automation("./apps"), automation("./", "false")), "apps/a.yaml", False),  # another one writes it
        ((automation(), automation("./apps", "false")), "prod/a.yaml", True),
        ((automation(namespace="other"),), "apps/a.yaml", False),  # which does not see the policy
    ],
)
def test_a_suspended_automation_holds_the_files_it_would_write(
    automations: tuple[str, ...], path: str, holds: bool
) -> None:
    """Below its path, unless another one that works covers them; of its namespace's policies."""
    assert bool(held(the(policy(), repository(), *automations), path)) is holds
