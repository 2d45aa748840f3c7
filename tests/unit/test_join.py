"""Joining files: Flux policies meet their repositories."""

from __future__ import annotations

from tagwright import scan
from tagwright.model import Filter, PolicyKind, Scanned

REPOSITORY = b"""apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageRepository
metadata: {name: api%s}
spec: {image: ghcr.io/acme/api}
"""
POLICY = b"""apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: {name: api%s}
spec:
  imageRepositoryRef: {name: api}
  filterTags: {pattern: '^main-(?P<ts>[0-9]+)$', extract: '$ts'}
  policy: {numerical: {order: asc}}
"""
MARKED = b'image: ghcr.io/acme/api:main-1 # {"$imagepolicy": "flux-system:api"}\n'


def joined(*files: bytes) -> Scanned:
    return scan.join(scan.scan_file(f"{index}.yaml", data) for index, data in enumerate(files))


def test_a_policy_learns_its_image_from_another_file() -> None:
    """The ImageRepository of the reference's name gives the image; the policy is what the object says."""
    namespace = b", namespace: flux-system"
    everything = joined(POLICY % namespace, MARKED, REPOSITORY % namespace)
    (policy,) = everything.flux_policies
    assert (policy.name, policy.image, policy.path) == ("flux-system:api", "ghcr.io/acme/api", "0.yaml")
    assert (policy.policy.kind, policy.policy.argument) == (PolicyKind.NUMERICAL, "ascending")
    assert policy.policy.filter == Filter("^main-(?P<ts>[0-9]+)$", "$ts")
    assert len(everything.references) == 1


def test_objects_without_a_namespace_answer_to_the_markers_name() -> None:
    """kustomize sets the namespace later; the only object of that name is meant."""
    names = {policy.name: policy.image for policy in joined(POLICY % b"", REPOSITORY % b"", MARKED).flux_policies}
    assert names == {":api": "ghcr.io/acme/api", "flux-system:api": "ghcr.io/acme/api"}


def test_two_objects_of_one_name_answer_to_none() -> None:
    """Where it is not clear which is meant, nothing is guessed."""
    names = [policy.name for policy in joined(POLICY % b"", POLICY % b"", MARKED).flux_policies]
    assert names == [":api", ":api"]


def test_a_patch_of_a_policy_is_no_policy() -> None:
    """An object without `policy` is half of one: no problem, and nothing to follow."""
    patch = (POLICY % b"").replace(b"  policy: {numerical: {order: asc}}\n", b"")
    assert joined(patch) == Scanned()
