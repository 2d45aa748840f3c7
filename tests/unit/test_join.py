"""Joining files: Flux policies and charts meet their repositories."""

from __future__ import annotations

import pytest

from tagwright import edits, proof, scan
from tagwright.image import Image
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
    assert policy.policy
    assert (policy.policy.kind, policy.policy.argument) == (PolicyKind.NUMERICAL, "ascending")
    assert policy.policy.filter == Filter("^main-(?P<ts>[0-9]+)$", "$ts")
    assert len(everything.references) == 1


def test_objects_without_a_namespace_answer_to_the_markers_name() -> None:
    """kustomize sets the namespace later; the only object of that name is meant."""
    names = {policy.name: policy.image for policy in joined(POLICY % b"", REPOSITORY % b"", MARKED).flux_policies}
    assert names == {":api": "ghcr.io/acme/api", "flux-system:api": "ghcr.io/acme/api"}


def test_a_patch_of_a_policy_is_no_policy() -> None:
    """An object without `policy` is half of one: no problem, and nothing to follow."""
    patch = (POLICY % b"").replace(b"  policy: {numerical: {order: asc}}\n", b"")
    everything = joined(patch)
    assert everything.problems == ()
    assert [policy.policy for policy in everything.flux_policies] == [None]


RELEASE = b"""kind: HelmRelease
metadata: {name: shop, namespace: apps}
spec: {chart: {spec: {chart: db, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme%s}}}}
"""
SOURCE = b"""kind: HelmRepository
metadata: {name: acme%s}
spec: {type: oci, url: %s://ghcr.io/acme/charts}
"""


def charts(*files: bytes) -> list[str]:
    return [str(reference.image) for reference in joined(*files).references]


@pytest.mark.parametrize("there", [b", namespace: apps", b""])
def test_a_chart_learns_its_registry_from_another_file(there: bytes) -> None:
    """Of its own namespace, or of one that only kustomize knows."""
    assert charts(RELEASE % b"", SOURCE % (there, b"oci")) == ["ghcr.io/acme/charts/db:1.2.3"]


def test_a_chart_may_name_a_source_of_another_namespace() -> None:
    """And then it is that one."""
    named = b", namespace: flux-system"
    sources = SOURCE % (named, b"oci"), SOURCE % (b", namespace: apps", b"https")
    assert charts(RELEASE % named, *sources) == ["ghcr.io/acme/charts/db:1.2.3"]
    assert charts(RELEASE % b"", *sources) == []


@pytest.mark.parametrize("other", [SOURCE % (b"", b"https"), SOURCE % (b", namespace: other", b"oci"), b"a: b"])
def test_a_chart_that_no_oci_registry_has_is_no_reference(other: bytes) -> None:
    """An HTTP server's charts have no tags; nothing is guessed of a source that is not there."""
    assert charts(RELEASE % b"", other) == []


def test_a_chart_is_written_though_its_registry_stands_elsewhere() -> None:
    """The proof reads the one file again, which does not name it."""
    (reference,) = joined(RELEASE % b"", SOURCE % (b"", b"oci")).references
    new = Image("ghcr.io/acme/charts/db", "1.3.0_4")
    made = edits.for_update(reference, new)
    after = edits.rewrite("0.yaml", RELEASE % b"", made)
    proof.prove("0.yaml", RELEASE % b"", after, made, [reference], [new])
    assert after == (RELEASE % b"").replace(b"1.2.3", b"1.3.0+4")


def test_a_marker_keeps_a_chart_of_an_http_server() -> None:
    """Whoever marks it knows what rules it."""
    marked = (RELEASE % b"").replace(b"version: 1.2.3,", b"version: 1.2.3, # tagwright: hold\n  ")
    (reference,) = joined(marked).references
    assert (reference.image, reference.marker is not None) == (Image("", "1.2.3"), True)
