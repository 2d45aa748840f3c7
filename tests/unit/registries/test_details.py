"""What manifests and configurations say is read as data, and nothing in them can do harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.model import Details
from tagwright.registries.distribution.details import artifact, details
from tagwright.registries.documents import platform_of

OCI = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
CHART = "application/vnd.cncf.helm.config.v1+json"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
SIGNATURE = "application/vnd.dev.cosign.simplesigning.v1+json"
EMPTY, BILL = "application/vnd.oci.empty.v1+json", "application/vnd.acme.sbom"


def manifest(config: str = OCI, *layers: str, **more: object) -> dict[str, Any]:
    sized = [{"mediaType": layer, "size": 10} for layer in layers]
    return {"schemaVersion": 2, "config": {"mediaType": config, "size": 3}, "layers": sized, **more}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (manifest(OCI, LAYER), None),
        (manifest(OCI), None),
        (manifest(DOCKER, DOCKER_LAYER), None),
        (manifest("application/octet-stream", DOCKER_LAYER), None),
        (manifest(OCI, LAYER, "application/vnd.in-toto+json"), None),
        (manifest(OCI, "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"), None),
        ({"schemaVersion": 1, "fsLayers": []}, None),
        ({"manifests": []}, None),
        ({}, None),
        (manifest(CHART, CHART_LAYER), CHART),
        (manifest(OCI, SIGNATURE), SIGNATURE),
        (manifest(EMPTY, "text/plain", artifactType=BILL), BILL),
        ({"manifests": [], "artifactType": "application/vnd.acme.bundle"}, "application/vnd.acme.bundle"),
    ],
)  # fmt: skip
def test_what_is_no_image_is_told_by_its_types(told: dict[str, Any], kind: str | None) -> None:
    """An image needs an image's configuration and a layer of an image; whatever says neither stays one."""
    assert artifact(told) == kind


def test_an_image_says_what_it_is_and_how_it_runs() -> None:
    """Labels, annotations of manifest and index (the manifest's count), how it starts, and its size."""
    config = {
        "os": "linux", "architecture": "arm64", "created": "2026-03-01T12:30:00Z",
        "config": {
            "User": "1000", "Entrypoint": ["/app"], "Cmd": ["serve"], "WorkingDir": "/srv",
            "Env": ["PATH=/bin", "TOKEN=s3cret"],
            "ExposedPorts": {"8080/tcp": {}}, "Volumes": {"/data": {}},
            "Labels": {"org.opencontainers.image.revision": "abc", "b": "2", "odd": 3},
        },
    }  # fmt: skip
    own = manifest(OCI, LAYER, LAYER, annotations={"a": "manifest", "org.opencontainers.image.source": "https://x"})
    found = details(own, config, {"annotations": {"a": "index", "c": "index"}})
    assert found == Details(
        "linux/arm64", "2026-03-01T12:30:00+00:00", 23, 2,
        (("b", "2"), ("org.opencontainers.image.revision", "abc")),
        (("a", "manifest"), ("c", "index"), ("org.opencontainers.image.source", "https://x")),
        "1000", ("/app",), ("serve",), "/srv", ("8080/tcp",), ("/data",), ("PATH", "TOKEN"),
    )  # fmt: skip
    assert (found.told("source"), found.told("revision"), found.told("version")) == ("https://x", "abc", "")
    assert "s3cret" not in repr(found)


def test_an_annotation_goes_before_a_label_and_a_label_before_an_old_one() -> None:
    """Of the ways to say where the source is, the newest convention that is not empty counts."""
    old = ("org.label-schema.vcs-url", "old")
    assert Details(labels=(old,)).told("source") == "old"
    new = ("org.opencontainers.image.source", "label")
    assert Details(labels=(old, new)).told("source") == "label"
    assert Details(labels=(old, new), annotations=((new[0], "annotation"),)).told("source") == "annotation"
    assert Details(labels=(old, (new[0], ""))).told("source") == "old"


def test_a_size_that_is_not_told_whole_is_not_told() -> None:
    """A layer without a size, or with one that is none, leaves the sum unknown instead of too small."""
    for size in (None, True, -1, "10", 1 << 70):
        told = manifest(OCI, LAYER)
        told["layers"].append({"mediaType": LAYER, "size": size})
        assert details(told, {}).size is None
    assert details({}, {}).size is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
KEYS = [
    "config",
    "mediaType",
    "artifactType",
    "layers",
    "size",
    "annotations",
    "Labels",
    "Env",
    "ExposedPorts",
    "created",
    "os",
]


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.dictionaries(st.sampled_from(KEYS), JSON))
def test_whatever_is_answered_is_read(told: dict[str, Any], config: dict[str, Any]) -> None:
    """Any JSON in any place gives details of the right types, never an error."""
    found = details(told, config, told)
    assert all(isinstance(text, str) for pair in found.labels + found.annotations for text in pair)
    assert all(isinstance(text, str) for text in found.environment + found.ports + found.entrypoint)
    assert isinstance(artifact(told), str | None)


def test_hostile_amounts_are_cut() -> None:
    """A hundred thousand labels of a megabyte are a bounded number of bounded length."""
    many = {f"{number:06}": "x" * 10_000 for number in range(1000)}
    found = details({"annotations": many}, {"config": {"Labels": many, "Env": ["y" * 10_000] * 1000}})
    assert max(len(found.labels), len(found.annotations)) <= 200
    assert max(len(value) for _, value in found.labels) <= 4096


def test_hostile_amounts_are_cut_in_all() -> None:
    """Every field of an image has room for 32,768 characters: thousands of images are kept beside each other."""
    many = {f"{number:06}": "x" * 4_000 for number in range(200)}
    ran = {"Labels": many, "Env": list(many.values()), "Cmd": list(many.values()), "ExposedPorts": {"p" * 3_000: {}}}
    found = details({"annotations": many}, {"config": ran})
    for pairs in (found.labels, found.annotations):
        assert sum(len(name) + len(value) for name, value in pairs) <= 32_768
        assert pairs == tuple(many.items())[:8]
    assert sum(map(len, found.command)) <= 32_768
    assert len(found.command) == 8


@pytest.mark.parametrize("part", ["", "\x1b[2J", "a b", "a\nb", "\ud800", "x" * 65, 7, None])
def test_what_is_no_part_of_a_platform_is_none(part: object) -> None:
    """A name that a terminal would obey, or without end, names no platform; the usual ones do."""
    assert platform_of({"os": "linux", "architecture": part}) is None
    assert platform_of({"os": "linux", "architecture": "arm", "variant": "v7"}) == "linux/arm/v7"
